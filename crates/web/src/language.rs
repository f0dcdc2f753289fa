//! The languages of public pages. A language is one value of [`Words`]; a word that is missing in one of them
//! does not compile. The console and the API speak English.
//!
//! Never translates what people wrote: titles, updates and names stay as they are.

mod english;
mod german;
mod words;

pub use words::Words;

/// A language of public pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag, as documents state it (BCP 47).
    pub fn tag(self) -> &'static str {
        self.words().tag
    }

    /// Reads a tag.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == text)
    }

    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &english::ENGLISH,
            Self::German => &german::GERMAN,
        }
    }
}
