//! JSON Feed 1.1.

use super::{Entry, Feed};
use serde::Serialize;

const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct Body<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    language: &'a str,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    summary: &'a str,
    content_html: &'a str,
    date_published: String,
    date_modified: String,
    tags: [&'a str; 1],
}

/// The whole document.
pub fn render(feed: &Feed) -> Result<String, serde_json::Error> {
    let body = Body {
        version: VERSION,
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: &feed.address,
        language: &feed.language,
        items: feed.entries.iter().map(item).collect(),
    };
    Ok(serde_json::to_string_pretty(&body)? + "\n")
}

fn item(entry: &Entry) -> Item<'_> {
    Item {
        id: &entry.id,
        url: &entry.url,
        title: &entry.title,
        summary: &entry.summary,
        content_html: &entry.html,
        date_published: entry.published_at.to_string(),
        date_modified: entry.changed_at.to_string(),
        tags: [&entry.environment],
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn an_incident_is_an_item_with_a_lasting_name() {
        insta::assert_snapshot!(render(&samples::of("Reads stalled & <slow>")).expect("written"));
    }
}
