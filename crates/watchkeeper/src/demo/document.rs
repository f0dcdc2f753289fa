//! A document that a vendor's site has at an address, and the small words that all of them share.
//!
//! This module never knows a platform.

/// A document before it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// Media type.
    pub(super) media_type: &'static str,
    /// Text.
    pub(super) body: String,
}

impl Document {
    /// A document of that media type.
    pub(super) fn new(media_type: &'static str, body: String) -> Self {
        Self { media_type, body }
    }
}

/// Text as XML and HTML want it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A state as it is shown to people: `in_progress` becomes `In progress`.
pub(super) fn title_case(word: &str) -> String {
    let word = word.replace('_', " ");
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}
