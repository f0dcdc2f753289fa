//! What servers write becomes the reports in the snapshots. Adding a folder of diagnostic data or a log is adding a
//! test.

#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]

use diagnostics::Timestamp;
use diagnostics::analysis::{Analysis, Cell, ShapeRow, Span};
use diagnostics::ftdc::{Piece, Reader, Wanted};
use diagnostics::log::{self, Event};
use diagnostics::readings::{Met, Readings};
use domain::reads::Metric;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The files of a folder in the order in which a replay takes them: by name, which puts `metrics.interim` last.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
}

#[test]
fn diagnostic_data_becomes_the_readings_in_its_snapshots() {
    // The first file of a folder stands for all of them.
    insta::glob!("../fixtures/ftdc", "*/*-00000", |first| {
        let folder = first.parent().expect("a folder");
        let mut readings = Readings::new();
        let mut report = String::new();
        for path in files_of(folder) {
            let file = std::fs::read(&path).expect("a fixture");
            chunks(&mut report, &file);
            readings.take_in(&file, |met| line(&mut report, &met));
        }
        insta::assert_snapshot!(format!("{:#?}\n{:?}\n{report}", readings.node(), readings.node().address()));
    });
}

/// Each chunk with the sum of all its values, which a decoder of another hand has confirmed.
fn chunks(report: &mut String, file: &[u8]) {
    let mut reader = Reader::new(file, Wanted::all());
    while let Some(piece) = reader.read() {
        let line = match piece {
            Piece::Metadata(metadata) => format!("metadata {:?}", metadata.count),
            Piece::Trouble(trouble) => trouble.to_string(),
            Piece::Chunk(chunk) => {
                let columns = (0..chunk.schema().len()).map(|index| chunk.column(index).expect("a column"));
                let sum = columns.flat_map(|column| column.iter()).fold(0, i64::wrapping_add);
                format!("chunk of {} samples of {} metrics, sum {sum}", chunk.samples(), chunk.schema().len())
            }
        };
        writeln!(report, "{line}").expect("memory");
    }
}

fn line(report: &mut String, met: &Met) {
    match met {
        Met::Reading(reading) => {
            let shown = [
                Metric::UptimeMs,
                Metric::ActiveReaders,
                Metric::QueuedReaders,
                Metric::ReadTicketsLeft,
                Metric::Reads,
                Metric::ReadUs,
                Metric::ScannedDocuments,
                Metric::Connections,
                Metric::CacheUsed,
                Metric::HostCpuMs,
            ];
            let values =
                shown.map(|metric| reading.counters.get(metric).map_or("-".to_owned(), |v| v.to_string()));
            let all = reading.counters.iter().count();
            let (at, moment, took, role) =
                (reading.at, reading.moment, reading.took_us, reading.role.as_str());
            writeln!(report, "{at} {moment} {took} us {role} {} of {all}", values.join(" "))
        }
        Met::Gap(gap) => writeln!(report, "gap {} {} restarted: {}", gap.from, gap.until, gap.restarted),
        Met::Trouble(trouble) => writeln!(report, "{trouble}"),
    }
    .expect("memory");
}

#[test]
fn lines_of_logs_become_the_events_in_their_snapshots() {
    let not_after: Timestamp = "2026-06-01T00:00:00Z".parse().expect("an instant");
    insta::glob!("../fixtures/log", "*.log", |path| {
        let bytes = std::fs::read(path).expect("a fixture");
        let mut report = String::new();
        for line in log::lines(&bytes, not_after) {
            let at = line.at.map_or("-".to_owned(), |at| at.to_string());
            writeln!(report, "{at} [{}] {}", line.context, words(&line.event)).expect("memory");
        }
        insta::assert_snapshot!(report);
    });
}

#[test]
fn logs_amount_to_what_their_snapshots_say() {
    let not_after: Timestamp = "2026-06-01T00:00:00Z".parse().expect("an instant");
    insta::glob!("../fixtures/log", "*.log", |path| {
        let bytes = std::fs::read(path).expect("a fixture");
        let mut analysis = Analysis::default();
        analysis.take_in(&bytes, not_after, Span::default());
        let mut report = format!("{:#?}\n", analysis.tally);
        for row in analysis.shapes.ranked() {
            let ShapeRow { namespace, op, shape, durations, docs_examined, returned, plans, .. } = row;
            writeln!(
                report,
                "{op} on {namespace}: {} in {} ms, half within {} ms, longest {} ms, examined {docs_examined}, \
                 returned {returned}\n    {shape}\n    {plans:?} by {:?} from {:?} with {:?}, {} to {}",
                durations.count(),
                durations.total(),
                durations.quantile(50),
                durations.max(),
                row.apps(),
                row.clients(),
                row.drivers(),
                row.first_at,
                row.last_at
            )
            .expect("memory");
        }
        for table in analysis.tables(20) {
            writeln!(report, "\n{}: {} more", table.heading.name, table.left_out).expect("memory");
            for row in table.rows {
                let cells: Vec<_> = row.iter().map(cell).collect();
                writeln!(report, "    {}", cells.join(" | ")).expect("memory");
            }
        }
        insta::assert_snapshot!(report);
    });
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Words(words) => words.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::At(at) => at.to_string(),
        Cell::Absent => "-".to_owned(),
    }
}

#[test]
fn one_fingerprint_stands_for_one_shape() {
    insta::glob!("../fixtures/log", "*.log", |path| {
        let bytes = std::fs::read(path).expect("a fixture");
        let mut known = HashMap::new();
        // Cut anywhere, as servers cut long lines, and whole.
        let cut = (0..bytes.len()).step_by(7).map(|end| &bytes[..end]).chain([&*bytes]);
        for line in cut.flat_map(|bytes| log::lines(bytes, Timestamp::MAX)) {
            let Event::Slow(slow) = line.event else { continue };
            let shape = slow.shape();
            let name = (slow.target(), shape.command, shape.text);
            let before = known.entry(slow.fingerprint()).or_insert_with(|| name.clone());
            assert_eq!(*before, name);
        }
        assert!(!known.is_empty());
    });
}

fn words(event: &Event<'_>) -> String {
    let Event::Slow(slow) = event else { return format!("{event:?}") };
    let shape = slow.shape();
    let number =
        |name: &str, value: Option<i64>| value.map(|value| format!(" {name} {value}")).unwrap_or_default();
    let flags = [
        (slow.replanned, "replanned"),
        (slow.multi_planned, "multi-planned"),
        (slow.sorted, "sorted"),
        (slow.used_disk, "on disk"),
    ];
    let flags: Vec<_> = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    format!(
        "{} ms {} on {} ({}) by {:?}\n    {}\n    plan {:?} hash {:?}{}{}{}{}{}{}{}{} {flags:?}",
        slow.millis,
        shape.command,
        slow.target(),
        slow.kind,
        slow.app,
        shape.text,
        slow.plan,
        slow.hash,
        number("worked", slow.working_millis),
        number("queued", slow.queued_us),
        number("keys", slow.keys_examined),
        number("documents", slow.docs_examined),
        number("returned", slow.returned),
        number("yields", slow.yields),
        number("bytes", slow.bytes_read),
        number("reading", slow.reading_us),
    )
}
