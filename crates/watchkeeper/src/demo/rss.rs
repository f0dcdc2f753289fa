//! A feed of nobody's making in particular: one RSS item for each update, the state in front of the
//! title, and zones by name.
//!
//! This module never says how a component stands: the format has no words for it.

use super::document::{Document, escape, title_case};
use super::story::{Shown, ShownUpdate, Story};
use jiff::Timestamp;

/// The feed, if `path` is its address.
pub(super) fn document(story: &Story, base: &str, path: &str, now: Timestamp) -> Option<Document> {
    if path != "/status.rss" {
        return None;
    }
    let mut items = Vec::new();
    for shown in &story.shown(now) {
        let numbered = shown.updates.iter().enumerate();
        items.extend(
            numbered.map(|(number, update)| (update.update.at, item(story, base, shown, number, update))),
        );
    }
    items.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let items: String = items.into_iter().map(|(_, item)| item).collect();
    let name = escape(&story.name);
    let built = stamp(story, story.changed_at(now));
    let body = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0">
  <channel>
    <title>{name} status</title>
    <link>{base}</link>
    <description>News about the operation of {name}</description>
    <lastBuildDate>{built}</lastBuildDate>
{items}  </channel>
</rss>
"#
    );
    Some(Document::new("application/rss+xml; charset=utf-8", body))
}

fn item(story: &Story, base: &str, shown: &Shown<'_>, number: usize, update: &ShownUpdate<'_>) -> String {
    let id = &shown.incident.id;
    let state = title_case(&update.update.status);
    let (title, body) = (escape(&shown.incident.name), escape(update.body));
    let at = stamp(story, update.update.at);
    format!(
        r#"    <item>
      <title>[{state}] {title}</title>
      <link>{base}/incidents/{id}</link>
      <guid isPermaLink="false">{id}-{number}</guid>
      <pubDate>{at}</pubDate>
      <description>{body}</description>
    </item>
"#
    )
}

fn stamp(story: &Story, at: Timestamp) -> String {
    story.local(at).strftime("%a, %d %b %Y %H:%M:%S %Z").to_string()
}
