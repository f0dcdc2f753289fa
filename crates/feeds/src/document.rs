//! Bytes made text, and text made JSON or a feed.
//!
//! [`Document::read`] never fails and never reads beyond its [`Limits`]; whatever it had to leave out or
//! replace stands in [`Document::warnings`].

use crate::feed::Feed;
use crate::json::{self, Json};
use crate::notes::quote;
use crate::xml;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use url::Url;

/// Bounds on what is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of decoded text; what lies beyond is not read.
    pub bytes: usize,
}

impl Default for Limits {
    /// 4 MiB: eight times the largest page seen in practice.
    fn default() -> Self {
        Self { bytes: 4 * 1024 * 1024 }
    }
}

/// A decoded document.
#[derive(Debug)]
pub struct Document {
    url: Option<Url>,
    content: Content,
    warnings: Vec<String>,
    whole: bool,
    cut: bool,
}

/// What a document turned out to be.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing but white space.
    Empty,
    /// JSON, sound or mended.
    Json(Json),
    /// RSS or Atom.
    Feed(Feed),
    /// A page for people.
    Html(String),
    /// Anything else.
    Text(String),
}

impl Document {
    /// Decodes a document that was fetched from `url`, or that somebody handed over.
    pub fn read(bytes: &[u8], url: Option<&Url>, limits: &Limits) -> Self {
        let mut warnings = Vec::new();
        let decoded = decode(bytes, limits.bytes, &mut warnings);
        let mut cut = decoded.cut;
        let content = Content::of(decoded.text, &mut warnings, &mut cut);
        Self { url: url.cloned(), content, whole: warnings.is_empty(), cut, warnings }
    }

    /// Where it was fetched.
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// What had to be left out or replaced, one sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether everything was read as it was sent.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether a part of it is missing, so that what it does not say means nothing.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// The JSON, if it is JSON.
    pub(crate) fn json(&self) -> Option<&Json> {
        match &self.content {
            Content::Json(json) => Some(json),
            _ => None,
        }
    }

    /// What it is, for a sentence that says why it was not understood.
    pub(crate) fn describe(&self) -> String {
        describe(&self.content)
    }

    /// The feed, if it is RSS or Atom.
    pub(crate) fn feed(&self) -> Option<&Feed> {
        match &self.content {
            Content::Feed(feed) => Some(feed),
            _ => None,
        }
    }

    /// The HTML, if it is a page for people.
    pub(crate) fn html(&self) -> Option<&str> {
        match &self.content {
            Content::Html(html) => Some(html),
            _ => None,
        }
    }
}

/// What a document is, for a sentence that says why it was not understood.
pub(crate) fn describe(content: &Content) -> String {
    match content {
        Content::Empty => "an empty document".to_owned(),
        Content::Json(Json::Null) => "JSON that ends before its first value does".to_owned(),
        Content::Json(json) => format!("JSON ({})", json.show()),
        Content::Feed(feed) => format!("an {:?} feed {}", feed.dialect, quote(&feed.title)),
        Content::Html(html) => match title(html) {
            Some(title) => format!("an HTML page {}", quote(title)),
            None => "an HTML page".to_owned(),
        },
        Content::Text(text) => format!("text that begins with {}", quote(text.trim_start())),
    }
}

fn title(html: &str) -> Option<&str> {
    let (_, rest) = head(html).split_once("<title")?;
    let (title, _) = rest.split_once('>')?.1.split_once("</")?;
    Some(title.trim())
}

impl Content {
    fn of(text: String, warnings: &mut Vec<String>, cut: &mut bool) -> Self {
        let start = text.trim_start();
        if start.is_empty() {
            return Self::Empty;
        }
        // `)]}'` keeps browsers from running the JSON that follows it.
        if start.starts_with(['{', '[']) || start.starts_with(")]}") {
            let reading = json::read(&text);
            warnings.extend(reading.warnings);
            *cut |= reading.cut;
            return Self::Json(reading.json);
        }
        if looks_like_html(start) {
            return Self::Html(text);
        }
        if start.starts_with('<') {
            let reading = xml::read(&text);
            if let Some(feed) = reading.feed {
                warnings.extend(reading.warnings);
                return Self::Feed(feed);
            }
        }
        Self::Text(text)
    }
}

/// The first kilobytes, in which a document says what it is.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(4_096)]
}

