//! `watchkeeper demo`: an invented world on this machine, watched.
//!
//! Two Watchkeepers: one lives through a vendor's day, faster than life; the other watches a platform of its own on
//! real databases, as it happens. They are two because no clock serves both.

mod once;
mod platform;
mod vendors;

use super::{Failure, serve, terminal};
use crate::config::reader::Surroundings;
use crate::config::{Config, LogConfig};
use crate::demo;
use crate::demo::platform::{STALLS, Stall};
use anyhow::Context as _;
use platform::Watched;
use std::path::{Path, PathBuf};

/// Watches an invented platform on real databases, and vendors that live through a day in December
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is kept: everything lies in a temporary folder that is removed at the end, every vendor is a small
server on this machine, and so are the databases.

Examples:
  watchkeeper demo
  watchkeeper demo --port 0 --speed 600
  watchkeeper demo --mongod /usr/bin/mongod --stall collscan")]
pub struct Args {
    /// Port on loopback to serve the vendors' pages at; 0 takes any that is free
    #[arg(long, default_value_t = 8087)]
    port: u16,
    /// How many times faster than life the vendors live
    #[arg(long, default_value_t = demo::SPEED, value_parser = clap::value_parser!(u32).range(1..=3600))]
    speed: u32,
    /// The mongod to run the platform's databases with; without one there are only the vendors
    #[arg(long, value_name = "FILE", env = "WATCHKEEPER_TEST_MONGOD", hide_env_values = true)]
    mongod: Option<PathBuf>,
    /// Stall reads once in this way, tell what became of it and end: 0 if it was seen, named and closed
    #[arg(long, value_name = "WAY", requires = "mongod", value_parser = STALLS.each_ref().map(|stall| stall.name))]
    stall: Option<String>,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        serve::start_log(&LogConfig { level: tracing::Level::ERROR, ..LogConfig::default() });
        let folder = TemporaryFolder::new()?;
        match (self.stall.as_deref().and_then(Stall::find), &self.mongod) {
            (Some(stall), Some(mongod)) => once::run(stall, mongod, &folder.0).await,
            _ => self.show(&folder.0).await,
        }
    }

    /// Shows everything until it is told to stop.
    async fn show(&self, folder: &Path) -> Result<(), Failure> {
        let watched = match &self.mongod {
            Some(mongod) => Watched::start(mongod, folder).await.map(Some),
            None => Err(anyhow::anyhow!("no mongod was named")),
        };
        let watched = watched.unwrap_or_else(|why| {
            eprintln!("the demo goes without a platform of its own: {why:#}");
            None
        });
        let vendors = vendors::Vendors::start(self.port, self.speed, folder).await?;
        if let Some(watched) = &watched {
            terminal::print(&watched.welcome())?;
        }
        terminal::print(&vendors.welcome())?;
        terminal::print("\nCtrl-C ends it.\n")?;
        let ended = vendors.run_until_told().await;
        if let Some(watched) = watched {
            watched.stop().await;
        }
        Ok(ended?)
    }
}

fn read(text: &str, folder: &Path) -> anyhow::Result<Config> {
    let surroundings = Surroundings { folder: folder.to_path_buf(), variable: |_| None };
    let read = Config::read(text, Path::new("demo.toml"), &surroundings);
    read.map_err(|mistakes| anyhow::anyhow!("{mistakes}"))
}

/// A folder that goes when it is dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("watchkeeper-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make `{}`", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What is left behind lies where the system tidies up by itself.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
