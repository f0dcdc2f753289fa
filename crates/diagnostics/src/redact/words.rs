//! Free text: the words that servers use stay, everything else is left out.

use std::sync::LazyLock;

/// Words that occur in the messages of servers, in lower case and sorted. None of them tells anything.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("words.txt").lines().collect());

/// Longest text that is looked at, in bytes.
const LONGEST: usize = 4 * 1024;

/// The text without what is enclosed in quotes, braces or brackets, and without every word and number that servers do
/// not use in their messages; `…` stands for what was left out.
pub fn words(text: &str) -> String {
    let end = (0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut out = String::new();
    for word in outside(&text[..end]).split_whitespace() {
        let kept = if is_known(word) { word } else { "…" };
        if kept == "…" && out.ends_with('…') {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(kept);
    }
    out
}

/// What stands outside of quotes, braces and brackets. What is not closed goes on to the end.
fn outside(text: &str) -> String {
    let mut out = String::new();
    let mut open: Vec<char> = Vec::new();
    for c in text.chars() {
        match (c, open.last()) {
            (c, Some(close)) if c == *close => {
                open.pop();
                if open.is_empty() {
                    out.push_str(" … ");
                }
            }
            // Within quotes nothing opens.
            (_, Some('"' | '\'' | '`')) => {}
            ('{', _) => open.push('}'),
            ('[', _) => open.push(']'),
            ('"' | '`', _) => open.push(c),
            // An apostrophe stands within a word, a quote before one.
            ('\'', None) if !out.ends_with(char::is_alphanumeric) => open.push(c),
            (c, None) => out.push(c),
            (_, Some(_)) => {}
        }
    }
    if !open.is_empty() {
        out.push_str(" …");
    }
    out
}

fn is_known(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
    if bare.is_empty() {
        // Punctuation alone, which may enclose nothing.
        return word.len() <= 2;
    }
    let is_code = bare
        .strip_prefix('E')
        .is_some_and(|code| code.len() <= 5 && code.bytes().all(|b| b.is_ascii_digit()));
    let known = |word: &str| WORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok();
    is_code || bare.split(['-', '/', ':', '\'']).all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_plain() {
        assert!(WORDS.is_sorted() && WORDS.len() > 500);
        assert!(WORDS.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
    }

    #[test]
    fn what_is_enclosed_or_unknown_goes() {
        let cases = [
            (
                "E11000 duplicate key error collection: crm.users index: email_1 dup key: { email: \"bob@x.org\" }",
                "E11000 duplicate key error collection: … index: … dup key: …",
            ),
            (
                "Successfully authenticated as principal bob on admin",
                "Successfully authenticated as principal … on …",
            ),
            ("connection refused 'hunter' can't connect", "connection refused … connect"),
            ("cannot parse \"hunter", "cannot parse …"),
            ("Waiting for 4711 (hunter) operations", "Waiting for … operations"),
            ("", ""),
        ];
        for (text, wanted) in cases {
            assert_eq!(words(text), wanted, "{text}");
        }
    }
}
