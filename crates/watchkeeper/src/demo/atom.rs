//! `/history.atom` as Statuspage writes it: one entry for each incident, its updates as HTML with stamps
//! that have no year.
//!
//! This module never writes a feed of single updates.

use super::document::{Document, escape, title_case};
use super::story::{Shown, ShownUpdate, Story};
use jiff::Timestamp;

/// The feed, if `path` is its address.
pub(super) fn document(story: &Story, base: &str, path: &str, now: Timestamp) -> Option<Document> {
    if path != "/history.atom" {
        return None;
    }
    let entries: String = story.shown(now).iter().map(|shown| entry(story, base, shown)).collect();
    let name = escape(&story.name);
    let host = base.trim_start_matches("http://");
    let changed_at = stamp(story.changed_at(now));
    let body = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xml:lang="en-US" xmlns="http://www.w3.org/2005/Atom">
  <id>tag:{host},2005:/history</id>
  <link rel="alternate" type="text/html" href="{base}"/>
  <link rel="self" type="application/atom+xml" href="{base}/history.atom"/>
  <title>{name} Status - Incident History</title>
  <updated>{changed_at}</updated>
  <author>
    <name>{name}</name>
  </author>
{entries}</feed>
"#
    );
    Some(Document::new("application/atom+xml; charset=utf-8", body))
}

fn entry(story: &Story, base: &str, shown: &Shown<'_>) -> String {
    let host = base.trim_start_matches("http://");
    let id = &shown.incident.id;
    // The platform publishes an entry anew with every update.
    let at = stamp(shown.changed_at());
    let title = escape(&shown.incident.name);
    let content = escape(&content(story, shown));
    format!(
        r#"  <entry>
    <id>tag:{host},2005:Incident/{id}</id>
    <published>{at}</published>
    <updated>{at}</updated>
    <link rel="alternate" type="text/html" href="{base}/incidents/{id}"/>
    <title>{title}</title>
    <content type="html">{content}</content>
  </entry>
"#
    )
}

/// All updates as HTML, newest first.
pub(super) fn content(story: &Story, shown: &Shown<'_>) -> String {
    let paragraphs: Vec<_> = shown.updates.iter().rev().map(|update| paragraph(story, update)).collect();
    paragraphs.join(" ")
}

fn paragraph(story: &Story, shown: &ShownUpdate<'_>) -> String {
    let date = "%b <var data-var='date'>%d</var>, <var data-var='time'>%H:%M</var> %Z";
    let at = story.local(shown.update.at).strftime(date).to_string();
    let (status, body) = (title_case(&shown.update.status), escape(shown.body));
    format!("<p> <small>{at}</small><br> <strong>{status}</strong> - {body} </p>")
}

fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
