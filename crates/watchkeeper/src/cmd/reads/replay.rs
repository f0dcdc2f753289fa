//! `watchkeeper reads replay`: would we have caught that?
//!
//! This module never judges by itself: the detector that serves is the one that replays.

mod diagnostic;
mod ftdc;
mod judge;
mod log;
mod merge;
mod report;
mod table;
mod truth;

use crate::cmd::{Failure, terminal};
use crate::recording::{self, Reader};
use anyhow::Context as _;
use domain::detect::{Baselines, Detector, Severity};
use jiff::Timestamp;
use judge::{Judgement, Stepping, Story};
use std::path::{Path, PathBuf};

/// Runs the detector over what was seen earlier, and says what it would have said
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Diagnostic data is what every mongod since 3.2 writes into `diagnostic.data` in its data folder. One folder is
one node; all nodes that are given are one database. Files may be compressed with gzip or zstd. With the logs of the
same time it is also told which collections and which operations were in front.

A recording whose folder holds a `truth.json` is compared with it: its `culprit` has a `namespace`, a
`command` and a text that the shape `contains`, or is null where nobody is to be named.

Examples:
  watchkeeper reads replay --ftdc /var/lib/mongodb/diagnostic.data --log /var/log/mongodb/mongod.log
  watchkeeper reads replay --ftdc node1 node2 node3 --json
  watchkeeper reads replay --recording crm-2026-03-02

Exit codes: 0 everything was judged, 1 something could not be read")]
pub(super) struct Args {
    /// A folder that `watchkeeper reads record` made; may be given many times
    #[arg(long, value_name = "DIR", num_args = 1.., required_unless_present_any = ["ftdc", "log"])]
    recording: Vec<PathBuf>,
    /// A folder or a file of diagnostic data; may be given many times
    #[arg(long, value_name = "PATH", num_args = 1..)]
    ftdc: Vec<PathBuf>,
    /// The log of a node; may be given many times, in the order of the nodes
    #[arg(long, value_name = "PATH", num_args = 1..)]
    log: Vec<PathBuf>,
    /// Print the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// What was judged, and what could not be read of it.
struct Replayed {
    source: String,
    judgement: Judgement,
    troubles: Vec<String>,
    /// How it compares with what truly was, where somebody wrote that down.
    truth: Option<truth::Outcome>,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { recording, ftdc, log, json } = self;
        let replayed = tokio::task::spawn_blocking(move || {
            let mut replayed =
                recording.iter().map(|folder| of_recording(folder)).collect::<anyhow::Result<Vec<_>>>()?;
            if !ftdc.is_empty() || !log.is_empty() {
                replayed.push(diagnostic::replay(&ftdc, &log)?);
            }
            anyhow::Ok(replayed)
        });
        let replayed = replayed.await.context("the replay broke off")??;
        if json {
            return Ok(terminal::print_json(&report::of(&replayed))?);
        }
        Ok(terminal::print(&table::of(&replayed))?)
    }
}

/// A stall or a warning that the detector finds in diagnostic data.
pub(in crate::cmd) struct Stall {
    pub(in crate::cmd) began_at: Timestamp,
    /// Nothing where it goes on to the end.
    pub(in crate::cmd) ended_at: Option<Timestamp>,
    /// Whether reads stalled; otherwise they were only slow.
    pub(in crate::cmd) severe: bool,
    /// What is said of it.
    pub(in crate::cmd) sentence: String,
}

/// What the detector says of the nodes whose diagnostic data this is.
pub(in crate::cmd) fn stalls(ftdc: &[PathBuf]) -> anyhow::Result<Vec<Stall>> {
    let judged = diagnostic::replay(ftdc, &[])?;
    let stall = |story: &Story| {
        let verdict = story.last();
        Stall {
            began_at: verdict.began_at,
            ended_at: verdict.ended_at,
            severe: story.severity() == Severity::Stall,
            sentence: verdict.sentence.clone(),
        }
    };
    Ok(judged.judgement.stories.iter().map(stall).collect())
}

fn of_recording(folder: &Path) -> anyhow::Result<Replayed> {
    let mut reader = Reader::open(folder)?;
    let bar = terminal::progress();
    bar.set_message(format!("replaying {}", folder.display()));
    let detector = Detector::new(Baselines::default());
    let judgement = judge::judge(detector, Stepping::AsLooks, recording::in_order(reader.by_ref()));
    bar.finish_and_clear();
    let truth = truth::compare(folder, &judgement)?;
    Ok(Replayed { source: folder.display().to_string(), judgement, troubles: troubles(&reader), truth })
}

fn troubles(reader: &Reader) -> Vec<String> {
    let told = reader.troubles().iter().map(|trouble| format!("line {}: {}", trouble.line, trouble.wrong));
    let mut troubles: Vec<String> = told.collect();
    let more = reader.unread() - reader.troubles().len() as u64;
    if more > 0 {
        troubles.push(format!("{more} more lines could not be read"));
    }
    troubles
}
