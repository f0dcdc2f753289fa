//! Invented companies and what happened to them: the values from which tests, the gallery and the
//! examples of the API are made. They come out of [`domain::decide()`], as real ones do.
//!
//! Nothing here is read while the program serves.

pub mod gallery;
pub mod histories;
pub mod hostile;
pub mod reads;
pub mod stalls;
pub mod stories;

use domain::{Slug, Timestamp};

/// The moment at which samples are looked at.
pub fn now() -> Timestamp {
    at("2025-02-12T09:41:20Z")
}

/// An instant, written as RFC 3339.
///
/// # Panics
/// If it is not.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("samples hold well-formed instants")
}

/// The slug of a name.
///
/// # Panics
/// If the name has none.
pub fn slug(name: &str) -> Slug {
    Slug::from_name(name).expect("samples hold names with letters")
}
