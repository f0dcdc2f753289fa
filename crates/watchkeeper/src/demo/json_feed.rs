//! A JSON Feed 1.1 with one item for each incident, its updates as HTML and its state as a tag.
//!
//! This module never says how a component stands: the format has no words for it.

use super::atom;
use super::document::Document;
use super::story::{Shown, Story};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The feed, if `path` is its address.
pub(super) fn document(story: &Story, base: &str, path: &str, now: Timestamp) -> Option<Document> {
    if path != "/feed.json" {
        return None;
    }
    let body = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": format!("{} status", story.name),
        "home_page_url": base,
        "feed_url": format!("{base}{path}"),
        "items": story.shown(now).iter().map(|shown| item(story, base, shown)).collect::<Value>(),
    });
    Some(Document::new("application/feed+json; charset=utf-8", body.to_string()))
}

fn item(story: &Story, base: &str, shown: &Shown<'_>) -> Value {
    json!({
        "id": shown.incident.id,
        "url": format!("{base}/incidents/{}", shown.incident.id),
        "title": shown.incident.name,
        "content_html": atom::content(story, shown),
        "date_published": shown.first().at.to_string(),
        "date_modified": shown.changed_at().to_string(),
        "tags": [shown.last().status],
    })
}
