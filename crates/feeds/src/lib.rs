//! Vendor status formats: bytes in, [`PageObservation`] out.
//!
//! [`Document::read`] decodes whatever a vendor answered, [`recognise`] says which of the [`FORMATS`] it
//! is and by what it was recognised, [`Format::parse`] keeps what it understood and warns about the
//! rest. [`probes`] and [`alternates`] say where to look for a page's documents, [`merge()`] makes one
//! observation of several documents of a page, and [`inspect::report`] shows an observation to people.
//!
//! A new format is one file, its `mod` line and its line in [`FORMATS`].
//!
//! This crate has no I/O, no async, no clock and no randomness. Its input is bounded, its time and
//! memory are linear in that bound, and no input makes it panic. It never calls something healthy that
//! it did not understand.

mod address;
mod atom;
mod dates;
mod detect;
mod document;
mod feed;
mod field;
mod format;
mod html;
pub mod inspect;
mod json;
mod json_feed;
mod merge;
mod notes;
mod rss;
mod statuspage;
mod statuspage_feed;
mod words;
mod xml;

pub use detect::{Recognised, alternates, probes, recognise};
pub use document::{Document, Limits};
pub use domain::observation::PageObservation;
pub use format::{Error, Format};
pub use jiff::Timestamp;
pub use merge::merge;
pub use url::Url;

/// Every format, in the order in which a document is compared with them.
pub const FORMATS: &[Format] =
    &[statuspage::FORMAT, statuspage_feed::FORMAT, json_feed::FORMAT, atom::FORMAT, rss::FORMAT];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
