//! `watchkeeper reads replay`: would we have caught that?
//!
//! This module never judges by itself: the detector that serves is the one that replays.

mod judge;
mod report;
mod table;

use crate::cmd::{Failure, terminal};
use crate::recording::{self, Reader};
use anyhow::Context as _;
use domain::detect::{Baselines, Detector};
use judge::Judgement;
use std::path::{Path, PathBuf};

/// Runs the detector over what was seen earlier, and says what it would have said
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  watchkeeper reads replay --recording crm-2026-03-02
  watchkeeper reads replay --recording crm-2026-03-02 --json

Exit codes: 0 everything was judged, 1 something could not be read")]
pub(super) struct Args {
    /// A folder that `watchkeeper reads record` made; may be given many times
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    recording: Vec<PathBuf>,
    /// Print the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// What was judged, and what could not be read of it.
struct Replayed {
    source: String,
    judgement: Judgement,
    troubles: Vec<String>,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { recording, json } = self;
        let replayed = tokio::task::spawn_blocking(move || {
            recording.iter().map(|folder| of_recording(folder)).collect::<anyhow::Result<Vec<_>>>()
        });
        let replayed = replayed.await.context("the replay broke off")??;
        if json {
            return Ok(terminal::print_json(&report::of(&replayed))?);
        }
        Ok(terminal::print(&table::of(&replayed))?)
    }
}

fn of_recording(folder: &Path) -> anyhow::Result<Replayed> {
    let mut reader = Reader::open(folder)?;
    let bar = terminal::progress();
    bar.set_message(format!("replaying {}", folder.display()));
    let detector = Detector::new(Baselines::default());
    let judgement = judge::judge(detector, recording::in_order(reader.by_ref()));
    bar.finish_and_clear();
    Ok(Replayed { source: folder.display().to_string(), judgement, troubles: troubles(&reader) })
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
