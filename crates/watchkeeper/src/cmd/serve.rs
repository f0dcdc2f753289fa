//! `watchkeeper serve`: the program itself.

use super::config_file::ConfigFile;
use super::{Failure, terminal};
use crate::app::App;
use crate::clock::Clock;
use crate::config::LogConfig;
use crate::config::log::LogFormat;
use tokio::signal::unix::{SignalKind, signal};

/// Watches the vendors and serves the pages
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  watchkeeper serve
  watchkeeper serve --config /etc/watchkeeper/watchkeeper.toml

Stops on SIGTERM or Ctrl-C when what is under way is done. What was acknowledged is on the disk at any
moment: it may be killed as well.

Exit codes: 0 it was told to stop, 1 it could not start or go on, 2 the configuration is wrong")]
pub struct Args {
    #[command(flatten)]
    config: ConfigFile,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        start_log(&config.log);
        let app = App::start(config, Clock::System).await?;
        tracing::info!(address = %app.address(), vendors = app.parts().vendors.len(), "serving");
        offer_setup(&app).await?;
        run_until_told(app).await?;
        Ok(())
    }
}

/// While there is nobody yet, prints the code with which the first admin adds themselves. It is for whoever sees
/// this terminal, so it goes there and into no log line of its own.
async fn offer_setup(app: &App) -> anyhow::Result<()> {
    if let Some(code) = app.parts().site.open_setup().await? {
        let address = app.address();
        terminal::tell(&format!(
            "Nobody may sign in yet. Open http://{address}/console/setup and give this code, which is good once and \
             for a day:\n  {code}"
        ));
    }
    Ok(())
}

/// Writes the log to standard error.
pub(super) fn start_log(config: &LogConfig) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(config.level);
    // A test or an embedding program may have set one up already; that one serves.
    let _ = match config.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Lets it run until a signal, and stops it in an orderly way.
pub(super) async fn run_until_told(mut app: App) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let ended = tokio::select! {
        _ = terminate.recv() => false,
        result = tokio::signal::ctrl_c() => { result?; false }
        () = app.ended() => true,
    };
    app.stop().await;
    anyhow::ensure!(!ended, "a part of the program ended by itself; its log says why");
    Ok(())
}
