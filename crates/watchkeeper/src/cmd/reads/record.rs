//! `watchkeeper reads record`: keeps what is seen of a database.
//!
//! This module never lets a slow disk slow the looking: a thread of its own writes.

use super::verdict;
use crate::clock::{Clock, Moments};
use crate::cmd::config_file::ConfigFile;
use crate::cmd::{Failure, terminal};
use crate::config::quantity::parse_duration;
use crate::lookout::{self, Lookout};
use crate::recording::{Header, Recorder};
use anyhow::{Context as _, anyhow};
use domain::detect::{Baselines, Signal};
use domain::reads::{Moment, Sample};
use engines::mongodb::Target;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// Looks that wait to be written: half a minute of a large replica set.
const BACKLOG: usize = 16_384;
/// Between two lines that say what time it is, in microseconds.
const TICK_US: i64 = 1_000_000;

/// Records how a database answers, for `watchkeeper reads replay`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Opens no incident. What the detector says meanwhile goes to standard error. Stops on SIGTERM or Ctrl-C.

A password on the command line is seen by everybody on the machine; with --config it may stand in the
environment or in a file.

Examples:
  watchkeeper reads record --uri mongodb://127.0.0.1:27017/ --namespace crm.messages --out crm --for 10m
  watchkeeper reads record --config watchkeeper.toml --database crm --out crm

Exit codes: 0 it was told to stop or the time was over, 1 it could not write, 2 the configuration is wrong")]
pub(super) struct Args {
    /// Connection string
    #[arg(long, value_name = "URI", required_unless_present = "database", conflicts_with = "database")]
    uri: Option<String>,
    /// Connection string of the application, where it takes another way
    #[arg(long, value_name = "URI", requires = "uri")]
    app_uri: Option<String>,
    /// Collection to read from, as `database.collection`; may be given many times
    #[arg(long = "namespace", value_name = "NS", requires = "uri")]
    namespaces: Vec<String>,
    #[command(flatten)]
    config: ConfigFile,
    /// A database of the configuration file
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// The folder of the recording; it is made, and never written over
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Stop after so long, such as `90s` or `10m`
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    length: Option<Duration>,
    /// Do not tell what the detector says
    #[arg(long)]
    quiet: bool,
    /// Tell it as one line of JSON each, on standard output
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write a number with a unit, such as `90s`".to_owned())
}

/// What is to be written.
enum Message {
    Sample(Sample),
    Tick(Moment, Timestamp),
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (database, target) = self.target()?;
        let header = Header { database, started_at: Clock::System.now() };
        let recorder = Recorder::create(&self.out, &header)?;
        let (sender, messages) = sync_channel(BACKLOG);
        let moments = Moments::default();
        let last_moment = moments.clone();
        let broken = Arc::new(Notify::new());
        let ring = Arc::clone(&broken);
        let writing = tokio::task::spawn_blocking(move || {
            let written = write(recorder, &messages, &last_moment);
            ring.notify_one();
            written
        });
        let lost = self.look(target, &moments, &sender, &broken).await?;
        drop(sender);
        writing.await.context("the writer broke off")?.context("cannot write the recording")?;
        if lost > 0 {
            return Err(anyhow!("{lost} looks came faster than they could be written and are lost").into());
        }
        Ok(())
    }

    fn target(&self) -> Result<(String, Target), Failure> {
        let Some(name) = &self.database else {
            let uri = self.uri.as_deref().unwrap_or_default();
            let target = Target::new(uri, self.app_uri.as_deref(), self.namespaces.clone());
            let database = self.namespaces.first().and_then(|namespace| namespace.split('.').next());
            let target = target.map_err(|error| Failure::NotUnderstood(error.into()))?;
            return Ok((database.unwrap_or("mongodb").to_owned(), target));
        };
        let config = self.config.load()?;
        let is_meant = |one: &&crate::config::DatabaseConfig| one.slug.as_str() == name || &one.name == name;
        let Some(database) = config.databases.iter().find(is_meant) else {
            let known: Vec<&str> = config.databases.iter().map(|one| one.slug.as_str()).collect();
            let wrong =
                anyhow!("`{name}` is no database of the configuration; there are {}", known.join(", "));
            return Err(Failure::NotUnderstood(wrong));
        };
        let target = lookout::target(database).map_err(|error| Failure::NotUnderstood(error.into()))?;
        Ok((database.slug.to_string(), target))
    }

    /// Looks until the time is over or a signal comes; says how many looks could not be handed over.
    async fn look(
        &self,
        target: Target,
        moments: &Moments,
        sender: &SyncSender<Message>,
        broken: &Notify,
    ) -> anyhow::Result<u64> {
        let mut lookout = Lookout::start(target, Baselines::default(), Clock::System, moments);
        let mut terminate = signal(SignalKind::terminate())?;
        let end = tokio::time::sleep(self.length.unwrap_or(Duration::from_hours(24 * 365)));
        let mut end = std::pin::pin!(end);
        let (mut lost, mut ticked_at) = (0, None);
        loop {
            let hand_over = |message| u64::from(sender.try_send(message).is_err());
            let step = tokio::select! {
                step = lookout.step(|sample| lost += hand_over(Message::Sample(sample.clone()))) => step,
                () = &mut end => return Ok(lost),
                // Why it cannot write, the writer says itself.
                () = broken.notified() => return Ok(lost),
                _ = terminate.recv() => return Ok(lost),
                result = tokio::signal::ctrl_c() => { result?; return Ok(lost) }
            };
            if ticked_at.is_none_or(|at| step.now.since(at) >= TICK_US) {
                ticked_at = Some(step.now);
                // A tick that is lost is made up for by the next.
                let _ = hand_over(Message::Tick(step.now, step.wall));
            }
            if !self.quiet {
                step.signals.iter().try_for_each(|signal| tell(signal, self.json))?;
            }
        }
    }
}

fn tell(signal: &Signal, json: bool) -> std::io::Result<()> {
    let word = match signal {
        Signal::Opened(_) => "began",
        Signal::Changed(_) => "changed",
        Signal::Closed(_) => "ended",
    };
    let verdict = signal.verdict();
    if json {
        let mut line = verdict::body(verdict);
        line["signal"] = word.into();
        return terminal::print(&format!("{line}\n"));
    }
    let sentence = terminal::plain(&verdict.sentence);
    eprintln!("{} {word}: {sentence} ({})", verdict.severity.as_str(), verdict.cause.words());
    Ok(())
}

/// Writes until nobody has anything more to say.
fn write(mut recorder: Recorder, messages: &Receiver<Message>, moments: &Moments) -> std::io::Result<()> {
    while let Ok(message) = messages.recv() {
        match message {
            Message::Sample(sample) => recorder.record(&sample)?,
            Message::Tick(now, wall) => recorder.tick(now, wall)?,
        }
    }
    recorder.finish(moments.now(), Clock::System.now())
}
