//! The words of public pages, one value of [`Words`] for each language; a word that is missing in one of them does
//! not compile. The console and the API speak English.
//!
//! Never translates what people wrote: titles, updates and names stay as they are.

mod english;
mod german;
mod words;

pub use words::Words;

use domain::Language;

impl Words {
    /// The words of that language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &english::ENGLISH,
            Language::German => &german::GERMAN,
        }
    }
}
