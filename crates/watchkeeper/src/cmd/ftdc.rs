//! `watchkeeper ftdc`: what the diagnostic data of servers holds. Nothing needs to be installed or running for it.

mod chart;
mod export;
mod source;
mod summary;

use super::Failure;
use clap::Subcommand;

/// Reads the diagnostic data of MongoDB servers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Diagnostic data (FTDC) is what every mongod since 3.2 writes into `diagnostic.data` in its data folder, a
sample of some thousand counters a second.

Examples:
  watchkeeper ftdc summary /var/lib/mongodb/diagnostic.data
  watchkeeper ftdc chart --output stall.html node1 node2 node3
  watchkeeper ftdc export --metric 'serverStatus.opcounters.*' diagnostic.data > counters.csv")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Summary(summary::Args),
    Chart(chart::Args),
    Export(export::Args),
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Summary(args) => args.run().await,
            Command::Chart(args) => args.run().await,
            Command::Export(args) => args.run().await,
        }
    }
}
