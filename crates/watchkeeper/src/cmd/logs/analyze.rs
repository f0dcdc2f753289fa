//! `watchkeeper logs analyze`: which queries cost what, and everything else in a log worth a person's time.
//!
//! This module never shows a value of a query or of a message: shapes have none.

mod input;
mod read;
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
Reads the text logs of MongoDB 2.4 to 4.2 and the JSON logs from 4.4 on, of mongod and of mongos, as they are or
compressed with gzip. Of a folder all logs in it are read, and what they tell is put together on one clock. A `-`
reads standard input.

Examples:
  watchkeeper logs analyze /var/log/mongodb/mongod.log
  watchkeeper logs analyze --from 2024-12-14T17:00:00Z --to 2024-12-14T18:30:00Z node1 node2 node3
  zcat mongod.log.gz | watchkeeper logs analyze --json -

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
}

/// What was found.
struct Found {
    /// Each file by its name and what was counted in it.
    files: Vec<(String, Tally)>,
    all: Analysis,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { files, from, to, top, threads, json } = self;
        if from.zip(to).is_some_and(|(from, to)| to <= from) {
            let wrong = anyhow::anyhow!("`--to` is not after `--from`; give a later `--to`");
            return Err(Failure::NotUnderstood(wrong));
        }
        let threads = threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZero::get);
        let found = tokio::task::spawn_blocking(move || analyze(&files, Span { from, to }, threads));
        let found = found.await.context("the analysis broke off")??;
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
        let analysis = read::analyze(log, span, threads, &bar);
        let analysis = analysis.with_context(|| format!("cannot read `{name}`"))?;
        found.files.push((name, analysis.tally.clone()));
        found.all.merge(analysis);
    }
    bar.finish_and_clear();
    Ok(found)
}
