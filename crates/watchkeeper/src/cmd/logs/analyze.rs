//! `watchkeeper logs analyze`: which queries cost what, and everything else in a log worth a person's time.
//!
//! This module never shows a value of a query or of a message: shapes have none.

mod html;
mod input;
pub(in crate::cmd) mod read;
mod report;
mod table;

use crate::cmd::{Failure, terminal};
use anyhow::Context as _;
use diagnostics::analysis::{Analysis, Span, Tally};
use jiff::Timestamp;
use std::num::NonZero;
use std::path::PathBuf;

/// Tells which queries cost what in the logs of servers, and what else happened
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the text logs of MongoDB 2.4 to 4.2 and the JSON logs from 4.4 on, of mongod and of mongos, and dumps of
`system.profile` (of mongodump, mongoexport or a shell), as they are or compressed with gzip or zstd. Of a
folder all of them are read, and what they tell is put together on one clock. A `-` reads standard input.

Examples:
  watchkeeper logs analyze /var/log/mongodb/mongod.log
  watchkeeper logs analyze --from 2024-12-14T17:00:00Z --to 2024-12-14T18:30:00Z node1 node2 node3
  zcat mongod.log.gz | watchkeeper logs analyze --json -
  watchkeeper logs analyze --html report.html /var/log/mongodb

Exit codes: 0 every file was read, 1 one could not be read, 2 the command line is wrong")]
pub(super) struct Args {
    /// A log, or a folder of logs; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Leave out what was written before, such as `2024-12-14T17:00:00Z`
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Leave out what was written from then on
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Rows of each table
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// Threads that read; what is found does not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// Print the result as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Write the result with charts into one HTML file, which needs no other; `-` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    html: Option<PathBuf>,
}

/// What was found.
struct Found {
    /// Each file by its name and what was counted in it.
    files: Vec<(String, Tally)>,
    all: Analysis,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { files, from, to, top, threads, json, html } = self;
        if from.zip(to).is_some_and(|(from, to)| to <= from) {
            let wrong = anyhow::anyhow!("`--to` is not after `--from`; give a later `--to`");
            return Err(Failure::NotUnderstood(wrong));
        }
        let threads = threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get);
        let found = tokio::task::spawn_blocking(move || analyze(&files, Span { from, to }, threads));
        let found = found.await.context("the analysis broke off")??;
        if let Some(path) = html {
            return Ok(terminal::write(&path, &html::of(&found, top)?)?);
        }
        if json {
            return Ok(terminal::print(&report::of(&found, top)?)?);
        }
        Ok(terminal::print(&table::of(&found, top))?)
    }
}

