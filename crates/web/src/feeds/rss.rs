//! RSS 2.0, with the link to itself that the RSS Advisory Board recommends.

use super::{Entry, Feed};
use crate::atom::escape;
use crate::view::clock;
use domain::Timestamp;
use std::fmt::Write as _;

/// The whole document.
pub fn render(feed: &Feed) -> String {
    let changed = feed.entries.iter().map(|entry| entry.changed_at).max().unwrap_or(feed.as_of);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n  <channel>\n",
    );
    element(&mut xml, 2, "title", &feed.title);
    element(&mut xml, 2, "link", &feed.home);
    element(&mut xml, 2, "description", &feed.title);
    element(&mut xml, 2, "language", &feed.language);
    element(&mut xml, 2, "lastBuildDate", &date(changed));
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "    <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"{}\"/>",
        escape(&feed.address)
    );
    for entry in &feed.entries {
        item(&mut xml, entry);
    }
    xml.push_str("  </channel>\n</rss>\n");
    xml
}

fn item(xml: &mut String, entry: &Entry) {
    xml.push_str("    <item>\n");
    element(xml, 3, "title", &entry.title);
    element(xml, 3, "link", &entry.url);
    let _ = writeln!(xml, "      <guid isPermaLink=\"false\">{}</guid>", escape(&entry.id));
    element(xml, 3, "pubDate", &date(entry.published_at));
    element(xml, 3, "category", &entry.environment);
    element(xml, 3, "description", &format!("<p>{}</p>{}", escape(&entry.summary), entry.html));
    xml.push_str("    </item>\n");
}

fn element(xml: &mut String, depth: usize, name: &str, text: &str) {
    let _ = writeln!(xml, "{:indent$}<{name}>{}</{name}>", "", escape(text), indent = depth * 2);
}

/// As mail writes it (RFC 822, with four digits of the year).
fn date(at: Timestamp) -> String {
    clock::write(at, "%a, %d %b %Y %H:%M:%S +0000")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn an_incident_is_an_item_with_a_lasting_name() {
        insta::assert_snapshot!(render(&samples::of("Reads stalled & <slow>")));
    }

    #[test]
    fn whatever_a_title_says_the_document_stays_the_same() {
        let names = |xml: &str| {
            let tags = xml.split('<').skip(1).filter_map(|tag| tag.split(['>', ' ']).next());
            tags.map(str::to_owned).collect::<Vec<_>>()
        };
        let plain = names(&render(&samples::of("plain")));
        for text in crate::samples::hostile::TEXTS {
            assert_eq!(names(&render(&samples::of(text))), plain, "{text:?}");
        }
    }
}
