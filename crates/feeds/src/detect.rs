//! Where the documents of a page may stand, and what a document is.
//!
//! This module never fetches; it names addresses and judges answers.

use crate::html::{Token, attribute, pieces};
use crate::{Document, FORMATS, Format};
use std::collections::HashSet;
use url::Url;

/// Feeds of one page that are worth trying.
const MOST_ALTERNATES: usize = 10;

/// A document that one of the formats knows.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// The format.
    pub format: &'static Format,
    /// By what it was recognised, in words worth keeping with the vendor.
    pub evidence: String,
}

/// Says which format a document is of.
pub fn recognise(document: &Document) -> Option<Recognised> {
    FORMATS.iter().find_map(|format| {
        let evidence = format.recognise(document)?;
        Some(Recognised { format, evidence })
    })
}

/// Addresses to look at, best first: the given one, then where each format would stand. The format is
/// the one that is expected there; what is really there says [`recognise`].
pub fn probes(base: &Url) -> Vec<(Url, &'static Format)> {
    let mut given = base.clone();
    given.set_fragment(None);
    let mut ladder = vec![(given, expected(base))];
    for format in FORMATS {
        for url in (format.probes)(base) {
            if ladder.iter().all(|(known, _)| *known != url) {
                ladder.push((url, format));
            }
        }
    }
    ladder
}

/// The format that the ending of an address promises.
fn expected(url: &Url) -> &'static Format {
    let path = url.path().to_ascii_lowercase();
    let names: &[&str] = match path.rsplit(['.', '/']).next() {
        Some("atom") => &["statuspage_feed", "atom"],
        Some("rss" | "xml" | "feed") => &["statuspage_feed", "rss"],
        _ => &["statuspage"],
    };
    let history = path.contains("/history.");
    let name = if history { names.first() } else { names.last() };
    FORMATS.iter().find(|format| Some(&format.name) == name).unwrap_or(&FORMATS[0])
}

/// Feeds that an HTML page names, in its `<link rel="alternate">` or in a link to read: best first.
pub fn alternates(document: &Document, base: &Url) -> Vec<Url> {
    let Some(html) = document.html() else { return Vec::new() };
    let mut base = base.clone();
    let (mut announced, mut linked) = (Vec::new(), Vec::new());
    for piece in pieces(html) {
        let Token::Open(name, attributes) = piece.token else { continue };
        let href = || attribute(attributes, "href").and_then(|href| base.join(href.trim()).ok());
        match &*name {
            "base" => base = href().unwrap_or(base),
            "link" if names_a_feed(attributes) => announced.extend(href()),
            "a" => linked.extend(href().filter(|url| ends_like_a_feed(url.path()))),
            _ => {}
        }
    }
    let mut known = HashSet::new();
    let fetchable = |url: &Url| matches!(url.scheme(), "http" | "https");
    let all = announced.into_iter().chain(linked).filter(fetchable);
    all.filter(|url| known.insert(url.clone())).take(MOST_ALTERNATES).collect()
}

fn names_a_feed(attributes: &str) -> bool {
    let rel = attribute(attributes, "rel").unwrap_or_default().to_ascii_lowercase();
    let kind = attribute(attributes, "type").unwrap_or_default().to_ascii_lowercase();
    let feed =
        ["application/rss+xml", "application/atom+xml", "application/feed+json"].contains(&kind.trim());
    feed && rel.split_ascii_whitespace().any(|word| word == "alternate")
}

fn ends_like_a_feed(path: &str) -> bool {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    [".atom", ".rss", "/rss", "/atom", "/feed", "/rss.xml", "/atom.xml", "/feed.xml"]
        .iter()
        .any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn ladder(base: &str) -> Vec<String> {
        probes(&url(base)).into_iter().map(|(url, _)| url.to_string()).collect()
    }

    #[test]
    fn what_is_recognised_can_be_read() {
        // Found by fuzzing: the broken `status` is mended to null, and nothing else says anything.
        let text = "{\"page\":{\"id\":\"t4v8n2k6w1qz\"},\"status\":\u{fffd}\"indicator\":\"minor\"}";
        let document = Document::read(text.as_bytes(), None, &Limits::default());
        assert!(recognise(&document).is_none());
    }

    #[test]
    fn the_ladder_begins_with_the_given_address_and_statuspage() {
        let of_page = ladder("https://status.acme.test");
        let expected = [
            "https://status.acme.test/",
            "https://status.acme.test/api/v2/summary.json",
            "https://status.acme.test/history.atom",
            "https://status.acme.test/history.rss",
        ];
        assert_eq!(of_page[..4], expected);
        assert!(of_page.contains(&"https://status.acme.test/feed".to_owned()));
        // A deep page, a document, a query and a fragment lead to the same places.
        for base in ["/incidents/x1?a=b#c", "/history", "/api/v2/incidents.json"] {
            let deep = ladder(&format!("https://status.acme.test{base}"));
            assert_eq!(deep[1..4], expected[1..], "{base}");
        }
    }

    #[test]
    fn a_page_below_a_path_is_looked_for_there_too() {
        let ladder = ladder("https://acme.test/status/");
        assert!(ladder.contains(&"https://acme.test/status/api/v2/summary.json".to_owned()));
        assert!(ladder.contains(&"https://acme.test/status/feed".to_owned()));
        assert!(ladder.len() < 40, "{}", ladder.len());
    }

    #[test]
    fn feeds_that_a_page_names_are_found() {
        let html = "<!DOCTYPE html><html><head><base href='https://cdn.acme.test/s/'>\
            <link rel='alternate' type='application/atom+xml' href='history.atom'>\
            <link rel=\"alternate\" hreflang=\"de\" href=\"/de\">\
            <LINK REL=alternate TYPE=application/rss+xml HREF=//feeds.acme.test/all?x=1&amp;y=2>\
            <link rel='alternate' type='application/rss+xml' href='file:///etc/passwd'></head>\
            <body><a href='/rss'>RSS</a><a href='history.atom'>Atom</a></body></html>";
        let base = url("https://status.acme.test/");
        let document = Document::read(html.as_bytes(), Some(&base), &Limits::default());
        let found: Vec<_> = alternates(&document, &base).iter().map(ToString::to_string).collect();
        let expected = [
            "https://cdn.acme.test/s/history.atom",
            "https://feeds.acme.test/all?x=1&y=2",
            "https://cdn.acme.test/rss",
        ];
        assert_eq!(found, expected);
    }
}
