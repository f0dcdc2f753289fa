//! What a vendor really answered: every distinct raw body that is kept, and what differs between two.

use super::{Frame, Section, Shell};
use crate::diff::{self, Change, Line};
use crate::language::fill;
use crate::view::Voice;
use crate::view::html::Html;
use askama::Template;
use domain::{Slug, Timestamp};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Identifier of the vendor in addresses.
    pub slug: &'a Slug,
    /// Display name.
    pub name: &'a str,
    /// The documents that are fetched.
    pub documents: Vec<Document>,
    /// Two bodies to compare, if the reader chose two (query `before`, `after`: hashes).
    pub comparison: Option<Comparison>,
    /// Whether the reader named a body that is not kept.
    pub not_kept: bool,
}

/// One address that is fetched.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its address.
    pub url: String,
    /// Its distinct bodies, newest first.
    pub bodies: Vec<Body>,
}

/// One distinct answer.
#[derive(Clone, Debug)]
pub struct Body {
    /// SHA-256 in hexadecimal.
    pub hash: String,
    /// When it was first and last the answer.
    pub first_seen_at: Timestamp,
    /// When it was last the answer.
    pub last_seen_at: Timestamp,
    /// Length in bytes.
    pub size_bytes: u64,
}

/// Two bodies to compare.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Hash of the older.
    pub before_hash: String,
    /// Hash of the newer.
    pub after_hash: String,
    /// Text of the older.
    pub before: String,
    /// Text of the newer.
    pub after: String,
}

/// Longest body that is compared, in bytes.
const COMPARED: usize = 2 * 1024 * 1024;
/// Lines around a change.
const CONTEXT: usize = 3;
/// Most lines of a comparison that are printed.
const PRINTED: usize = 2_000;

#[derive(Template)]
#[template(path = "pages/raw.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    vendor_href: String,
    documents: Vec<DocumentView>,
    comparison: Option<ComparisonView>,
}

struct DocumentView {
    url: String,
    bodies: Vec<BodyView>,
}

struct BodyView {
    href: String,
    hash: String,
    short: String,
    first_seen: Html,
    last_seen: Html,
    size: String,
    is_before: bool,
    is_after: bool,
}

struct ComparisonView {
    before: String,
    after: String,
    outcome: Outcome,
}

enum Outcome {
    TooLong,
    Same,
    Differs { hunks: Vec<Vec<LineView>>, added: usize, removed: usize, cut: bool },
}

struct LineView {
    class: &'static str,
    mark: &'static str,
    before: String,
    after: String,
    text: String,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let title = fill(shell.voice.words.raw_title, &[("name", input.name)]);
    let frame = Frame::new(shell, Section::Vendors, title).still();
    let documents = input.documents.iter();
    let documents = documents.map(|document| document_view(document, input, &shell.voice)).collect();
    let comparison = input.comparison.as_ref().map(compare);
    Page { frame, input, vendor_href: shell.voice.links.vendor(input.slug), documents, comparison }.render()
}

fn document_view(document: &Document, input: &Input<'_>, voice: &Voice) -> DocumentView {
    let chosen = input.comparison.as_ref().map(|chosen| (&chosen.before_hash, &chosen.after_hash));
    // Of a document of which nothing is chosen, the last step is the natural choice.
    let ours = |hash: &String| document.bodies.iter().any(|body| &body.hash == hash);
    let newest = |n: usize| document.bodies.get(n).map(|body| &body.hash);
    let (before, after) = match chosen {
        Some((before, after)) if ours(before) && ours(after) => (Some(before), Some(after)),
        _ => (newest(1), newest(0)),
    };
    let bodies = document.bodies.iter().map(|body| BodyView {
        href: voice.links.raw_body(input.slug, &body.hash),
        hash: body.hash.clone(),
        short: body.hash.chars().take(12).collect(),
        first_seen: voice.full(body.first_seen_at),
        last_seen: voice.full(body.last_seen_at),
        size: size(body.size_bytes),
        is_before: before == Some(&body.hash),
        is_after: after == Some(&body.hash),
    });
    DocumentView { url: document.url.clone(), bodies: bodies.collect() }
}

