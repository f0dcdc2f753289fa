//! `watchkeeper incident`: what the console does, from a terminal or a script.
//!
//! It speaks to a running server and judges nothing itself: what the server refuses is told in its words. It never
//! opens the database.

mod body;
mod list;
mod show;
mod write;

use super::Failure;
use super::server::Access;
use body::Text;
use clap::Subcommand;

/// Stands at the end of the help.
const TOKEN: &str = "\
A token is needed, to change something one of scope `write`; `watchkeeper token create` makes one. On the
command line it is seen by everybody on the machine; WATCHKEEPER_TOKEN is not.

Texts are Markdown. They are taken from --body, from --body-file (`-` is standard input), or written in
$VISUAL or $EDITOR.

Examples:
  watchkeeper incident open \"Orders are late\" --environment PROD1 --component api=degraded_performance
  watchkeeper incident update 77n63w1zthrr --state identified --body \"A full disk.\" --next-update 30m
  watchkeeper incident resolve 77n63w1zthrr --body \"Orders are on time again.\"

Exit codes: 0 it is done, 1 the server does not answer, 2 it does not accept what it was told";

/// Opens, updates, shows and lists incidents
#[derive(Debug, clap::Args)]
#[command(after_help = TOKEN)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    to: To,
}

/// Where to, and how it is told.
#[derive(Debug, clap::Args)]
struct To {
    #[command(flatten)]
    access: Access,
    /// Print what the server answers as JSON on standard output
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists incidents and maintenances, newest first
    #[command(after_help = "\
Examples:
  watchkeeper incident list --state open
  watchkeeper incident list --environment PROD1 --search disk --json")]
    List(list::List),
    /// Shows one incident with everything that was said
    #[command(after_help = "Example:\n  watchkeeper incident show 77n63w1zthrr")]
    Show {
        /// Its identifier
        id: String,
    },
    /// Opens an incident
    #[command(after_help = "\
Examples:
  watchkeeper incident open \"Orders are late\" --environment PROD1 --impact minor --body \"We are looking.\"
  watchkeeper incident open \"Disk fills\" --environment PROD1 --internal --body-file - < note.md")]
    Open(write::Open),
    /// Posts an update
    #[command(after_help = "\
Example:
  watchkeeper incident update 77n63w1zthrr --state monitoring --body \"A fix is out.\" --next-update 1h")]
    Update(write::Update),
    /// Says that it is over
    #[command(after_help = "Example:\n  watchkeeper incident resolve 77n63w1zthrr --body \"All is well.\"")]
    Resolve {
        /// Its identifier
        id: String,
        #[command(flatten)]
        text: Text,
    },
    /// Makes public what was internal, with a first public update
    #[command(after_help = "\
Examples:
  watchkeeper incident publish 77n63w1zthrr
  watchkeeper incident publish 77n63w1zthrr --body \"Orders are late.\" --next-update 30m")]
    Publish(write::Publish),
    /// Takes it off public pages
    #[command(after_help = "Example:\n  watchkeeper incident hide 77n63w1zthrr")]
    Hide {
        /// Its identifier
        id: String,
    },
    /// Writes something down for the team; it is never public
    #[command(
        after_help = "Example:\n  watchkeeper incident note 77n63w1zthrr --body \"Ann calls the vendor.\""
    )]
    Note {
        /// Its identifier
        id: String,
        #[command(flatten)]
        text: Text,
    },
    /// Says that it is the same event as another, in which it lives on
    #[command(after_help = "Example:\n  watchkeeper incident merge 77n63w1zthrr --into w7mvqv7pmd6n")]
    Merge {
        /// Its identifier
        id: String,
        /// The incident in which it lives on
        #[arg(long, value_name = "ID")]
        into: String,
    },
    /// Publishes the postmortem, or a new version of it
    #[command(
        after_help = "Example:\n  watchkeeper incident postmortem 77n63w1zthrr --body-file postmortem.md"
    )]
    Postmortem {
        /// Its identifier
        id: String,
        #[command(flatten)]
        text: Text,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let desk = write::Desk::new(&self.to)?;
        match self.command {
            Command::List(list) => list.run(&desk).await,
            Command::Show { id } => desk.show(&id).await,
            Command::Open(open) => open.run(&desk).await,
            Command::Update(update) => update.run(&desk).await,
            Command::Resolve { id, text } => desk.resolve(&id, &text).await,
            Command::Publish(publish) => publish.run(&desk).await,
            Command::Hide { id } => desk.hide(&id).await,
            Command::Note { id, text } => desk.note(&id, &text).await,
            Command::Merge { id, into } => desk.merge(&id, &into).await,
            Command::Postmortem { id, text } => desk.postmortem(&id, &text).await,
        }
    }
}
