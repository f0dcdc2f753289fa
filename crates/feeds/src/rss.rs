//! RSS 2.0, 1.0 and 0.9x of platforms that we do not know better.
//!
//! An item may be an incident or one update of it; states stand in words. A feed never says that all is
//! well, so the state of its page is always unknown.

use crate::Document;
use crate::address;
use crate::feed::{self, Dialect};
use crate::format::{Error, Format};
use domain::observation::PageObservation;
use jiff::Timestamp;
use url::Url;

/// The entry in [`FORMATS`](crate::FORMATS).
pub(crate) const FORMAT: Format = Format {
    name: "rss",
    about: "any RSS feed whose items are incidents or updates",
    example: include_str!("../fixtures/rss/state_in_title.xml"),
    probes,
    recognise,
    parse,
    main: Url::clone,
    details: |_| Vec::new(),
};

fn probes(base: &Url) -> Vec<Url> {
    address::below(base, &["feed", "feed.rss", "rss", "rss.xml", "feed.xml", "index.xml"])
}

fn recognise(document: &Document) -> Option<String> {
    let feed = feed::of(document, Dialect::Rss)?;
    Some(format!("an RSS feed of {} items", feed.items.len()))
}

fn parse(document: &Document, seen_at: Timestamp) -> Result<PageObservation, Error> {
    let feed = feed::of(document, Dialect::Rss).ok_or_else(|| feed::other(document, "an RSS feed"))?;
    Ok(feed::read(feed, seen_at))
}
