//! `watchkeeper reads`: records what is seen of a database, and judges it again.

mod record;
mod replay;
mod top;
mod verdict;

pub(super) use replay::{Stall, stalls};

use super::Failure;
use clap::Subcommand;

/// Records how a database answers, and says whether its reads stalled
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Record(record::Args),
    Replay(replay::Args),
    Top(top::Args),
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Record(args) => args.run().await,
            Command::Replay(args) => args.run().await,
            Command::Top(args) => args.run().await,
        }
    }
}
