//! `watchkeeper demo`: an invented world on this machine, watched.

use super::{Failure, serve, terminal};
use crate::app::App;
use crate::clock::{Clock, Replay};
use crate::config::reader::Surroundings;
use crate::config::{Config, LogConfig};
use crate::demo::{self, World};
use anyhow::Context as _;
use domain::Timestamp;
use jiff::SignedDuration;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::Instant;

/// How long the replay stays fast after its leap: the postmortem comes three minutes in.
const FAST_AFTER_LEAP: SignedDuration = SignedDuration::from_mins(8);

/// Watches invented vendors that live through a day in December, 60 times faster than life
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing is kept: the database lies in a temporary folder that is removed at the end, and every vendor is a
small server on this machine.

Examples:
  watchkeeper demo
  watchkeeper demo --port 0 --speed 600")]
pub struct Args {
    /// Port on loopback to serve the pages at; 0 takes any that is free
    #[arg(long, default_value_t = 8087)]
    port: u16,
    /// How many times faster than life
    #[arg(long, default_value_t = demo::SPEED, value_parser = clap::value_parser!(u32).range(1..=3600))]
    speed: u32,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        serve::start_log(&LogConfig { level: tracing::Level::ERROR, ..LogConfig::default() });
        let folder = TemporaryFolder::new()?;
        let clock = Clock::Replay(self.replay());
        let of_the_world = clock.clone();
        let world = World::start(Arc::new(move || of_the_world.now())).await?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let database = format!("sqlite:{}", folder.0.join("demo.db").display());
        let config = read(&demo::config(&world, listen, &database), &folder.0)?;
        let app = App::start(config, clock).await.context("cannot start the demo; try `--port 0`")?;
        let token =
            super::token::create(&app.parts().store, "demo visitor", &["write"], None, app.parts()).await?;
        terminal::print(&self.welcome(app.address(), &token))?;
        serve::run_until_told(app).await?;
        world.stop().await;
        Ok(())
    }

    fn replay(&self) -> Replay {
        Replay {
            began: Instant::now(),
            starts_at: demo::STARTS_AT,
            leaps_at: demo::LEAPS_AT,
            resumes_at: demo::RESUMES_AT,
            settles_at: demo::RESUMES_AT.saturating_add(FAST_AFTER_LEAP).unwrap_or(Timestamp::MAX),
            speed: self.speed,
        }
    }

    fn welcome(&self, address: SocketAddr, token: &str) -> String {
        let after = |minutes: u32| minutes * 60 / self.speed;
        format!(
            "Watchkeeper is at http://{address}/\n\n\
             It is 14 December 2024, 17:25 UTC, and time runs {} times faster than life.\n\
             Open http://{address}/vendors/northwind-desk and leave it open:\n  \
             now            everything is green\n  \
             after {:>4} s   the vendor opens an incident (17:33); it is here within one look\n  \
             after {:>4} s   it posts the same words again (17:38): one update, shown as repeated\n  \
             after {:>4} s   a fix is watched (18:04), and its text is edited (18:12)\n  \
             after {:>4} s   resolved (18:27), after 54 minutes\n  \
             after {:>4} s   the clock leaps by 58 days, and the postmortem comes\n\n\
             The console at http://{address}/console takes this token: {token}\n\
             Ctrl-C ends it.\n",
            self.speed,
            after(8),
            after(13),
            after(39),
            after(62),
            after(73),
        )
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
