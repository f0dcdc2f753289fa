//! What people see at a vendor's address: the page and one page for each incident. Whoever follows a link
//! from Watchkeeper arrives here.
//!
//! This module never runs a script and never asks another host for anything.

use super::document::{Document, escape, title_case};
use super::story::{Shown, Story};
use jiff::Timestamp;

/// The page at `path`. `feed` is the media type and path of the feed to link to.
pub(super) fn document(
    story: &Story,
    feed: Option<(&str, &str)>,
    path: &str,
    now: Timestamp,
) -> Option<Document> {
    let shown = story.shown(now);
    let body = match path.strip_prefix("/incidents/") {
        Some(id) => incident(story, shown.iter().find(|shown| shown.incident.id == id)?),
        None if path == "/" => front(story, &shown, now),
        None => return None,
    };
    let link =
        feed.map(|(media_type, path)| format!(r#"<link rel="alternate" type="{media_type}" href="{path}">"#));
    let (name, link) = (escape(&story.name), link.unwrap_or_default());
    let page = format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{name} status</title>
{link}
<style>body {{ font: 1rem/1.5 sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }} pre {{ font: inherit; white-space: pre-wrap }}</style>
<p><a href="/">{name} status</a> (an invented vendor)</p>
{body}
</html>
"#
    );
    Some(Document::new("text/html; charset=utf-8", page))
}

fn front(story: &Story, shown: &[Shown<'_>], now: Timestamp) -> String {
    let component = |(group, component): (Option<&super::story::Component>, &super::story::Component)| {
        let group = group.map(|group| format!("{} / ", escape(&group.name))).unwrap_or_default();
        let state = story.state_of(&component.id, now).label();
        format!("<li>{group}{}: {state}\n", escape(&component.name))
    };
    let components: String = story.leaves().map(component).collect();
    let line = |shown: &Shown<'_>| {
        let state = title_case(&shown.last().status);
        let (id, title) = (&shown.incident.id, escape(&shown.incident.name));
        format!(r#"<li>{state}: <a href="/incidents/{id}">{title}</a>{}"#, "\n")
    };
    let incidents: String = shown.iter().map(line).collect();
    format!("<h1>Components</h1>\n<ul>\n{components}</ul>\n<h2>Incidents</h2>\n<ul>\n{incidents}</ul>")
}

fn incident(story: &Story, shown: &Shown<'_>) -> String {
    let update = |update: &super::story::ShownUpdate<'_>| {
        let at = story.local(update.update.at).strftime("%d %b %Y, %H:%M %Z");
        let (state, body) = (title_case(&update.update.status), escape(update.body));
        format!("<h2>{state}</h2>\n<p>{at}</p>\n<pre>{body}</pre>\n")
    };
    let updates: String = shown.updates.iter().rev().map(update).collect();
    format!("<h1>{}</h1>\n{updates}", escape(&shown.incident.name))
}
