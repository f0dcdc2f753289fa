//! What a format is: plain data and plain functions, listed in [`FORMATS`](crate::FORMATS).
//!
//! This module never fetches: a format says which documents it wants and reads what they say.

use crate::Document;
use domain::component::ComponentState;
use domain::observation::PageObservation;
use jiff::Timestamp;
use std::fmt;
use url::Url;

/// A format that we can read.
pub struct Format {
    /// Name in configuration, reports and rows: lower-case letters, digits and underscores.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// A small document of this format.
    pub example: &'static str,
    /// Where it may stand below the address of a page, best first.
    pub(crate) probes: fn(&Url) -> Vec<Url>,
    /// By what a document is recognised, in words; `None` if it is something else.
    pub(crate) recognise: fn(&Document) -> Option<String>,
    /// The reader.
    pub(crate) parse: fn(&Document, Timestamp) -> Result<PageObservation, Error>,
    /// The document worth fetching at every tick.
    pub(crate) main: fn(&Url) -> Url,
    /// The documents worth fetching when the page has moved.
    pub(crate) details: fn(&Url) -> Vec<Url>,
}

impl Format {
    /// Reads a document. `seen_at` stands in for times that the document does not give.
    pub fn parse(&self, document: &Document, seen_at: Timestamp) -> Result<PageObservation, Error> {
        let mut page = (self.parse)(document, seen_at)?;
        page.complete &= document.is_whole();
        // What is missing may have been the broken part: such a page is at best unknown.
        if document.is_cut() {
            let stated = page.indicator.unwrap_or(ComponentState::Unknown);
            page.indicator = Some(stated.worse(ComponentState::Unknown));
        }
        page.warnings.splice(0..0, document.warnings().iter().cloned());
        Ok(page)
    }

    /// By what a document is recognised as this format, in words; `None` if it is something else.
    pub fn recognise(&self, document: &Document) -> Option<String> {
        (self.recognise)(document)
    }

    /// The one document to fetch at every tick. `base` may be the address of the page, of something
    /// deep inside it, or of a document of this format.
    pub fn main(&self, base: &Url) -> Url {
        (self.main)(base)
    }

    /// The documents wanted besides `seen`: none while the page says that it has not changed since
    /// `before`, which is its `updated_at` at the last look.
    pub fn details(&self, base: &Url, before: Option<Timestamp>, seen: &PageObservation) -> Vec<Url> {
        let moved = seen.updated_at.is_none() || seen.updated_at != before;
        if moved { (self.details)(base) } else { Vec::new() }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({})", self.name)
    }
}

/// Why nothing at all was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The document has no content: fetch it again later.
    Empty,
    /// Something else stands there: the address is wrong or the vendor has moved.
    OtherThanExpected {
        /// What was expected.
        expected: &'static str,
        /// What was found instead.
        found: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty document"),
            Self::OtherThanExpected { expected, found } => write!(f, "{found} where {expected} was expected"),
        }
    }
}

impl std::error::Error for Error {}
