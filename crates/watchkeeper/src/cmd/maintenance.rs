//! `watchkeeper maintenance`: announces maintenances and moves them along, from a terminal or a script.
//!
//! It speaks to a running server, in which a maintenance is an incident of its own kind; what the server refuses is
//! told in its words. It never opens the database.

mod recurring;
mod schedule;

use super::Failure;
use super::incident::To;
use super::incident::body::Text;
use super::incident::held::Hold;
use super::incident::list::List;
use super::incident::write::Desk;
use clap::Subcommand;

/// Stands at the end of the help.
const TOKEN: &str = "\
A token is needed, to change something one of scope `write`; `watchkeeper token create` makes one. On the
command line it is seen by everybody on the machine; WATCHKEEPER_TOKEN is not.

A maintenance begins and ends by itself, at the announced times.

Examples:
  watchkeeper maintenance schedule \"New disks\" --environment PROD1 --from 2025-03-01T02:00:00Z \\
      --until 2025-03-01T04:00:00Z --component API --body \"The API is slower for minutes at a time.\"
  watchkeeper maintenance end 77n63w1zthrr --body \"All disks are in.\"

Exit codes: 0 it is done, 1 the server does not answer, 2 it does not accept what it was told";

/// Announces, begins and ends maintenances
#[derive(Debug, clap::Args)]
#[command(after_help = TOKEN)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    to: To,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Announces a maintenance
    #[command(after_help = "\
Example:
  watchkeeper maintenance schedule \"New disks\" --environment PROD1 --from 2025-03-01T02:00:00Z \\
      --until 2025-03-01T04:00:00Z --component API --body \"The API is slower for minutes at a time.\"")]
    Schedule(schedule::Schedule),
    /// Lists maintenances, newest first
    #[command(after_help = "Example:\n  watchkeeper maintenance list --state scheduled")]
    List(List),
    /// Begins it before its time
    #[command(after_help = "Example:\n  watchkeeper maintenance start 77n63w1zthrr --body \"We begin now.\"")]
    Start {
        /// Its identifier
        id: String,
        #[command(flatten)]
        text: Text,
        #[command(flatten)]
        hold: Hold,
    },
    /// Says that it is over
    #[command(
        after_help = "Example:\n  watchkeeper maintenance end 77n63w1zthrr --body \"All disks are in.\""
    )]
    End {
        /// Its identifier
        id: String,
        #[command(flatten)]
        text: Text,
        #[command(flatten)]
        hold: Hold,
    },
    /// Takes it back; its page says so
    #[command(after_help = "Example:\n  watchkeeper maintenance cancel 77n63w1zthrr")]
    Cancel {
        /// Its identifier
        id: String,
    },
    /// Adds a maintenance that recurs
    #[command(after_help = "\
Example:
  watchkeeper maintenance recur \"Backups\" --environment PROD1 --rule \"weekly sunday\" --at 02:00 \\
      --zone Europe/Berlin --hours 2 --body \"Reads may be slower.\"")]
    Recur(recurring::Recur),
    /// Lists maintenances that recur
    #[command(after_help = "Example:\n  watchkeeper maintenance recurring --json")]
    Recurring,
    /// Ends one that recurs; what it announced stays
    #[command(after_help = "Example:\n  watchkeeper maintenance stop 77n63w1zthrr")]
    Stop {
        /// Its identifier, as `recurring` lists it
        id: String,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let desk = Desk::new(&self.to)?;
        match self.command {
            Command::Schedule(schedule) => schedule.run(&desk).await,
            Command::List(list) => list.of_kind("maintenance").run(&desk).await,
            Command::Start { id, text, hold } => desk.say(&id, "in_progress", &text, &hold).await,
            Command::End { id, text, hold } => desk.say(&id, "completed", &text, &hold).await,
            Command::Cancel { id } => desk.withdraw(&id).await,
            Command::Recur(recur) => recur.run(&desk).await,
            Command::Recurring => recurring::list(&desk).await,
            Command::Stop { id } => recurring::stop(&desk, &id).await,
        }
    }
}
