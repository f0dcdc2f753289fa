//! What RSS, Atom and JSON Feed have in common: a feed, its items, and how items become incidents.
//!
//! A feed never says that all is well: its page has neither headline nor components.

mod blocks;
mod group;
mod post;

pub(crate) use blocks::has_blocks;

use crate::Document;
use crate::document::Content;
use crate::format::Error;
use crate::notes::{INCIDENTS_ONLY, Notes};
use blocks::Blocks;
use domain::observation::PageObservation;
use jiff::Timestamp;
use post::Post;

/// Items that are read. Vendors list 25 to 100.
pub(crate) const MOST_ITEMS: usize = 2_000;

/// How a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Rss,
    Atom,
    Json,
}

/// A feed as it stands in its document; times are read later.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) dialect: Dialect,
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) generator: String,
    /// The page for people.
    pub(crate) link: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) items: Vec<Item>,
}

/// An item of a feed: an incident, or an update of one.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    pub(crate) link: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) updated: Option<String>,
    /// HTML.
    pub(crate) content: String,
    pub(crate) tags: Vec<String>,
}

impl Feed {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            id: String::new(),
            title: String::new(),
            description: String::new(),
            generator: String::new(),
            link: None,
            updated: None,
            items: Vec::new(),
        }
    }
}

/// The feed of a document, if it is written in that dialect.
pub(crate) fn of(document: &Document, dialect: Dialect) -> Option<&Feed> {
    document.feed().filter(|feed| feed.dialect == dialect)
}

/// Why a document is not a feed of the kind expected.
pub(crate) fn other(document: &Document, expected: &'static str) -> Error {
    match document.content() {
        Content::Empty => Error::Empty,
        _ => Error::OtherThanExpected { expected, found: document.describe() },
    }
}

/// Reads a feed of which nothing is known: items are grouped into incidents.
pub(crate) fn read(feed: &Feed, seen_at: Timestamp) -> PageObservation {
    let notes = Notes::default();
    let posts = feed.items.iter().enumerate().map(|(i, item)| Post::of(i, item, seen_at, &notes)).collect();
    let mut incidents = group::incidents(feed, posts, &notes);
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.published_at));
    let updated_at = feed.updated.as_deref().and_then(|text| post::time(text, "feed", &notes));
    notes.add(|| INCIDENTS_ONLY.to_owned());
    PageObservation {
        name: feed.title.clone(),
        url: feed.link.clone().unwrap_or_default(),
        updated_at,
        incidents,
        warnings: notes.finish(),
        ..PageObservation::default()
    }
}
