//! `watchkeeper import`: takes over the history that another status page told, in any format that `feeds` reads.
//!
//! It speaks to a running server, which records each incident once: a second run changes nothing. It never opens
//! the database, and nobody is told of what it records.

mod body;
mod read;
mod report;

use super::choose;
use super::server::{Access, Server};
use super::{Failure, terminal};
use crate::clock::Clock;
use anyhow::Context as _;
use report::{Outcome, Report};
use serde_json::Value;

/// Takes over the history of another status page
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every incident keeps its updates, components and times, as recorded by `importer`; nobody is told. What was
taken over before stays as it is, so the command may be run again.

Statuspage gives the latest 50 incidents and the latest 50 maintenances; feeds usually give fewer.

A token of scope `write` is needed; `watchkeeper token create` makes one. On the command line it is seen by
everybody on the machine; WATCHKEEPER_TOKEN is not.

Examples:
  watchkeeper import --from https://status.example.org --environment PROD1 --dry-run
  watchkeeper import --from incidents.json --from scheduled-maintenances.json --environment PROD1 --json

Exit codes: 0 everything is here, 1 a server does not answer, 2 something was not understood or not accepted")]
pub struct Args {
    /// Address of the page, or a document of it as a file; several are read as one page
    #[arg(long, value_name = "URL|FILE", required = true)]
    from: Vec<String>,
    /// Environment that the history belongs to, as the configuration calls it
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// Tell what would be taken over, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Read from loopback and private addresses too
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    access: Access,
    /// Print the report as JSON on standard output
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let server = Server::new(&self.access)?;
        let environment = choose::environment(&server, &self.environment).await?;
        let source = read::page(&self.from, self.allow_private, Clock::System.now()).await?;
        let mut report = Report::of(&source, self.dry_run);
        let bar = terminal::progress_count(source.page.incidents.len() as u64);
        // Oldest first, so that what breaks off in between is a history up to some day.
        for incident in source.page.incidents.iter().rev() {
            bar.inc(1);
            let body = body::of(&environment.slug, incident, self.dry_run);
            match server.post("/api/v1/imports", &body).await {
                Ok(answer) => {
                    let answer: Value = serde_json::from_slice(&answer).context("the answer is no JSON")?;
                    report.take(incident, &answer);
                }
                Err(Failure::NotUnderstood(error)) => {
                    report.add(incident, Outcome::Refused(terminal::plain(&format!("{error:#}"))));
                }
                Err(failed) => {
                    bar.finish_and_clear();
                    return Err(failed);
                }
            }
        }
        bar.finish_and_clear();
        if self.json {
            terminal::print_json(&report.json())?;
        } else {
            terminal::print(&report.text())?;
        }
        if report.is_whole() { Ok(()) } else { Err(Failure::Told) }
    }
}
