//! The words of public pages, one value of [`Words`] for each language; a word that is missing in one of them does
//! not compile. The console and the API speak English.
//!
//! Never translates what people wrote: titles, updates and names stay as they are.

mod english;
mod german;
#[cfg(test)]
mod leftovers;
mod time;
mod words;

pub use words::Words;

use domain::Language;
pub(crate) use domain::language::fill;

impl Words {
    /// The words of that language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &english::ENGLISH,
            Language::German => &german::GERMAN,
        }
    }

    /// A share as people read it: rounded down, so that 100 % means that nothing was out at all.
    pub(crate) fn share(&self, share: f64) -> String {
        let hundredths = (share.clamp(0.0, 1.0) * 10_000.0 + 1e-6).floor() / 100.0;
        let number = if hundredths >= 100.0 { "100".to_owned() } else { format!("{hundredths:.2}") };
        fill(self.percent, &[("n", &number.replace('.', self.decimal_point))])
    }
}

/// A sentence that counts.
#[derive(Clone, Copy, Debug)]
pub struct Plural {
    /// Of one.
    pub(crate) one: &'static str,
    /// Of all other numbers.
    pub(crate) many: &'static str,
}

impl Plural {
    /// The sentence of that many.
    pub(crate) fn of(self, number: i64) -> String {
        fill(if number == 1 { self.one } else { self.many }, &[("n", &number.to_string())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sentence: &str) -> Vec<&str> {
        let rest = sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let mut places: Vec<&str> = rest.map(|(name, _)| name).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_says_everything_and_puts_the_same_into_it() {
        let english = Words::of(Language::English).sentences();
        for language in Language::ALL {
            let words = Words::of(language);
            assert_eq!(words.tag, language.tag());
            for ((name, sentence), (_, model)) in words.sentences().into_iter().zip(&english) {
                assert!(!sentence.trim().is_empty(), "{language:?} says nothing for `{name}`");
                assert_eq!(places(sentence), places(model), "`{name}` in {language:?}");
            }
        }
    }

    #[test]
    fn a_share_never_rounds_up_to_all() {
        let [english, german] = Language::ALL.map(Words::of);
        assert_eq!(english.share(1.0), "100%");
        assert_eq!(english.share(0.999_999), "99.99%");
        assert_eq!(german.share(0.9994), "99,94\u{a0}%");
        assert_eq!(english.share(0.0), "0.00%");
    }
}
