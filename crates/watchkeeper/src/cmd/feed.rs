//! `watchkeeper feed`: shows how a vendor's document is understood.

mod summary;

use super::{Failure, terminal};
use crate::clock::Clock;
use crate::config::FetchConfig;
use crate::http::allow::AllowList;
use crate::http::{Body, Fetcher, Request};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use domain::observation::PageObservation;
use feeds::{Document, Format, Limits};
use std::io::Read;
use url::Url;

/// Shows how a vendor's feed is understood
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads one document and shows what was understood
    ///
    /// The format is recognised from the document itself. Whatever could not be understood stands under
    /// "warnings".
    #[command(after_help = "\
Examples:
  watchkeeper feed inspect summary.json
  watchkeeper feed inspect https://status.example.org/history.atom
  curl -s https://status.example.org/api/v2/summary.json | watchkeeper feed inspect - --json
  watchkeeper feed inspect http://localhost:3000/feed.xml --allow-private

Exit codes: 0 something was understood, 2 nothing was, 1 it could not be read at all")]
    Inspect {
        /// A file, the address of a document, or `-` for standard input
        #[arg(value_name = "FILE|URL")]
        source: String,
        /// Read it as this format, whatever it looks like
        #[arg(long, value_parser = format_names())]
        format: Option<String>,
        /// Print everything that was understood as JSON on standard output
        #[arg(long)]
        json: bool,
        /// Fetch from loopback and private addresses too
        #[arg(long)]
        allow_private: bool,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Command::Inspect { source, format, json, allow_private } = self.command;
        let (format, page) = load(&source, format.as_deref(), allow_private).await?;
        if json {
            return Ok(terminal::print_json(&feeds::inspect::report(format, &page))?);
        }
        Ok(terminal::print(&summary::of(format, &page))?)
    }
}

/// What one document says, read as `format` or as what it looks like.
pub(super) async fn load(
    source: &str,
    format: Option<&str>,
    allow_private: bool,
) -> Result<(&'static Format, PageObservation), Failure> {
    let (bytes, url) = read(source, allow_private).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::NotUnderstood(anyhow!("`{source}` is empty")));
    }
    let document = Document::read(&bytes, url.as_ref(), &Limits::default());
    understand(&document, format, source).map_err(Failure::NotUnderstood)
}

/// A client for a person's own request.
pub(super) fn fetcher(allow_private: bool) -> anyhow::Result<Fetcher> {
    let allow_hosts = if allow_private { AllowList::everything() } else { AllowList::default() };
    Fetcher::new(&FetchConfig { allow_hosts, ..FetchConfig::default() })
}

/// Names of the formats, for the command line.
fn format_names() -> PossibleValuesParser {
    PossibleValuesParser::new(feeds::FORMATS.iter().map(|format| format.name))
}

/// The bytes of a source, and its address if it has one. Of a file no more is read than will be looked at.
async fn read(source: &str, allow_private: bool) -> anyhow::Result<(Vec<u8>, Option<Url>)> {
    if source.starts_with("http://") || source.starts_with("https://") {
        let url = Url::parse(source).with_context(|| format!("`{source}` is not an address"))?;
        let bar = terminal::progress();
        bar.set_message(format!("fetching {url}"));
        let response = fetcher(allow_private)?.fetch(Request::new(url)).await;
        bar.finish_and_clear();
        let response = response.with_context(|| format!("cannot fetch `{source}`"))?;
        let Body::Bytes(bytes) = response.body else { anyhow::bail!("`{source}` sent nothing") };
        return Ok((bytes, Some(response.final_url)));
    }
    let bytes = match source {
        "-" => read_bounded(std::io::stdin().lock()),
        path => std::fs::File::open(path).and_then(read_bounded),
    };
    Ok((bytes.with_context(|| format!("cannot read `{source}`"))?, None))
}

/// One byte more than the limit, so that the reader of the document can tell that there was more.
fn read_bounded(input: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(Limits::default().bytes as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn understand(
    document: &Document,
    name: Option<&str>,
    source: &str,
) -> anyhow::Result<(&'static Format, PageObservation)> {
    let format = match name {
        Some(name) => feeds::by_name(name).ok_or_else(|| anyhow!("there is no format `{name}`"))?,
        None => {
            feeds::recognise(document).map(|recognised| recognised.format).ok_or_else(|| unknown(source))?
        }
    };
    let page = format.parse(document, Clock::System.now());
    Ok((format, page.with_context(|| format!("nothing in `{source}` was understood as {}", format.name))?))
}

fn unknown(source: &str) -> anyhow::Error {
    let names: Vec<&str> = feeds::FORMATS.iter().map(|format| format.name).collect();
    anyhow!("`{source}` is of no known format ({})", names.join(", "))
}
