//! `watchkeeper incident`: what the console does, from a terminal or a script.
//!
//! It speaks to a running server and judges nothing itself: what the server refuses is told in its words. It never
//! opens the database.

mod backfill;
pub(super) mod body;
mod correct;
pub(super) mod held;
pub(super) mod list;
mod show;
pub(super) mod write;

use super::Failure;
use super::server::Access;
use body::Text;
use clap::Subcommand;
use held::Hold;

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

/// Opens, updates, corrects, shows and lists incidents
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
pub(super) struct To {
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
  watchkeeper incident open --template \"Slow reads\"
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
        #[command(flatten)]
        hold: Hold,
    },
    /// Lists what is held and can be undone, and what could not leave
    #[command(after_help = "Example:\n  watchkeeper incident held --json")]
    Held,
    /// Takes back what is held, before it leaves
    #[command(after_help = "\
Example:
  watchkeeper incident update 77n63w1zthrr --body \"A full disk.\" --hold
  watchkeeper incident undo 5c1kz0hvtw3n")]
    Undo {
        /// Identifier of what is held
        id: String,
    },
    /// Lets what is held leave at once
    #[command(after_help = "Example:\n  watchkeeper incident send 5c1kz0hvtw3n")]
    Send {
        /// Identifier of what is held
        id: String,
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
    /// Puts right its title, its grade or when it truly was
    #[command(after_help = "\
Example:
  watchkeeper incident correct 77n63w1zthrr --impact major --began-at 2025-02-12T09:20:00Z")]
    Correct {
        /// Its identifier
        id: String,
        #[command(flatten)]
        facts: correct::Facts,
    },
    /// Gives an update another text; the old one is kept and shown
    #[command(
        after_help = "Example:\n  watchkeeper incident edit 77n63w1zthrr w7mvqv7pmd6n --body \"A full disk.\""
    )]
    Edit {
        /// Its identifier
        id: String,
        /// Identifier of the update, as `show --json` tells it
        update: String,
        #[command(flatten)]
        text: Text,
    },
    /// Takes it back as a whole, or one of its updates
    #[command(after_help = "\
Examples:
  watchkeeper incident withdraw 77n63w1zthrr
  watchkeeper incident withdraw 77n63w1zthrr --update w7mvqv7pmd6n")]
    Withdraw {
        /// Its identifier
        id: String,
        /// Only this update
        #[arg(long, value_name = "ID")]
        update: Option<String>,
    },
    /// Makes it stand again after it was withdrawn
    #[command(after_help = "Example:\n  watchkeeper incident restore 77n63w1zthrr")]
    Restore {
        /// Its identifier
        id: String,
    },
    /// Objects to what a machine would publish: it waits for a person
    #[command(after_help = "Example:\n  watchkeeper incident hold 77n63w1zthrr")]
    Hold {
        /// Its identifier
        id: String,
    },
    /// Records what is over, for the history; nobody is told
    #[command(after_help = "\
Example:
  watchkeeper incident backfill \"Mail was late\" --environment PROD1 --from 2025-02-10T09:00:00Z \\
      --until 2025-02-10T09:40:00Z --body \"Mail was sent up to 40 minutes late. Nothing was lost.\"")]
    Backfill(backfill::Backfill),
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
            Command::Resolve { id, text, hold } => desk.resolve(&id, &text, &hold).await,
            Command::Held => desk.list_held().await,
            Command::Undo { id } => desk.undo(&id).await,
            Command::Send { id } => desk.send_now(&id).await,
            Command::Publish(publish) => publish.run(&desk).await,
            Command::Hide { id } => desk.hide(&id).await,
            Command::Note { id, text } => desk.note(&id, &text).await,
            Command::Merge { id, into } => desk.merge(&id, &into).await,
            Command::Correct { id, facts } => facts.correct(&desk, &id).await,
            Command::Edit { id, update, text } => desk.edit(&id, &update, &text).await,
            Command::Withdraw { id, update } => desk.take_back(&id, update.as_deref()).await,
            Command::Restore { id } => desk.restore(&id).await,
            Command::Hold { id } => desk.hold(&id).await,
            Command::Backfill(backfill) => backfill.run(&desk).await,
            Command::Postmortem { id, text } => desk.postmortem(&id, &text).await,
        }
    }
}
