//! The command line: a list of commands, each in a file of its own under `cmd/`.
//!
//! Results go to standard output, everything else to standard error. This module never decides anything
//! that the program would decide differently when it serves.

pub mod advise;
pub mod audit;
pub mod backup;
pub mod channel;
mod choose;
pub mod config;
mod config_file;
pub mod demo;
pub mod deploy;
mod diagnostic_data;
pub mod doctor;
pub mod environment;
pub mod evidence;
pub mod feed;
mod files;
pub mod ftdc;
pub mod import;
pub mod incident;
pub mod logs;
pub mod maintenance;
pub mod page;
pub mod person;
pub mod queries;
pub mod reads;
pub mod reference;
pub mod serve;
mod server;
pub mod terminal;
pub mod token;
pub mod vendor;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Watches your vendors' status pages, and keeps one of your own.
#[derive(Debug, Parser)]
#[command(name = "watchkeeper", bin_name = "watchkeeper", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Demo(demo::Args),
    Config(config::Args),
    Doctor(doctor::Args),
    Feed(feed::Args),
    Vendor(vendor::Args),
    Reads(reads::Args),
    Queries(queries::Args),
    Logs(logs::Args),
    Ftdc(ftdc::Args),
    Advise(advise::Args),
    Incident(incident::Args),
    Evidence(evidence::Args),
    Maintenance(maintenance::Args),
    Environment(environment::Args),
    Deploy(deploy::Args),
    Import(import::Args),
    Page(page::Args),
    Channel(channel::Args),
    Token(token::Args),
    Backup(backup::Args),
    Person(person::Args),
    Audit(audit::Args),
    #[command(hide = true)]
    Reference(reference::Args),
}

/// Stands at the end of the help.
const EXIT_CODES: &str = "\
Exit codes:
  0  it worked
  1  it failed
  2  the input was not understood, or the configuration or the command line is wrong

Examples:
  watchkeeper config example > watchkeeper.toml
  watchkeeper config check
  watchkeeper vendor detect https://status.example.org";

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// It could not.
    Failed(anyhow::Error),
    /// What it was given makes no sense.
    NotUnderstood(anyhow::Error),
    /// What it was given makes no sense, and standard output says so already.
    Told,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Cli {
    /// Does what the command line says; what goes wrong is told on standard error.
    pub async fn run(self) -> ExitCode {
        let outcome = match self.command {
            Command::Serve(args) => args.run().await,
            Command::Demo(args) => args.run().await,
            Command::Config(args) => args.run(),
            Command::Doctor(args) => args.run().await,
            Command::Feed(args) => args.run().await,
            Command::Vendor(args) => args.run().await,
            Command::Reads(args) => args.run().await,
            Command::Queries(args) => args.run().await,
            Command::Logs(args) => args.run().await,
            Command::Ftdc(args) => args.run().await,
            Command::Advise(args) => args.run().await,
            Command::Incident(args) => args.run().await,
            Command::Evidence(args) => args.run().await,
            Command::Maintenance(args) => args.run().await,
            Command::Environment(args) => args.run().await,
            Command::Deploy(args) => args.run().await,
            Command::Import(args) => args.run().await,
            Command::Page(args) => args.run().await,
            Command::Channel(args) => args.run().await,
            Command::Token(args) => args.run().await,
            Command::Backup(args) => args.run().await,
            Command::Person(args) => args.run().await,
            Command::Audit(args) => args.run().await,
            Command::Reference(args) => args.run(),
        };
        let (error, code) = match outcome {
            Ok(()) => return ExitCode::SUCCESS,
            Err(Failure::Failed(error)) => (error, 1),
            Err(Failure::NotUnderstood(error)) => (error, 2),
            Err(Failure::Told) => return ExitCode::from(2),
        };
        terminal::tell_error(&error);
        ExitCode::from(code)
    }
}

#[cfg(test)]
mod tests;
