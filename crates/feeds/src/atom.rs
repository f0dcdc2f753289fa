//! Atom feeds of platforms that we do not know better.
//!
//! An entry may be an incident or one update of it; states stand in words. A feed never says that all
//! is well, so the state of its page is always unknown.

use crate::Document;
use crate::address;
use crate::feed::{self, Dialect};
use crate::format::{Error, Format};
use domain::observation::PageObservation;
use jiff::Timestamp;
use url::Url;

/// The entry in [`FORMATS`](crate::FORMATS).
pub(crate) const FORMAT: Format = Format {
    name: "atom",
    about: "any Atom feed whose entries are incidents or updates",
    example: include_str!("../fixtures/atom/status_line.xml"),
    probes,
    recognise,
    parse,
    main: Url::clone,
    details: |_| Vec::new(),
};

fn probes(base: &Url) -> Vec<Url> {
    address::below(base, &["feed.atom", "feed/atom", "atom.xml"])
}

fn recognise(document: &Document) -> Option<String> {
    let feed = feed::of(document, Dialect::Atom)?;
    Some(format!("an Atom feed of {} entries", feed.items.len()))
}

fn parse(document: &Document, seen_at: Timestamp) -> Result<PageObservation, Error> {
    let feed = feed::of(document, Dialect::Atom).ok_or_else(|| feed::other(document, "an Atom feed"))?;
    Ok(feed::read(feed, seen_at))
}
