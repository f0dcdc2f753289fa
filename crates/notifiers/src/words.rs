//! What people read, in their language. One file for each language, every sentence in it once.
//!
//! Words in braces stand for what is put in. Nothing here is foreign text, and nothing decides what is said.

mod english;
mod german;

pub(crate) use domain::language::fill;
use domain::{ComponentState, Impact, Kind, Language, Notice, State, Timestamp};

/// The sentences and, below, the words of one language.
macro_rules! sentences {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        /// Every sentence of one language.
        pub(crate) struct Words {
            $($(#[doc = $doc])+ pub(crate) $name: &'static str,)+
            /// What kind of news it is, in two or three words.
            pub(crate) news: fn(Notice, Kind, State) -> &'static str,
            /// A state.
            pub(crate) state: fn(State) -> &'static str,
            /// A grade.
            pub(crate) impact: fn(Impact) -> &'static str,
            /// A state of a component.
            pub(crate) component: fn(ComponentState) -> &'static str,
        }

        #[cfg(test)]
        impl Words {
            /// Every sentence with its name.
            fn sentences(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

sentences! {
    /// How an instant is written, for `strftime`.
    moment;
    /// How the first line joins the news and its title.
    headline;
    /// The same with the cause, for operators.
    headline_with_cause;
    /// Label of the state.
    status;
    /// Label of the environment.
    environment;
    /// Label of the components.
    affected;
    /// Label of the cause.
    cause;
    /// Label of the window of a maintenance.
    scheduled;
    /// Label of the true beginning.
    began;
    /// Label of the end.
    over;
    /// Label of the promise.
    next_update;
    /// When the next update comes.
    by;
    /// When it was over, and how long it had lasted.
    over_after;
    /// A window that ends.
    window;
    /// A window whose end is not known.
    window_open;
    /// Components that are not named.
    and_more;
    /// The promised update is due soon.
    promise_due;
    /// The promised update is late.
    promise_lapsed;
    /// What was over is not.
    reopened;
    /// What had been said was changed.
    corrected;
    /// It was taken back.
    withdrawn;
    /// A machine wrote it.
    automatic;
    /// Where the incident is.
    open_incident;
    /// Where the maintenance is.
    open_maintenance;
    /// Why one gets it.
    why;
    /// How to get no more of it.
    unsubscribe;
}

impl Words {
    /// The words of that language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &english::WORDS,
            Language::German => &german::WORDS,
        }
    }

    /// An instant, in UTC and with the zone written.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        at.strftime(self.moment).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sentence: &str) -> Vec<&str> {
        let mut places: Vec<&str> = sentence
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_says_everything_and_puts_the_same_into_it() {
        let english = Words::of(Language::English).sentences();
        for language in Language::ALL {
            for ((name, sentence), (_, model)) in Words::of(language).sentences().into_iter().zip(&english) {
                assert!(!sentence.trim().is_empty(), "{language:?} says nothing for `{name}`");
                assert_eq!(places(sentence), places(model), "`{name}` in {language:?}");
            }
        }
    }

    #[test]
    fn every_word_of_the_domain_has_words_in_every_language() {
        for language in Language::ALL {
            let words = Words::of(language);
            let mut all: Vec<&str> = State::ALL.iter().map(|state| (words.state)(*state)).collect();
            all.extend(Impact::ALL.iter().map(|impact| (words.impact)(*impact)));
            all.extend(ComponentState::ALL.iter().map(|state| (words.component)(*state)));
            for notice in Notice::ALL {
                for kind in Kind::ALL {
                    all.extend(State::ALL.iter().map(|state| (words.news)(notice, *kind, *state)));
                }
            }
            assert!(all.iter().all(|word| !word.is_empty() && !word.contains('{')), "{language:?}");
        }
    }

    #[test]
    fn instants_are_written_in_utc_and_say_so() {
        let at: Timestamp = "2025-02-12T09:20:59.5Z".parse().unwrap();
        assert_eq!(Words::of(Language::English).moment(at), "2025-02-12 09:20 UTC");
        assert_eq!(Words::of(Language::German).moment(at), "12.02.2025 09:20 UTC");
    }
}
