//! Lines of one kind, grouped by what they say when numbers, texts and documents are taken out of them. What is
//! shown is that, so that no value of anybody's data is. Never keeps more than [`MOST`] groups.

use super::table::{Cell, Column, Unit};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Groups kept; lines of others are counted together.
const MOST: usize = 1_000;
/// A message is cut here, in characters.
const LONGEST: usize = 300;

pub(super) const COLUMNS: &[Column] = &[
    Column::of("count", "Count", Unit::Count),
    Column::of("first_at", "First", Unit::Instant),
    Column::of("last_at", "Last", Unit::Instant),
    Column::of("message", "Message", Unit::Words),
];

/// Groups of lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    groups: BTreeMap<String, Group>,
    others: usize,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    count: u64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl Messages {
    pub(super) fn add(&mut self, at: Timestamp, message: &str) {
        self.merge_group(pattern(message), Group { count: 1, first_at: at, last_at: at });
    }

    pub(super) fn merge(&mut self, later: Self) {
        later.groups.into_iter().for_each(|(pattern, group)| self.merge_group(pattern, group));
        self.others += later.others;
    }

    fn merge_group(&mut self, pattern: String, group: Group) {
        if let Some(known) = self.groups.get_mut(&pattern) {
            known.count += group.count;
            known.first_at = known.first_at.min(group.first_at);
            known.last_at = known.last_at.max(group.last_at);
        } else if self.groups.len() < MOST {
            self.groups.insert(pattern, group);
        } else {
            self.others += 1;
        }
    }

    /// The rows, the most frequent first, and how many groups were not kept.
    pub(super) fn rows(&self) -> (Vec<Vec<Cell>>, usize) {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        let row = |(pattern, group): (&String, &Group)| {
            vec![group.count.into(), group.first_at.into(), group.last_at.into(), pattern.as_str().into()]
        };
        (groups.into_iter().map(row).collect(), self.others)
    }
}

/// A message without what differs from one time to the next.
fn pattern(message: &str) -> String {
    let mut pattern = String::new();
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        if pattern.chars().count() >= LONGEST {
            pattern.push('…');
            break;
        }
        let (put, length) = match first {
            '"' | '\'' | '`' if starts_word(&pattern) => match rest[1..].find(first) {
                Some(end) => ("…", end + 2),
                None => ("…", rest.len()),
            },
            '{' | '[' => ("{…}", enclosed(rest)),
            '0'..='9' => ("#", number(rest)),
            _ => {
                pattern.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        pattern.push_str(put);
        rest = &rest[length..];
    }
    pattern
}

/// Whether what comes now is not in the middle of a word, such as the apostrophe of `doesn't`.
fn starts_word(before: &str) -> bool {
    before.chars().next_back().is_none_or(|last| !last.is_alphanumeric())
}

/// Length of a document or list; all there is where it has no end.
fn enclosed(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Length of a number, an address or an identifier that begins with a digit.
fn number(text: &str) -> usize {
    let within =
        |letter: char| letter.is_ascii_hexdigit() || matches!(letter, '.' | ':' | '-' | 'x' | 'T' | 'Z');
    let end = text.find(|letter| !within(letter)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ':', '-']).len().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_time_to_time_is_taken_out() {
        let cases = [
            ("Failed to connect to 10.0.0.1:27017, in 5ms", "Failed to connect to #, in #ms"),
            (r#"couldn't authenticate "ann@example.org" on admin"#, "couldn't authenticate … on admin"),
            (
                "Plan executor error: { a: [ 1 ], b: \"secret\" } after 2.5 s",
                "Plan executor error: {…} after # s",
            ),
            ("no end of { a: 1", "no end of {…}"),
            ("", ""),
        ];
        for (message, expected) in cases {
            assert_eq!(pattern(message), expected, "{message}");
        }
    }
}
