//! Warnings, gathered while reading. Their number is bounded: a document that is wrong in ten thousand
//! places is not understood better by ten thousand sentences.

use std::cell::{Cell, RefCell};

/// Said of a document that has neither headline nor components. Of several documents of one page it need
/// not be true of the whole.
pub(crate) const INCIDENTS_ONLY: &str =
    "the document lists incidents only, so the state of the page is unknown";

/// Warnings kept of one document.
const MOST: usize = 100;
/// Characters of a foreign value quoted in a warning.
const QUOTED: usize = 60;

/// Warnings of one document.
#[derive(Default)]
pub(crate) struct Notes {
    kept: RefCell<Vec<String>>,
    more: Cell<usize>,
}

impl Notes {
    /// Adds one; it is only worded if there is room for it.
    pub(crate) fn add(&self, wording: impl FnOnce() -> String) {
        let mut kept = self.kept.borrow_mut();
        if kept.len() < MOST {
            kept.push(wording());
        } else {
            self.more.set(self.more.get() + 1);
        }
    }

    /// The sentences, the last of which counts those left out.
    pub(crate) fn finish(self) -> Vec<String> {
        let mut kept = self.kept.into_inner();
        match self.more.get() {
            0 => {}
            more => kept.push(format!("and {more} more warnings")),
        }
        kept
    }
}

/// A foreign text between quotation marks, shortened and on one line.
pub(crate) fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED).is_some() {
        short.push('…');
    }
    format!("\"{short}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_beyond_the_bound_are_counted_and_not_worded() {
        let notes = Notes::default();
        for i in 0..MOST + 7 {
            notes.add(|| {
                assert!(i < MOST);
                format!("warning {i}")
            });
        }
        let sentences = notes.finish();
        assert_eq!(sentences.len(), MOST + 1);
        assert_eq!(sentences[MOST], "and 7 more warnings");
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quote("a\nb"), "\"a b\"");
        assert_eq!(quote(&"x".repeat(1_000)).chars().count(), QUOTED + 3);
    }
}
