//! Reads the command line and does what it says.

use clap::Parser as _;
use std::process::ExitCode;
use watchkeeper::cmd::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
