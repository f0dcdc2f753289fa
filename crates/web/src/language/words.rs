//! The words of a language.

/// Everything that public pages say of themselves.
#[derive(Debug)]
pub struct Words {
    /// Tag of the language, `en`.
    pub tag: &'static str,
}
