//! The configuration file that a command reads, and the database that it names.

use super::Failure;
use crate::config::{Config, ConfigError, DEFAULT_FILE};
use anyhow::Context as _;
use std::fmt;
use std::path::PathBuf;
use store::Store;

/// Which file.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConfigFile {
    /// The configuration file
    #[arg(long = "config", value_name = "FILE", default_value = DEFAULT_FILE, global = true)]
    path: PathBuf,
}

impl ConfigFile {
    /// Reads it, for a command that cannot go on without.
    pub(super) fn load(&self) -> Result<Config, Failure> {
        Config::load(&self.path).map_err(|error| match error {
            error @ ConfigError::Unreadable(..) => Failure::Failed(error.into()),
            error => Failure::NotUnderstood(error.into()),
        })
    }
}

impl fmt::Display for ConfigFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

/// Opens the database beside a server that may be running: nothing is written.
pub(super) async fn open_for_reading(config: &Config) -> anyhow::Result<Store> {
    let store = &config.server.store;
    Store::open_for_reading(&store.address()).await.with_context(|| format!("cannot open `{store}`"))
}
