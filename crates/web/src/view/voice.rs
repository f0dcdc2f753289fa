//! How a page speaks: in which language, as of when, and with which addresses.

use super::links::Links;
use crate::language::Words;
use domain::{Language, Timestamp};
use jiff::tz::TimeZone;

/// How a page speaks. Whatever prints words, times or addresses takes one.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The instant of which it speaks.
    pub now: Timestamp,
    /// Its words.
    pub words: &'static Words,
    /// Its addresses.
    pub links: Links,
    /// The time zone that stands beside UTC.
    pub zone: Option<TimeZone>,
}

impl Voice {
    /// English at the root, as the console speaks.
    pub fn english(now: Timestamp) -> Self {
        Self { now, words: Words::of(Language::English), links: Links::default(), zone: None }
    }
}
