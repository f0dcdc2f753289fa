//! What is wrong with a file, said so that it can be put right without a manual.
//!
//! This module never shows a password: every value it quotes goes through [`redact`].

use std::fmt;
use std::path::PathBuf;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line of the file, counted from 1.
    pub line: usize,
    /// Path of the key (`vendor[1].interval`, sections that come many times counted from 1); empty where
    /// the line could not be read at all.
    pub key: String,
    /// What stands there, as it may be shown; `None` where something is missing or the key itself is wrong.
    pub value: Option<String>,
    /// What is wrong with it and what would be right.
    pub wrong: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, self.key.as_str()) {
            (Some(value), key) => write!(f, "`{key}` is {value}: {}", self.wrong),
            (None, "") => f.write_str(&self.wrong),
            (None, key) => write!(f, "`{key}` {}", self.wrong),
        }
    }
}

/// Every mistake in one file, by line.
#[derive(Clone, Debug)]
pub struct Mistakes {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The mistakes, by line.
    pub list: Vec<Mistake>,
}

impl Mistakes {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, mistake) in self.list.iter().enumerate() {
            let end = if position == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{}: {mistake}", self.file.display(), mistake.line)?;
        }
        Ok(())
    }
}

/// The one of `words` that was probably meant: the closest in letters typed, if it is close at all.
pub fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    // A word cut short or drawn out (`warning` for `warn`) counts as one slip.
    let extends = |a: &str, b: &str| b.len() >= 3 && a.starts_with(b);
    let score = |word: &str| {
        let slips = distance(&typed, word);
        if extends(&typed, word) || extends(word, &typed) { slips.min(1) } else { slips }
    };
    let scored = words.into_iter().map(|word| (score(word), word));
    let (distance, word) = scored.min_by_key(|(distance, _)| *distance)?;
    // A third of the letters wrong is a slip; more is another word.
    (distance <= (word.chars().count() / 3).max(1)).then_some(word)
}

/// Letters to add, drop, change or swap with their neighbour to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j - 1] + change).min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// A text as it may be quoted: on one line, of bearable length, without the user and password of an
/// address or the value of a `password` parameter.
pub fn redact(text: &str) -> String {
    let shown = redact_parameter(&redact_user(text));
    let one_line: String = shown.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match one_line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &one_line[..end]),
        None => one_line,
    }
}

fn redact_user(text: &str) -> String {
    // Without a scheme an `@` may still end a password, so everything before it goes.
    let start = text.find("://").map_or(0, |at| at + 3);
    // A password that was not percent-encoded may hold a slash: the last `@` before the query counts.
    let end = text[start..].find('?').map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &text[..start], &text[start + at..]),
        None => text.to_owned(),
    }
}

fn redact_parameter(text: &str) -> String {
    let Some((address, query)) = text.split_once('?') else { return text.to_owned() };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    format!("{address}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_the_word_that_was_meant_and_other_words_find_none() {
        let keys = ["name", "url", "components", "interval", "format"];
        for (typed, expected) in [
            ("intervall", Some("interval")),
            ("inetrval", Some("interval")),
            ("Interval", Some("interval")),
            ("urls", Some("url")),
            ("component", Some("components")),
            ("comp", Some("components")),
            ("interval_seconds", Some("interval")),
            ("frobnicate", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, keys), expected, "{typed}");
        }
    }

    #[test]
    fn passwords_are_never_quoted() {
        for (text, expected) in [
            ("postgres://wk:s3cret@db/wk", "postgres://***@db/wk"),
            ("postgres://wk:a/b@c@db/wk", "postgres://***@db/wk"),
            ("wk:s3cret@db/wk", "***@db/wk"),
            ("postgres://db/wk?user=a&password=s3cret&x=1", "postgres://db/wk?user=a&password=***&x=1"),
            ("https://status.example.org/a?b=c@d", "https://status.example.org/a?b=c@d"),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(redact(text), expected);
        }
        assert_eq!(redact(&"é".repeat(200)).chars().count(), 81);
    }
}
