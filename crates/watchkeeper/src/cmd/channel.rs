//! `watchkeeper channel`: the channels of the configuration, and whether they work.
//!
//! It speaks to the channels and never to a running server or its database.

use super::config_file::ConfigFile;
use super::{Failure, terminal};
use crate::clock::Clock;
use crate::config::Config;
use crate::sending::Sending;
use crate::sending::receiver::Receiver;
use crate::sending::story::notice_of_our_own;
use anyhow::anyhow;
use clap::Subcommand;
use notifiers::{Audience, Message, Verdict};

/// Lists the channels of the configuration, and tries them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the channels
    #[command(after_help = "\
Examples:
  watchkeeper channel list

Exit codes: 0 they are listed, 2 the configuration is wrong")]
    List(List),
    /// Sends a trial message through a channel and says what became of it
    #[command(after_help = "\
Examples:
  watchkeeper channel test Pager
  watchkeeper channel test pager --config /etc/watchkeeper/watchkeeper.toml

Exit codes: 0 the receiver has it, 1 it does not, 2 there is no such channel or the configuration is wrong")]
    Test(Test),
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, clap::Args)]
struct Test {
    /// The channel, as the configuration calls it
    name: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::List(list) => Ok(terminal::print(&listed(&list.config.load()?))?),
            Command::Test(test) => try_channel(&test).await,
        }
    }
}

fn listed(config: &Config) -> String {
    if config.channels.is_empty() {
        return "no channel is configured\n".to_owned();
    }
    let line = |channel: &crate::config::ChannelConfig| {
        let audience = if channel.audience == Audience::Public { "public" } else { "operators" };
        format!("{:<20} {:<14} {audience}\n", channel.name, channel.kind)
    };
    config.channels.iter().map(line).collect()
}

async fn try_channel(test: &Test) -> Result<(), Failure> {
    let config = test.config.load()?;
    let sending = Sending::new(&config)?;
    let channel = sending.find_channel(&test.name).map_err(|names| {
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Failure::NotUnderstood(anyhow!("there is no channel `{}`; there is {names}", test.name))
    })?;
    let now = Clock::System.now();
    let body = "Somebody tries whether this channel works. Nothing is wrong.";
    let trial = notice_of_our_own(sending.stories.places(), "Trial of a channel", body, now);
    let receiver = Receiver::of_channel(channel);
    let message = Message { language: receiver.language, ..trial };
    let began = tokio::time::Instant::now();
    let verdict = sending.send(receiver.notifier.as_ref(), &message, now).await;
    let told = told(&verdict).map_err(|why| anyhow!("channel `{}`: {why}", channel.name))?;
    terminal::print(&format!("{}: {told} in {} ms\n", channel.name, began.elapsed().as_millis()))?;
    Ok(())
}

/// The verdict in words; an error where the receiver does not have it.
fn told(verdict: &Verdict) -> Result<String, String> {
    match verdict {
        Verdict::Delivered(None) => Ok("delivered".to_owned()),
        Verdict::Delivered(Some(id)) => Ok(format!("delivered as `{}`", terminal::plain(id))),
        Verdict::Retry { reason, .. } => Err(format!("not now: {reason}")),
        Verdict::Refused(why) => Err(format!("refused: {why}")),
        Verdict::Gone(why) => Err(format!("it wants nothing more: {why}")),
    }
}
