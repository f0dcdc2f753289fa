//! The vendors of the demo world, all of them invented.
//!
//! A new one is a story under `demo/`, an entry in [`VENDORS`] and, if its platform is new, a function
//! that writes its documents. This module never opens a port.

use super::document::Document;
use super::story::Story;
use super::{atom, json_feed, rss, statuspage};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

/// A vendor: what it says and how its site says it.
pub(super) struct Vendor {
    /// Its story, JSON.
    pub(super) story: &'static str,
    /// The document at a path: `(story, base, path, now)`.
    pub(super) document: fn(&Story, &str, &str, Timestamp) -> Option<Document>,
    /// Media type and path of the feed that its page links to; `None` for a page with an API.
    pub(super) feed: Option<(&'static str, &'static str)>,
    /// What is wrong with the site itself.
    pub(super) trouble: fn(Timestamp) -> Option<Trouble>,
}

/// What is wrong with a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It answers 503 and says to come back in a minute.
    Unavailable,
    /// Its documents break off in the middle.
    CutOff,
}

/// The vendors, in the order of the configuration.
pub(super) const VENDORS: [Vendor; 6] = [
    Vendor {
        story: include_str!("../../demo/northwind.json"),
        document: statuspage::document,
        feed: None,
        trouble: |_| None,
    },
    Vendor {
        story: include_str!("../../demo/lattice.json"),
        document: statuspage::document,
        feed: None,
        trouble: |_| None,
    },
    Vendor {
        story: include_str!("../../demo/papertrail.json"),
        document: atom::document,
        feed: Some(("application/atom+xml", "/history.atom")),
        trouble: |_| None,
    },
    Vendor {
        story: include_str!("../../demo/quarry.json"),
        document: rss::document,
        feed: Some(("application/rss+xml", "/status.rss")),
        trouble: |_| None,
    },
    Vendor {
        story: include_str!("../../demo/fennel.json"),
        document: json_feed::document,
        feed: Some(("application/feed+json", "/feed.json")),
        trouble: |_| None,
    },
    Vendor {
        story: include_str!("../../demo/tidewater.json"),
        document: statuspage::document,
        feed: None,
        trouble: power_cut,
    },
];

/// The site is gone from 17:45 to 18:20, and at 18:25 it is overwhelmed by those who come to look.
fn power_cut(now: Timestamp) -> Option<Trouble> {
    let civil = now.to_zoned(TimeZone::UTC).datetime();
    let day = date(2024, 12, 14);
    let within = |from: (i8, i8), until: (i8, i8)| {
        (day.at(from.0, from.1, 0, 0)..day.at(until.0, until.1, 0, 0)).contains(&civil)
    };
    if within((17, 45), (18, 20)) {
        return Some(Trouble::Unavailable);
    }
    within((18, 25), (18, 28)).then_some(Trouble::CutOff)
}
