//! `watchkeeper logs`: what the logs of servers amount to. Nothing needs to be installed or running for it.

pub(super) mod analyze;

use super::Failure;
use clap::Subcommand;

/// Reads the logs of MongoDB servers
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(analyze::Args),
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Analyze(args) => args.run().await,
        }
    }
}
