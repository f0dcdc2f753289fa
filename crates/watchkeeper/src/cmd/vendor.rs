//! `watchkeeper vendor`: finds out what a vendor's status page is made of.

use super::feed::fetcher;
use super::{Failure, terminal};
use crate::clock::Clock;
use crate::detect::{Detection, Found, detect};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use serde_json::{Value, json};
use std::fmt::Write as _;
use url::Url;

/// Finds out what a vendor's status page is made of
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Looks where each known format would stand, and says what to write into the configuration
    #[command(after_help = "\
Examples:
  watchkeeper vendor detect https://status.example.org
  watchkeeper vendor detect status.example.org --json
  watchkeeper vendor detect http://localhost:3000 --allow-private

Exit codes: 0 a format was found, 2 none was, 1 the client could not be set up")]
    Detect {
        /// Address of the vendor's status page
        url: String,
        /// Print the result as JSON on standard output
        #[arg(long)]
        json: bool,
        /// Fetch from loopback and private addresses too
        #[arg(long)]
        allow_private: bool,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Command::Detect { url, json, allow_private } = self.command;
        let base = address(&url).map_err(Failure::NotUnderstood)?;
        let bar = terminal::progress();
        let fetcher = fetcher(allow_private)?;
        let detection =
            detect(&fetcher, &base, Clock::System.now(), |url| bar.set_message(url.to_string())).await;
        bar.finish_and_clear();
        if json {
            terminal::print_json(&report(&base, &detection))?;
        }
        match &detection.found {
            Some(_) if json => Ok(()),
            None if json => Err(Failure::Told),
            Some(found) => Ok(terminal::print(&(summary(&base, found) + &tried(&detection)))?),
            None => Err(Failure::NotUnderstood(anyhow!(
                "no known format at `{base}`\n{}",
                tried(&detection).trim_end()
            ))),
        }
    }
}

/// An address as people type it: without a scheme it is https.
fn address(text: &str) -> anyhow::Result<Url> {
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    Url::parse(&full).with_context(|| format!("`{text}` is not an address"))
}

fn summary(base: &Url, found: &Found) -> String {
    let name = match terminal::plain(&found.page.name) {
        name if name.is_empty() => base.host_str().unwrap_or_default().to_owned(),
        name => name,
    };
    format!(
        "{name}\n  format    {}\n  evidence  {}\n  polled    {}\n\nFor the configuration:\n\n\
         [[vendor]]\nname = {name:?}\nurl = \"{base}\"\nformat = \"{}\"\n\n",
        found.format.name,
        terminal::plain(&found.evidence),
        found.poll,
        found.format.name,
    )
}

fn tried(detection: &Detection) -> String {
    detection.tried.iter().fold("Tried:\n".to_owned(), |mut text, attempt| {
        let _ = writeln!(text, "  {}: {}", attempt.url, terminal::plain(&attempt.outcome.to_string()));
        text
    })
}

fn report(base: &Url, detection: &Detection) -> Value {
    let found = detection.found.as_ref();
    let tried = detection.tried.iter();
    json!({
        "url": base.as_str(),
        "format": found.map(|found| found.format.name),
        "evidence": found.map(|found| &found.evidence),
        "page": found.map(|found| &found.page.name),
        "poll": found.map(|found| found.poll.as_str()),
        "tried": tried.map(|one| json!({ "url": one.url.as_str(), "outcome": one.outcome.to_string() })).collect::<Vec<_>>(),
    })
}
