//! Names with `*`, as `components = ["API", "Web*"]` has them.
//!
//! This module never knows regular expressions: one special character is all that a name needs.

/// A pattern in which `*` stands for any run of characters; capitals do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// The pattern as it was written.
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` fits. Takes time in proportion to both lengths at worst.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.to_lowercase(), name.to_lowercase());
        let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(name) = name.strip_prefix(head).and_then(|name| name.strip_suffix(tail)) else {
            return false;
        };
        // Each piece at its earliest place leaves the most room for the next.
        let mut left = name;
        middle.split('*').all(|piece| match left.find(piece) {
            Some(at) => {
                left = &left[at + piece.len()..];
                true
            }
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, name, expected) in [
            ("API", "api", true),
            ("API", "API v2", false),
            ("Web*", "Web Client", true),
            ("Web*", "The Web", false),
            ("*web", "The Web", true),
            ("*", "", true),
            ("a*b", "ab", true),
            ("ab*ba", "aba", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("EU (*) *", "EU (Frankfurt) API", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(name), expected, "{pattern} on {name}");
        }
    }
}
