//! How often each of many words was met, in bounded memory. Never keeps more than [`MOST`] words.

use std::collections::BTreeMap;

/// Words kept; what comes after them is counted together.
const MOST: usize = 1_000;

/// A count for each word.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    words: BTreeMap<String, u64>,
    /// Met besides.
    others: u64,
}

impl Counts {
    /// Counts a word; an empty one is none, and none is counted no times.
    pub(super) fn add(&mut self, word: &str, times: u64) {
        if word.is_empty() || times == 0 {
        } else if let Some(count) = self.words.get_mut(word) {
            *count += times;
        } else if self.words.len() < MOST {
            self.words.insert(word.to_owned(), times);
        } else {
            self.others += times;
        }
    }

    pub(super) fn merge(&mut self, later: Self) {
        later.words.into_iter().for_each(|(word, times)| self.add(&word, times));
        self.others += later.others;
    }

    /// The most frequent first, those of one count by their letters.
    pub(super) fn ranked(&self) -> Vec<(&str, u64)> {
        let mut ranked: Vec<_> = self.words.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ranked
    }
}