/// `512 B`, `12.3 kB`, `1.2 MB`.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

fn compare(comparison: &Comparison) -> ComparisonView {
    ComparisonView {
        before: comparison.before_hash.chars().take(12).collect(),
        after: comparison.after_hash.chars().take(12).collect(),
        outcome: outcome(&comparison.before, &comparison.after),
    }
}

fn outcome(before: &str, after: &str) -> Outcome {
    if before.len().max(after.len()) > COMPARED {
        return Outcome::TooLong;
    }
    let (before, after) = (in_lines(before), in_lines(after));
    let hunks = diff::lines(&before, &after, CONTEXT);
    if hunks.is_empty() {
        return Outcome::Same;
    }
    let count = |change: Change| hunks.iter().flatten().filter(|line| line.change == change).count();
    let (added, removed) = (count(Change::Added), count(Change::Removed));
    let total: usize = hunks.iter().map(Vec::len).sum();
    let mut left = PRINTED;
    let shown = hunks.iter().map(|hunk| {
        let taken = hunk.len().min(left);
        left -= taken;
        hunk[..taken].iter().map(line_view).collect::<Vec<_>>()
    });
    let hunks = shown.filter(|hunk| !hunk.is_empty()).collect();
    Outcome::Differs { hunks, added, removed, cut: total > PRINTED }
}

/// Documents of machines often stand in a single line: JSON is laid out anew, with its keys in order;
/// before every tag begins a new line.
fn in_lines(text: &str) -> String {
    if let Ok(mut value) = serde_json::from_str::<serde_json::Value>(text) {
        value.sort_all_objects();
        if let Ok(pretty) = serde_json::to_string_pretty(&value) {
            return pretty;
        }
    }
    text.replace("><", ">\n<")
}

fn line_view(line: &Line<'_>) -> LineView {
    let (class, mark) = match line.change {
        Change::Kept => ("kept", " "),
        Change::Removed => ("gone", "−"),
        Change::Added => ("new", "+"),
    };
    let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
    LineView { class, mark, before: number(line.before), after: number(line.after), text: cut(line.text) }
}

/// The beginning of a line: one of a megabyte would be the whole page.
fn cut(line: &str) -> String {
    const LONGEST: usize = 400;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_in_one_line_are_laid_out_before_they_are_compared() {
        let Outcome::Differs { hunks, added, removed, cut } =
            outcome("{\"a\":1,\"b\":2}", "{\"b\":3,\"a\":1}")
        else {
            panic!("they differ");
        };
        assert_eq!((added, removed, cut, hunks.len()), (1, 1, false, 1));
        assert!(matches!(outcome("{\"a\":1,\"b\":2}", "{ \"b\": 2, \"a\": 1 }"), Outcome::Same));
        assert!(matches!(outcome("<a><b/></a>", "<a><b/><c/></a>"), Outcome::Differs { added: 1, .. }));
    }

    #[test]
    fn long_documents_and_long_lines_are_bounded() {
        assert!(matches!(outcome("", &"x".repeat(COMPARED + 1)), Outcome::TooLong));
        assert_eq!(cut(&"ä".repeat(1_000)).chars().count(), 402);
        let many: String = (0..9_000).fold(String::new(), |text, n| text + &n.to_string() + "\n");
        let Outcome::Differs { hunks, cut, .. } = outcome("", &many) else { panic!("they differ") };
        assert!(cut && hunks.iter().map(Vec::len).sum::<usize>() == PRINTED);
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!([0, 999, 12_345, 1_250_000].map(size), ["0 B", "999 B", "12.3 kB", "1.2 MB"]);
    }
}
