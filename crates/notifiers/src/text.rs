//! Texts of others made fit to be sent: plain, on one line where only one is allowed, and never longer than the
//! receiver takes.
//!
//! Lengths are counted in units of UTF-16: receivers count those, or characters, of which there are never more.
//! Nothing here escapes: what is dangerous differs from receiver to receiver.

/// Longest text of Markdown that is looked at. Nobody sends more, and a longer one costs time only.
const LONGEST: usize = 64 * 1024;
/// Longest text of which one line is made; every limit of a line is far below.
const LINE: usize = 8 * 1024;
/// A link's label or address further away than this is no link.
const REACH: usize = 2_000;

/// One line without anything that is not seen: a break in a subject would begin a header, and a mark that turns the
/// direction of writing would show other words than were written.
pub(crate) fn line(text: &str) -> String {
    let clean: String = up_to(text, LINE)
        .chars()
        .filter(|c| !turns(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Marks that are not seen and change how what follows is read.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
}

/// Markdown as plain text: words, paragraphs and list items stay; a link is followed by its address.
pub(crate) fn plain(markdown: &str) -> String {
    let mut text = String::new();
    let mut blank = 0;
    for source in up_to(markdown, LONGEST).lines() {
        let line = plain_line(source);
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if !text.is_empty() {
            text += if blank > 0 { "\n\n" } else { "\n" };
        }
        blank = 0;
        text += &line;
    }
    text
}

fn plain_line(source: &str) -> String {
    let clean: String = source.chars().filter(|c| *c == '\t' || !(turns(*c) || c.is_control())).collect();
    let text = clean.trim();
    if text.starts_with("```") || text.starts_with("~~~") || is_rule(text) {
        return String::new();
    }
    let text = text.trim_start_matches(['>', '#']).trim_start();
    match text.strip_prefix("* ").or_else(|| text.strip_prefix("+ ")) {
        Some(item) => format!("- {}", inline(item)),
        None => inline(text),
    }
}

/// `---`, `***`, `===`: a line between sections, or under a title.
fn is_rule(text: &str) -> bool {
    text.len() >= 3 && ['-', '*', '_', '='].iter().any(|mark| text.chars().all(|c| c == *mark))
}

/// Takes the marks of emphasis and code away, and writes links out.
fn inline(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let (written, taken) = match c {
            '\\' if after.starts_with(|next: char| next.is_ascii_punctuation()) => (after[..1].to_owned(), 2),
            '!' if after.starts_with('[') && link(after).is_some() => (String::new(), 1),
            '[' => match link(rest) {
                Some((label, address, taken)) if label == address => (label.to_owned(), taken),
                Some((label, address, taken)) => (format!("{label} ({address})"), taken),
                None => ("[".to_owned(), 1),
            },
            '*' | '`' => (String::new(), 1),
            '_' if !within_word(plain.chars().last(), after.chars().next()) => (String::new(), 1),
            other => (other.to_string(), other.len_utf8()),
        };
        plain += &written;
        rest = &rest[taken..];
    }
    plain
}

fn within_word(before: Option<char>, after: Option<char>) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    is_word(before) && is_word(after)
}

/// Label, address and length of a link that begins the text.
fn link(text: &str) -> Option<(&str, &str, usize)> {
    let near = up_to(text, REACH);
    let middle = near.find("](")?;
    let length = near[middle..].find(')')? + middle;
    let label = &near[1..middle];
    let address = near[middle + 2..length].split_whitespace().next().unwrap_or_default();
    (!label.contains('[') && !address.is_empty()).then_some((label, address, length + 1))
}

fn up_to(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The text, or as much of it as is not longer than `limit`, cut between words and ended with `…`.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    cut_by(text, limit, char::len_utf16)
}

/// The same where what is sent is longer than what is read, as after escaping: `cost` tells how long each
/// character becomes.
pub(crate) fn cut_by(text: &str, limit: usize, cost: impl Fn(char) -> usize) -> String {
    let (mut spent, mut room, mut word) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        if spent < limit {
            room = at;
            if c.is_whitespace() {
                word = at;
            }
        }
        spent += cost(c);
        if spent > limit {
            // Half a sentence is better than none: a word that is longer than half of it all is cut apart.
            let end = if word >= room / 2 { word } else { room };
            return format!("{}…", text[..end].trim_end());
        }
    }
    text.to_owned()
}

/// An address to link to, if it is one of the web. Anything else (`javascript:`) is not linked.
pub(crate) fn web(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// Text as HTML.
pub(crate) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

/// How long a character is as HTML.
pub(crate) fn html_cost(c: char) -> usize {
    match c {
        '&' | '\'' => 5,
        '<' | '>' => 4,
        '"' => 6,
        other => other.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_what_a_person_would_have_typed() {
        let cases = [
            ("# Title\n\nWe **look** into _it_.", "Title\n\nWe look into it."),
            ("* one\n* two\n", "- one\n- two"),
            ("> quoted `code`", "quoted code"),
            ("see [the page](https://acme.test/a_b)", "see the page (https://acme.test/a_b)"),
            ("[https://acme.test](https://acme.test)", "https://acme.test"),
            ("![graph](https://acme.test/x.png)", "graph (https://acme.test/x.png)"),
            ("snake_case and 2 \\* 3", "snake_case and 2 * 3"),
            ("```\nreads stall\n```", "reads stall"),
            ("Title\n=====\ntext\n\n---\n\n\nmore", "Title\n\ntext\n\nmore"),
            ("[[[[ (", "[[[[ ("),
            ("tu\u{202e}rned\r\nnext\u{0}", "turned\nnext"),
        ];
        for (markdown, text) in cases {
            assert_eq!(plain(markdown), text, "{markdown:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_of_what_is_seen() {
        assert_eq!(line("Reads\r\nBcc: all@acme.test\u{202e}\t \u{7}x"), "Reads Bcc: all@acme.test x");
        assert_eq!(line("\u{200b}"), "");
    }

    #[test]
    fn a_text_is_cut_between_words_and_never_longer_than_allowed() {
        assert_eq!(cut("reads stall here", 16), "reads stall here");
        assert_eq!(cut("reads stall here", 15), "reads stall…");
        assert_eq!(cut("reads stall here", 12), "reads stall…");
        assert_eq!(cut("reads stall here", 11), "reads…");
        assert_eq!(cut("unbreakable", 5), "unbr…");
        assert_eq!(cut("", 0), "");
        for limit in 1..40 {
            for text in [
                "ein Zug, zwei Züge 🚆🚆🚆 und mehr",
                "🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆🚆",
                "a b c d e f g h i j k l m n o p q r s t u v w",
            ] {
                assert!(cut(text, limit).encode_utf16().count() <= limit, "{text} at {limit}");
            }
        }
        let costly = cut_by("a<b<c<d<e", 12, html_cost);
        assert!(html(&costly).len() <= 12 + '…'.len_utf8(), "{costly}");
    }

    #[test]
    fn a_hostile_text_is_read_in_one_pass() {
        let hostile = "[".repeat(200_000);
        assert_eq!(plain(&hostile).len(), LONGEST);
        let hostile = "[](".repeat(50_000);
        assert!(plain(&hostile).len() <= LONGEST);
    }
}
