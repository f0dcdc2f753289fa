//! HTML as the fragments of feeds and the heads of pages have it: a tokenizer that never fails and never
//! looks at a byte twice, and what is made of its tokens.

mod entities;
mod markdown;

pub(crate) use entities::decode;
pub(crate) use markdown::markdown;

use std::borrow::Cow;

/// A piece of HTML and where it stands.
#[derive(Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) token: Token<'a>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a piece is. Names of tags are in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Text, entities and all.
    Text(&'a str),
    /// An opening tag and the text of its attributes.
    Open(Cow<'a, str>, &'a str),
    /// A closing tag.
    Close(Cow<'a, str>),
}

/// The pieces of a text. Comments, declarations and the insides of scripts and styles are left out.
pub(crate) fn pieces(html: &str) -> Pieces<'_> {
    Pieces { html, at: 0, raw: None }
}

/// The iterator of [`pieces`].
pub(crate) struct Pieces<'a> {
    html: &'a str,
    at: usize,
    /// Name of the element whose inside is not HTML.
    raw: Option<&'static str>,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.raw.take() {
            self.at = end_of_raw(self.html, self.at, name);
        }
        loop {
            let start = self.at;
            let rest = self.html.get(start..).filter(|rest| !rest.is_empty())?;
            let Some(token) = self.token(rest) else { continue };
            return Some(Piece { token, start, end: self.at });
        }
    }
}

impl<'a> Pieces<'a> {
    /// Reads one token and moves behind it; `None` for what is left out.
    fn token(&mut self, rest: &'a str) -> Option<Token<'a>> {
        if !rest.starts_with('<') {
            return Some(self.text(rest, rest.find('<').unwrap_or(rest.len())));
        }
        if let Some(comment) = rest.strip_prefix("<!--") {
            self.at += comment.find("-->").map_or(rest.len(), |length| length + 7);
            return None;
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            self.at += rest.find('>').map_or(rest.len(), |length| length + 1);
            return None;
        }
        let closing = rest.starts_with("</");
        let from = 1 + usize::from(closing);
        let named = rest[from..].starts_with(|c: char| c.is_ascii_alphabetic());
        let Some(length) = named.then(|| tag_length(rest)) else {
            // A lone `<` is text, up to the next one.
            return Some(self.text(rest, rest[1..].find('<').map_or(rest.len(), |length| length + 1)));
        };
        let Some(length) = length else {
            // A tag that never ends: browsers drop it, we keep its text.
            return Some(self.text(rest, rest.len()));
        };
        self.at += length;
        let inner = &rest[from..length - 1];
        let end =
            inner.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(inner.len());
        let name = lower(&inner[..end]);
        if closing {
            return Some(Token::Close(name));
        }
        self.raw =
            ["script", "style", "textarea", "iframe", "noembed", "xmp"].into_iter().find(|raw| *raw == name);
        Some(Token::Open(name, inner[end..].trim_end_matches('/')))
    }

    fn text(&mut self, rest: &'a str, length: usize) -> Token<'a> {
        self.at += length;
        Token::Text(&rest[..length])
    }
}

/// Length of a tag to behind its `>`, not counting one between quotation marks.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (i, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(i + 1),
            // A quotation mark counts only as the beginning of a value.
            (None, b'"' | b'\'') if rest[..i].trim_end().ends_with('=') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Where the closing tag of a raw element begins.
fn end_of_raw(html: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(length) = html[at..].find("</") {
        at += length;
        let tag = html.as_bytes().get(at + 2..at + 2 + name.len());
        if tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes())) {
            return at;
        }
        at += 2;
    }
    html.len()
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// The value of an attribute, given the text of all of them.
pub(crate) fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(value) => split_value(value.trim_start()),
            None => ("", after),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(decode(value).into_owned());
        }
        // An empty key can only be followed by something longer.
        rest = after.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
    }
    None
}

fn split_value(text: &str) -> (&str, &str) {
    let quoted =
        |quote: char| text.strip_prefix(quote).map(|inner| inner.split_once(quote).unwrap_or((inner, "")));
    quoted('"')
        .or_else(|| quoted('\''))
        .unwrap_or_else(|| text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len())))
}

/// The text alone, on one line.
pub(crate) fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut spaced = false;
    for piece in pieces(html) {
        match piece.token {
            Token::Text(text) => {
                let text = decode(text);
                spaced |= text.starts_with(char::is_whitespace);
                for word in text.split_whitespace() {
                    if spaced && !out.is_empty() {
                        out.push(' ');
                    }
                    out.push_str(word);
                    spaced = true;
                }
                spaced = text.ends_with(char::is_whitespace) || (spaced && text.trim().is_empty());
            }
            Token::Open(name, _) | Token::Close(name) => spaced |= is_block(&name),
        }
    }
    out
}

/// Whether a tag begins or ends a line.
pub(crate) fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 30] = [
        "p",
        "br",
        "div",
        "ul",
        "ol",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "blockquote",
        "table",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "hr",
        "section",
        "article",
        "header",
        "footer",
        "dl",
        "dt",
        "dd",
        "figure",
        "address",
    ];
    BLOCKS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_alone_keeps_words_apart() {
        assert_eq!(plain("<p>a<b>b</b> c</p><p>d&amp;e</p><script>x<y</script>f"), "ab c d&e f");
        assert_eq!(plain("Aug <var>21</var>, <var>00:37</var> UTC"), "Aug 21, 00:37 UTC");
    }

    #[test]
    fn broken_markup_is_text_or_nothing() {
        assert_eq!(plain("1 < 2 and 3 > 2"), "1 < 2 and 3 > 2");
        assert_eq!(plain("a<b class=\"x"), "a<b class=\"x");
        assert_eq!(plain("a<!-- b"), "a");
        assert_eq!(plain("a<script>b"), "a");
    }

    #[test]
    fn attributes_are_read_in_every_spelling() {
        let attributes = r#" rel=alternate  HREF = '/a?b&amp;c' disabled title="x > y""#;
        assert_eq!(attribute(attributes, "rel").as_deref(), Some("alternate"));
        assert_eq!(attribute(attributes, "href").as_deref(), Some("/a?b&c"));
        assert_eq!(attribute(attributes, "title").as_deref(), Some("x > y"));
        assert_eq!(attribute(attributes, "disabled").as_deref(), Some(""));
        assert_eq!(attribute(attributes, "class"), None);
    }
}
