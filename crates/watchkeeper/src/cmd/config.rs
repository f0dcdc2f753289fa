//! `watchkeeper config`: check a configuration file, or begin one.

use super::{Failure, terminal};
use crate::config::{self, Config, ConfigError, DEFAULT_FILE, Mistakes};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Checks the configuration file, or prints one to begin with
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks a configuration file and tells every mistake at once
    ///
    /// Secrets that the file refers to are looked up, but nothing is fetched and no database is opened.
    #[command(after_help = "\
Examples:
  watchkeeper config check
  watchkeeper config check /etc/watchkeeper/watchkeeper.toml
  watchkeeper config check --json | jq '.mistakes[].message'

Exit codes: 0 no mistake, 2 mistakes or no such file, 1 the file cannot be read")]
    Check {
        /// The file
        #[arg(default_value = DEFAULT_FILE)]
        file: PathBuf,
        /// Print the result as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Prints a commented configuration file with every key
    #[command(after_help = "Example:\n  watchkeeper config example > watchkeeper.toml")]
    Example,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Check { file, json } => check(&file, json),
            Command::Example => Ok(terminal::print(&config::example())?),
        }
    }
}

fn check(file: &Path, json: bool) -> Result<(), Failure> {
    match Config::load(file) {
        Ok(_) if json => Ok(terminal::print_json(&verdict(file, &[]))?),
        Ok(config) => Ok(terminal::print(&summary(file, &config))?),
        Err(ConfigError::Mistakes(mistakes)) if json => {
            terminal::print_json(&verdict(file, &listed(&mistakes)))?;
            Err(Failure::Told)
        }
        Err(error @ ConfigError::Unreadable(..)) => Err(Failure::Failed(error.into())),
        Err(ConfigError::Mistakes(mistakes)) => {
            let count = mistakes.list.len();
            let plural = if count == 1 { "mistake" } else { "mistakes" };
            Err(Failure::NotUnderstood(anyhow::anyhow!("{count} {plural}\n{mistakes}")))
        }
        Err(error @ ConfigError::Missing(_)) => Err(Failure::NotUnderstood(error.into())),
    }
}

fn summary(file: &Path, config: &Config) -> String {
    format!(
        "{} is in order\n  listens on    {}\n  database      {}\n  environments  {}\n  vendors       {}\n",
        file.display(),
        config.server.listen,
        config.server.store,
        config.environments.len(),
        config.vendors.len(),
    )
}

fn verdict(file: &Path, mistakes: &[Value]) -> Value {
    json!({ "file": file.display().to_string(), "ok": mistakes.is_empty(), "mistakes": mistakes })
}

fn listed(mistakes: &Mistakes) -> Vec<Value> {
    let one = |mistake: &config::Mistake| {
        json!({
            "line": mistake.line,
            "key": mistake.key,
            "value": mistake.value,
            "wrong": mistake.wrong,
            "message": mistake.to_string(),
        })
    };
    mistakes.list.iter().map(one).collect()
}
