//! Pieces of HTML that need no escaping, and the one way to make them.

use crate::language::fill;
use askama::filters::{Escaper, Html as HtmlEscaper, HtmlSafe};
use std::fmt;

/// A piece of HTML that we wrote ourselves and that holds no foreign text unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(pub(crate) String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl Html {
    /// Foreign text, escaped.
    pub fn text(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        // Writing to a string cannot fail.
        let _ = HtmlEscaper.write_escaped_str(&mut escaped, text);
        Self(escaped)
    }

    /// A sentence of ours with these pieces in it.
    pub(crate) fn fill(sentence: &str, pieces: &[(&str, &Self)]) -> Self {
        let pieces: Vec<(&str, &str)> = pieces.iter().map(|(name, piece)| (*name, piece.as_str())).collect();
        Self(fill(sentence, &pieces))
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address that may stand in a link: `http` or `https`, without what a browser would strip or
/// misread.
pub fn link_target(url: &str) -> Option<&str> {
    let parsed = url::Url::parse(url).ok()?;
    let safe =
        matches!(parsed.scheme(), "http" | "https") && parsed.has_host() && !url.contains(char::is_control);
    safe.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_may_stand_in_a_link() {
        assert_eq!(
            link_target("https://status.example/incidents/1"),
            Some("https://status.example/incidents/1")
        );
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://", "java\nscript:1", ""]
        {
            assert_eq!(link_target(bad), None, "{bad}");
        }
    }
}
