//! What a vendor really answered: every distinct raw body that is kept, and what differs between two.

use super::{Frame, Section, Shell};
use askama::Template;
use domain::{Slug, Timestamp};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Identifier of the vendor in addresses.
    pub slug: &'a Slug,
    /// Display name.
    pub name: &'a str,
    /// The documents that are fetched.
    pub documents: Vec<Document>,
    /// Two bodies to compare, if the reader chose two (query `before`, `after`: hashes).
    pub comparison: Option<Comparison>,
    /// Whether the reader named a body that is not kept.
    pub not_kept: bool,
}

/// One address that is fetched.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its address.
    pub url: String,
    /// Its distinct bodies, newest first.
    pub bodies: Vec<Body>,
}

/// One distinct answer.
#[derive(Clone, Debug)]
pub struct Body {
    /// SHA-256 in hexadecimal.
    pub hash: String,
    /// When it was first and last the answer.
    pub first_seen_at: Timestamp,
    /// When it was last the answer.
    pub last_seen_at: Timestamp,
    /// Length in bytes.
    pub size_bytes: u64,
}

/// Two bodies to compare.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Hash of the older.
    pub before_hash: String,
    /// Hash of the newer.
    pub after_hash: String,
    /// Text of the older.
    pub before: String,
    /// Text of the newer.
    pub after: String,
}

#[derive(Template)]
#[template(path = "pages/raw.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let frame = Frame::new(shell, Section::Vendors, format!("Raw documents of {}", input.name)).still();
    Page { frame, input }.render()
}
