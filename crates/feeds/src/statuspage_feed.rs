//! Statuspage's own feeds, `history.atom` and `history.rss`: 25 incidents, each with all its updates.
//!
//! Updates carry a day and a time without a year, and "Update" where the state did not change. An
//! entry's `published` is the time of its last update, not of its first. The id is the code in the link,
//! the same as in the JSON of the page.

use crate::Document;
use crate::address;
use crate::feed::{self, Feed, has_blocks};
use crate::format::{Error, Format};
use domain::observation::PageObservation;
use jiff::Timestamp;
use url::Url;

/// The entry in [`FORMATS`](crate::FORMATS).
pub(crate) const FORMAT: Format = Format {
    name: "statuspage_feed",
    about: "history.atom and history.rss of Atlassian Statuspage",
    example: include_str!("../fixtures/statuspage_feed/history.atom"),
    probes,
    recognise,
    parse,
    main: Url::clone,
    details: |_| Vec::new(),
};

fn probes(base: &Url) -> Vec<Url> {
    address::below(base, &["history.atom", "history.rss"])
}

fn recognise(document: &Document) -> Option<String> {
    let feed = document.feed()?;
    let link = |item: &feed::Item| item.link.as_deref().is_some_and(|link| link.contains("/incidents/"));
    if let Some(item) = feed.items.iter().find(|item| link(item) && has_blocks(&item.content)) {
        let link = item.link.as_deref().unwrap_or_default();
        return Some(format!("updates as Statuspage writes them in the entry of {link}"));
    }
    let empty = feed.items.is_empty() && is_history(feed);
    empty.then(|| "an empty incident history of Statuspage".to_owned())
}

/// Whether a feed calls itself what Statuspage calls its history.
fn is_history(feed: &Feed) -> bool {
    feed.id.ends_with(",2005:/history")
        || (feed.description == "Statuspage" && feed.title.ends_with("Incident History"))
}

fn parse(document: &Document, seen_at: Timestamp) -> Result<PageObservation, Error> {
    let feed = document.feed().ok_or_else(|| feed::other(document, "a Statuspage history"))?;
    let mut page = feed::read(feed, seen_at);
    // The history is complete as far as it goes, if every entry could be read.
    page.complete = page.incidents.len() == feed.items.len();
    Ok(page)
}
