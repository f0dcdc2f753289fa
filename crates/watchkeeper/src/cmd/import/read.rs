//! The page from which a team moves over: found at an address, or read from files.

use crate::cmd::Failure;
use crate::cmd::feed;
use crate::cmd::terminal;
use crate::detect::detect;
use crate::http::{Body, Fetcher, Request};
use anyhow::{Context as _, anyhow};
use domain::Timestamp;
use domain::observation::PageObservation;
use feeds::{Document, Limits};
use url::Url;

/// A page that was read.
pub(super) struct Source {
    /// Name of its format.
    pub(super) format: &'static str,
    /// What it tells.
    pub(super) page: PageObservation,
}

/// Everything that these places tell, as one page.
pub(super) async fn page(places: &[String], allow_private: bool, now: Timestamp) -> Result<Source, Failure> {
    let mut found: Option<Source> = None;
    for place in places {
        let next = match place.split_once("://") {
            Some(("http" | "https", _)) => at_address(place, allow_private, now).await?,
            _ => in_file(place).await?,
        };
        found = Some(match found {
            None => next,
            Some(before) => {
                Source { format: before.format, page: feeds::merge(before.page, vec![next.page]) }
            }
        });
    }
    found.ok_or_else(|| Failure::NotUnderstood(anyhow!("nothing to read was named")))
}

async fn in_file(path: &str) -> Result<Source, Failure> {
    let (format, page) = feed::load(path, None, false).await?;
    Ok(Source { format: format.name, page })
}

/// The page at an address with the documents that tell its history.
async fn at_address(place: &str, allow_private: bool, now: Timestamp) -> Result<Source, Failure> {
    let base = Url::parse(place).with_context(|| format!("`{place}` is not an address"));
    let base = base.map_err(Failure::NotUnderstood)?;
    let bar = terminal::progress();
    let fetcher = feed::fetcher(allow_private)?;
    let detection = detect(&fetcher, &base, now, |url| bar.set_message(url.to_string())).await;
    let Some(found) = detection.found else {
        bar.finish_and_clear();
        let why = detection.tried.first().map(|attempt| attempt.outcome.to_string()).unwrap_or_default();
        return Err(Failure::NotUnderstood(anyhow!(
            "no known format at `{base}`: {}",
            terminal::plain(&why)
        )));
    };
    let mut details = Vec::new();
    for url in found.format.details(&found.poll, None, &found.page) {
        bar.set_message(url.to_string());
        match detail(&fetcher, &url).await {
            Ok(document) => details.extend(found.format.parse(&document, now).ok()),
            // A page may lack one of its histories; the report then has fewer incidents.
            Err(error) => tracing::debug!(url = url.as_str(), error = format!("{error:#}"), "no detail"),
        }
    }
    bar.finish_and_clear();
    Ok(Source { format: found.format.name, page: feeds::merge(found.page, details) })
}

async fn detail(fetcher: &Fetcher, url: &Url) -> anyhow::Result<Document> {
    let response = fetcher.fetch(Request::new(url.clone())).await?;
    let Body::Bytes(bytes) = response.body else { anyhow::bail!("`{url}` sent nothing") };
    Ok(Document::read(&bytes, Some(&response.final_url), &Limits::default()))
}
