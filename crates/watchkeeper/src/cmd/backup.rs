//! `watchkeeper backup`: copies the database while it is in use, and proves that a copy can be restored.
//!
//! SQLite only; PostgreSQL has its own tools, whose result `verify` looks at all the same. This module never
//! overwrites a file.

mod copy;

use super::config_file::ConfigFile;
use super::{Failure, terminal};
use crate::config::storage::Storage;
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Ledger, Store};
use web::rendered::hex;

/// Copies the database while it is in use, and proves that copies can be restored
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`create` and `drill` may run beside `watchkeeper serve`. What was acknowledged before they begin is in the
copy. With PostgreSQL, use `pg_dump`, restore into another database, and `verify` that.

Examples:
  watchkeeper backup create --to /var/backups/watchkeeper.db
  watchkeeper backup verify /var/backups/watchkeeper.db --json
  watchkeeper backup drill                # once a month, from a timer
  watchkeeper backup restore /var/backups/watchkeeper.db

Exit codes: 0 it worked, 1 it failed or the copy is not sound, 2 the configuration or the command line is wrong")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigFile,
    /// Print the result as JSON on standard output
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copies the database into a new file and looks whether the copy is sound
    #[command(after_help = "Example:\n  watchkeeper backup create --to /var/backups/watchkeeper.db")]
    Create {
        /// The new file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Looks whether a copy is sound: its pages, every incident against its timeline, its ledger
    #[command(after_help = "Example:\n  watchkeeper backup verify /var/backups/watchkeeper.db")]
    Verify {
        /// The copy; the configured database if nothing is said
        file: Option<PathBuf>,
    },
    /// Copies, restores the copy into a folder of its own, opens it as the server would, and throws it away
    #[command(after_help = "Example:\n  watchkeeper backup drill --json")]
    Drill,
    /// Puts a copy where the configuration says that the database is; the server must be stopped
    #[command(after_help = "Example:\n  watchkeeper backup restore /var/backups/watchkeeper.db")]
    Restore {
        /// The copy
        file: PathBuf,
    },
}

/// What came of it.
struct Outcome {
    what: &'static str,
    file: String,
    bytes: Option<u64>,
    ledger: Ledger,
    took: Duration,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let storage = self.config.load()?.server.store;
        let outcome = match self.command {
            Command::Create { to } => copy::create(&storage, &to).await?,
            Command::Verify { file: Some(file) } => {
                verify(&address(&file), &file.display().to_string()).await?
            }
            Command::Verify { file: None } => verify(&storage.address(), &storage.to_string()).await?,
            Command::Drill => copy::drill(&storage).await?,
            Command::Restore { file } => copy::restore(&storage, &file).await?,
        };
        Ok(if self.json {
            terminal::print_json(&outcome.listed())
        } else {
            terminal::print(&outcome.told())
        }?)
    }
}

impl Outcome {
    fn listed(&self) -> serde_json::Value {
        json!({
            "done": self.what,
            "file": self.file,
            "bytes": self.bytes,
            "incidents": self.ledger.incidents,
            "entries": self.ledger.entries,
            "sha256": hex(&self.ledger.sha256),
            "seconds": self.took.as_secs_f64(),
        })
    }

    fn told(&self) -> String {
        let size = self.bytes.map(|bytes| format!("{bytes} bytes, ")).unwrap_or_default();
        format!(
            "{}: {}\n{size}{} incidents, {} entries, every invariant holds\nsha256 {}\n{:.2} s\n",
            self.what,
            self.file,
            self.ledger.incidents,
            self.ledger.entries,
            hex(&self.ledger.sha256),
            self.took.as_secs_f64(),
        )
    }
}

/// Looks at everything that a database holds.
async fn verify(address: &str, name: &str) -> Result<Outcome, Failure> {
    let began = tokio::time::Instant::now();
    let opened = Store::open_for_reading(address).await;
    let store = opened.with_context(|| format!("cannot open `{name}`"))?;
    let looked = look(&store).await;
    store.close().await;
    Ok(Outcome { what: "sound", file: name.to_owned(), bytes: None, ledger: looked?, took: began.elapsed() })
}

async fn look(store: &Store) -> anyhow::Result<Ledger> {
    let bar = terminal::progress();
    bar.set_message("every incident against its timeline");
    let violations = store.check().await.context("cannot check the copy")?;
    if let Some(first) = violations.first() {
        return Err(anyhow!("{} findings, the first: {}", violations.len(), first.0));
    }
    let ledger = store.ledger(|entries| bar.set_message(format!("{entries} entries"))).await;
    bar.finish_and_clear();
    ledger.context("cannot read the copy")
}

/// The file of the database that is configured.
fn file_of(storage: &Storage) -> Result<&Path, Failure> {
    match storage {
        Storage::Sqlite(path) => Ok(path),
        Storage::Memory => Err(Failure::NotUnderstood(anyhow!("a database in memory cannot be copied"))),
        Storage::Postgres(_) => Err(Failure::NotUnderstood(anyhow!(
            "PostgreSQL is copied by `pg_dump`; restore it into another database and `verify` that"
        ))),
    }
}

fn address(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

#[cfg(test)]
mod tests;