fn analyze(paths: &[PathBuf], span: Span, threads: usize) -> anyhow::Result<Found> {
    let logs = input::find(paths)?;
    let bar = terminal::progress_bytes(logs.iter().map(input::Log::size).sum());
    let mut found = Found { files: Vec::new(), all: Analysis::default() };
    for log in logs {
        let name = log.name();
        let analysis = read::analyze(&log, span, threads, &bar);
        let analysis = analysis.with_context(|| format!("cannot read `{name}`"))?;
        found.files.push((name, analysis.tally.clone()));
        found.all.merge(analysis);
    }
    bar.finish_and_clear();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::analysis::ShapeRow;
    use std::io::Write as _;

    /// Slow operations of three shapes, and how long they took altogether.
    fn log(file: &mut std::fs::File, lines: u32) -> u64 {
        let mut total = 0;
        for line in 0..lines {
            let (minute, second, millis) = (line / 60_000 % 60, line / 1_000 % 60, line % 1_000);
            let (shape, took) = (["org", "team", "user"][line as usize % 3], 100 + line * 7 % 900);
            writeln!(
                file,
                "2026-03-02T09:{minute:02}:{second:02}.{millis:03}+0000 I COMMAND  [conn{}] command crm.messages command: \
                 find {{ find: \"messages\", filter: {{ {shape}: {line} }}, sort: {{ ts: -1 }} }} planSummary: COLLSCAN \
                 keysExamined:0 docsExamined:{line} nreturned:1 protocol:op_msg {took}ms",
                line % 100
            )
            .expect("written");
            total += u64::from(took);
        }
        total
    }

    /// What other programs are promised, word for word, and what stands in the place of each value.
    const CONTRACT: &str = r#"{"files":[{"path":"","version":null,"format":"","lines":1,"slow":1,"unparsed":1,"from":"","to":""}],
        "shapes":[{"shape":"","ns":"","op":"","count":1,"total_ms":1,"p50_ms":1,"p95_ms":1,"p99_ms":1,"max_ms":1,"docs_examined":1,
        "keys_examined":1,"returned":1,"plan":"","first_at":"","last_at":""}],"sections":{}}"#;

    /// Every key of the contract is there with its kind of value, and those of one object in its order.
    fn keeps(contract: &serde_json::Value, found: &serde_json::Value, path: &str) {
        use serde_json::Value;
        match (contract, found) {
            (Value::Object(promised), Value::Object(found)) => {
                let kept: Vec<&String> = found.keys().filter(|key| promised.contains_key(*key)).collect();
                assert_eq!(kept, promised.keys().collect::<Vec<_>>(), "{path}");
                for (key, value) in promised {
                    keeps(value, &found[key], &format!("{path}.{key}"));
                }
            }
            (Value::Array(promised), Value::Array(found)) => {
                assert!(!found.is_empty(), "{path}");
                for found in found {
                    keeps(&promised[0], found, path);
                }
            }
            (Value::Null, Value::Null | Value::String(_))
            | (Value::Number(_), Value::Number(_))
            | (Value::String(_), Value::String(_)) => {}
            (promised, found) => panic!("{path}: {found} in the place of {promised}"),
        }
    }

    #[test]
    fn the_json_is_what_other_programs_are_promised() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mongod.log");
        log(&mut std::fs::File::create(&path).expect("made"), 10);
        let found = analyze(&[path], Span::default(), 1).expect("read");
        let report: serde_json::Value =
            serde_json::from_str(&report::of(&found, 20).expect("JSON")).expect("JSON");
        keeps(&serde_json::from_str(CONTRACT).expect("JSON"), &report, "");
        let sections: Vec<&String> = report["sections"].as_object().expect("an object").keys().collect();
        assert_eq!(
            sections,
            [
                "collection_scans",
                "restarts",
                "elections",
                "errors",
                "warnings",
                "stalls",
                "index_builds",
                "connections",
                "timeline"
            ]
        );
    }

    #[test]
    fn a_client_is_known_by_its_connection_long_after_it_came_and_in_one_log_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, second] = ["a", "b"].map(|name| folder.path().join(name));
        let mut file = std::fs::File::create(&first).expect("made");
        for line in [
            "NETWORK  [listener] connection accepted from 10.0.0.7:5020 #7 (1 connection now open)",
            "NETWORK  [conn7] received client metadata from 10.0.0.7:5020 conn7: { driver: { name: \"PyMongo\", version: \"3.8.0\" } }",
        ] {
            writeln!(file, "2026-03-02T09:00:00.000+0000 I {line}").expect("written");
        }
        let lines = 50_000;
        log(&mut file, lines);
        log(&mut std::fs::File::create(&second).expect("made"), lines);
        let found = analyze(&[first, second], Span::default(), 2).expect("read");
        let told = |names: fn(&ShapeRow) -> Vec<(&str, u64)>| {
            let rows = found.all.shapes.ranked();
            let all = rows.iter().flat_map(|row| names(row));
            let all: Vec<(String, u64)> = all.map(|(name, count)| (name.to_owned(), count)).collect();
            let names: std::collections::BTreeSet<String> =
                all.iter().map(|(name, _)| name.clone()).collect();
            (names.into_iter().collect::<Vec<_>>(), all.iter().map(|(_, count)| count).sum::<u64>())
        };
        // Every hundredth operation of the first log is of connection 7.
        assert_eq!(told(ShapeRow::clients), (vec!["10.0.0.7".to_owned()], u64::from(lines / 100)));
        assert_eq!(told(ShapeRow::drivers), (vec!["PyMongo 3.8.0".to_owned()], u64::from(lines / 100)));
    }

    #[test]
    fn what_is_found_does_not_depend_on_the_threads() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mongod.log");
        let lines = 50_000;
        let total = log(&mut std::fs::File::create(&path).expect("made"), lines);
        assert!(std::fs::metadata(&path).expect("made").len() > 8 << 20, "more than two parts");
        let reports = [1, 2, 5].map(|threads| {
            let found = analyze(std::slice::from_ref(&path), Span::default(), threads).expect("read");
            report::of(&found, 20).expect("JSON")
        });
        assert!(reports.iter().all(|report| *report == reports[0]));
        let report: serde_json::Value = serde_json::from_str(&reports[0]).expect("JSON");
        assert_eq!(report["files"][0]["slow"], lines);
        let sum = |key: &str| {
            report["shapes"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|shape| shape[key].as_u64().expect("a number"))
                .sum::<u64>()
        };
        assert_eq!((sum("count"), sum("total_ms")), (u64::from(lines), total));
        assert_eq!(report["shapes"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn the_html_has_what_the_terminal_has_and_no_value_of_a_query() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mongod.log");
        let mut file = std::fs::File::create(&path).expect("made");
        log(&mut file, 3_000);
        writeln!(
            file,
            "2026-03-02T09:00:09.000+0000 I COMMAND  [conn1] command crm.users command: find {{ find: \"users\", filter: {{ \
             email: \"ann@example.org\" }} }} planSummary: COLLSCAN docsExamined:1 nreturned:1 protocol:op_msg 100ms"
        )
        .expect("written");
        let found = analyze(&[path], Span::default(), 1).expect("read");
        let html = html::of(&found, 20).expect("rendered");
        for told in
            ["3,001 slow operations", "find filter{email:?}", "COLLSCAN", "Time in slow operations, by shape"]
        {
            assert!(html.contains(told), "{told}");
        }
        assert!(!html.contains("ann@example.org"));
        assert_eq!(html.matches("<figure").count(), 3, "time, durations and counts; nobody connected");
    }

    #[test]
    fn a_span_holds_its_beginning_and_not_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mongod.log");
        log(&mut std::fs::File::create(&path).expect("made"), 3_000);
        let at = |second: i64| format!("2026-03-02T09:00:0{second}Z").parse().ok();
        let found = analyze(&[path], Span { from: at(1), to: at(2) }, 1).expect("read");
        assert_eq!((found.files[0].1.lines, found.files[0].1.slow), (1_000, 1_000));
        assert_eq!(
            (found.files[0].1.from, found.files[0].1.to.map(|to| to.to_string())),
            (at(1), Some("2026-03-02T09:00:01.999Z".to_owned()))
        );
    }
}