/// Whether the first element that says what a document is says that it is a page for people.
fn looks_like_html(start: &str) -> bool {
    let head = head(start).to_ascii_lowercase();
    let first = |tags: &[&str]| tags.iter().filter_map(|tag| head.find(tag)).min();
    let page = first(&["<!doctype html", "<html", "<head", "<body"]);
    let feed = first(&["<rss", "<feed", "<atom:feed", "<rdf:rdf"]);
    page.is_some_and(|page| feed.is_none_or(|feed| page < feed))
}

struct Decoded {
    text: String,
    cut: bool,
}

fn decode(bytes: &[u8], limit: usize, warnings: &mut Vec<String>) -> Decoded {
    // UTF-16 takes two bytes for what UTF-8 writes in one.
    let read = &bytes[..bytes.len().min(limit.saturating_mul(2).saturating_add(4))];
    let (encoding, mark) = Encoding::for_bom(read).unwrap_or_else(|| (guess(read), 0));
    let (text, replaced) = encoding.decode_without_bom_handling(&read[mark..]);
    if replaced {
        warnings.push(format!("bytes that are not {} became U+FFFD", encoding.name()));
    }
    let mut text = text.into_owned();
    let cut = text.len() > limit || read.len() < bytes.len();
    if cut {
        text.truncate(text.floor_char_boundary(limit));
        warnings.push(format!("larger than {limit} bytes; the rest was not read"));
    }
    Decoded { text, cut }
}

/// The encoding of a document without a byte order mark.
fn guess(bytes: &[u8]) -> &'static Encoding {
    match bytes {
        [0, first, ..] if first.is_ascii() && *first != 0 => UTF_16BE,
        [first, 0, ..] if first.is_ascii() && *first != 0 => UTF_16LE,
        _ => declared(bytes).filter(|encoding| encoding.is_ascii_compatible()).unwrap_or(UTF_8),
    }
}

/// The encoding that an XML declaration or an HTML `meta` names. One that is not compatible with ASCII
/// cannot be true: its name was readable as ASCII.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head: String = bytes.iter().take(1_024).map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    if !head.trim_start().starts_with('<') {
        return None;
    }
    let from = |key: &str, end: &str| {
        let (_, value) = head[..head.find(end)?].split_once(key)?;
        let value = value.trim_start_matches(['=', ' ', '"', '\'']);
        let length = value.find(['"', '\'', ' ', '>', ';', '?', '/']).unwrap_or(value.len());
        Encoding::for_label_no_replacement(&value.as_bytes()[..length])
    };
    let html = || {
        let (_, value) = head.split_once("charset=")?;
        let value = value.trim_start_matches(['"', '\'']);
        let length = value.find(['"', '\'', ' ', '>', ';', '/'])?;
        Encoding::for_label_no_replacement(&value.as_bytes()[..length])
    };
    if head.trim_start().starts_with("<?xml") { from("encoding", "?>") } else { html() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Document {
        Document::read(bytes, None, &Limits::default())
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        let sound = r#"{"name":"Störung 🚧"}"#;
        for big in [false, true] {
            for marked in [false, true] {
                let text = if marked { format!("\u{FEFF}{sound}") } else { sound.to_owned() };
                let document = read(&utf16(&text, big));
                assert_eq!(document.json().and_then(|json| json.text("name")), Some("Störung 🚧"));
                assert!(document.is_whole(), "{:?}", document.warnings());
            }
        }
    }

    #[test]
    fn a_declared_charset_is_honoured_unless_it_cannot_be_true() {
        let text = |bytes: &[u8]| decode(bytes, Limits::default().bytes, &mut Vec::new()).text;
        assert!(
            text(b"<?xml version='1.0' encoding='ISO-8859-1'?><rss>St\xF6rung</rss>").contains("Störung")
        );
        assert!(text(b"<html><meta charset=\"windows-1252\"><p>\x80</html>").contains('€'));
        assert!(
            text("<?xml version=\"1.0\" encoding=\"utf-16\"?><rss>Störung</rss>".as_bytes())
                .contains("Störung")
        );
    }

    #[test]
    fn what_lies_beyond_the_limit_is_not_read() {
        let body = format!("[\"{}\"]", "ä".repeat(1_000));
        let document = Document::read(body.as_bytes(), None, &Limits { bytes: 101 });
        assert!(!document.is_whole());
        assert!(document.warnings().iter().any(|warning| warning.contains("larger than 101 bytes")));
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_with_a_warning() {
        let document = read(b"{\"name\":\"a\xFFb\"}");
        assert_eq!(document.json().and_then(|json| json.text("name")), Some("a\u{FFFD}b"));
        assert_eq!(document.warnings().len(), 1);
    }
}
