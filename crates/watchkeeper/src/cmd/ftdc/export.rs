//! `watchkeeper ftdc export`: every sample as a line of a table.
//!
//! This module never holds more than one file and the names of the metrics.

use super::source::{self, Found, Source};
use crate::cmd::Failure;
use anyhow::Context as _;
use diagnostics::overview;
use jiff::Timestamp;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes every sample as a line of CSV: the node, the time, and a column for each metric
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Metrics come and go while a server runs; where a sample does not tell one its place is empty.

Examples:
  watchkeeper ftdc export --metric 'serverStatus.opcounters.*' diagnostic.data > counters.csv
  watchkeeper ftdc export --from 2024-12-14T17:00:00Z --output all.csv node1 node2

Exit codes: 0 every file was read, 1 one could not be read, 2 the command line is wrong")]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Only these metrics; `*` stands for any text, `?` for a letter
    #[arg(long, value_name = "GLOB")]
    metric: Vec<String>,
    /// The file to write; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { source, metric, output } = self;
        let found = source.find()?;
        let written = tokio::task::spawn_blocking(move || {
            let out = target(&output)?;
            match export(&found, &metric, out) {
                // A reader that has gone away (`| head`) is no error.
                Err(error) if is_broken_pipe(&error) => Ok(()),
                written => written.with_context(|| format!("cannot write `{}`", output.display())),
            }
        });
        Ok(written.await.context("the export broke off")??)
    }
}

fn target(path: &Path) -> anyhow::Result<Box<dyn Write + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufWriter::new(std::io::stdout())));
    }
    let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Once through for the names, once for the values.
fn export(found: &Found, patterns: &[String], mut out: impl Write) -> anyhow::Result<()> {
    let bar = found.bar(2);
    let wanted = |name: &str| patterns.is_empty() || patterns.iter().any(|it| overview::fits(it, name));
    let mut places = HashMap::<String, usize>::new();
    let mut names = Vec::new();
    for node in &found.nodes {
        source::chunks(node, &bar, |met| {
            let Ok(chunk) = met else { return Ok(()) };
            for name in chunk.names().filter(|name| wanted(name)) {
                if !places.contains_key(name) {
                    places.insert(name.to_owned(), names.len());
                    names.push(name.to_owned());
                }
            }
            Ok(())
        })?;
    }
    write!(out, "node,time")?;
    names.iter().try_for_each(|name| write!(out, ",{}", quoted(name)))?;
    writeln!(out)?;
    for node in &found.nodes {
        let name = quoted(&node.place);
        let mut last = i64::MIN;
        source::chunks(node, &bar, |met| {
            let Ok(chunk) = met else { return Ok(()) };
            // Of two columns of one name the first counts.
            let mut columns = vec![None; names.len()];
            for (index, name) in chunk.names().enumerate() {
                if let Some(place) = places.get(name) {
                    columns[*place] = columns[*place].or(chunk.column(index));
                }
            }
            for (sample, at_ms) in source::instants(chunk).into_iter().enumerate() {
                // After a restart a server copies what `metrics.interim` held.
                if !found.span.holds(at_ms) || at_ms <= last {
                    continue;
                }
                last = at_ms;
                write!(out, "{name},{}", Timestamp::from_millisecond(at_ms)?)?;
                for column in &columns {
                    match column.and_then(|column| column.get(sample)) {
                        Some(value) => write!(out, ",{value}")?,
                        None => out.write_all(b",")?,
                    }
                }
                writeln!(out)?;
            }
            Ok(())
        })?;
    }
    out.flush()?;
    bar.finish_and_clear();
    Ok(())
}

/// A field of CSV (RFC 4180), in quotes where it must be.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_line_and_every_metric_a_column() {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../diagnostics/fixtures/ftdc/4.0.10-linux-initiate");
        let source = |span: [Option<&str>; 2]| {
            let [from, to] = span.map(|at| at.map(|at| at.parse().expect("an instant")));
            Source::of(vec![folder.into()], from, to)
        };
        let export = |span, patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            let mut out = Vec::new();
            super::export(&source(span).find().unwrap_or_else(|_| panic!("found")), &patterns, &mut out)
                .expect("written");
            String::from_utf8(out).expect("text")
        };
        let whole = export([None, None], &["serverStatus.opcounters.*", "start"]);
        let lines: Vec<&str> = whole.lines().collect();
        assert_eq!(
            lines[0],
            "node,time,start,serverStatus.opcounters.insert,serverStatus.opcounters.query,serverStatus.opcounters.update,\
             serverStatus.opcounters.delete,serverStatus.opcounters.getmore,serverStatus.opcounters.command"
        );
        assert!(lines.len() > 10, "{}", lines.len());
        assert!(lines.iter().all(|line| line.split(',').count() == 9), "{whole}");
        let time = |line: &str| line.split(',').nth(1).expect("a time").to_owned();
        assert!(lines[1..].windows(2).all(|pair| time(pair[0]) < time(pair[1])), "in order, none twice");
        let (from, to) = (time(lines[3]), time(lines[6]));
        assert_eq!(export([Some(&from), Some(&to)], &["start"]).lines().count(), 1 + 3);
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(["a b", "a,b", "a\"b"].map(quoted), ["a b", "\"a,b\"", "\"a\"\"b\""]);
    }
}
