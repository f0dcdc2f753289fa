//! Incidents as a terminal shows them. Every foreign text is made harmless first.

use crate::cmd::terminal;
use serde_json::Value;
use std::fmt::Write as _;

/// A line of a list.
pub(super) fn listed(incident: &Value) -> String {
    let text = |field: &str| text(&incident[field]);
    let at = terminal::plain(incident["window"]["from"].as_str().unwrap_or_default());
    let (id, state, impact) = (text("id"), text("state"), text("impact"));
    format!("{id}  {at:<20}  {state:<13}  {impact:<11}  {}: {}\n", text("source_name"), text("title"))
}

/// The one line that tells what a command made of an incident.
pub(super) fn line(incident: &Value) -> String {
    let visibility = match text(&incident["visibility"]) {
        word if word == "internal" => ", internal".to_owned(),
        _ => String::new(),
    };
    format!(
        "{} is {}{visibility}: {} ({})\n",
        text(&incident["id"]),
        text(&incident["state"]),
        text(&incident["title"]),
        text(&incident["origin"]["name"]),
    )
}

/// Everything that was said, oldest first.
pub(super) fn whole(incident: &Value) -> String {
    let mut shown = line(incident);
    let clocks = &incident["clocks"];
    let times = [
        ("truly began", &clocks["began_at"]),
        ("published", &clocks["published_at"]),
        ("resolved", &clocks["resolved_at"]),
        ("truly ended", &clocks["ended_at"]),
        ("next update", &incident["next_update_at"]),
        ("impact", &incident["impact"]),
    ];
    for (name, value) in times.into_iter().filter(|(_, value)| value.is_string()) {
        let _ = writeln!(shown, "  {name:<12} {}", text(value));
    }
    for component in list(&incident["components"]) {
        let last = list(&component["windows"]).last().filter(|window| window["until"].is_null());
        let state = last.map_or_else(|| "operational".to_owned(), |window| text(&window["state"]));
        let _ = writeln!(shown, "  {:<12} {}", text(&component["name"]), state);
    }
    let standing = list(&incident["updates"]).iter().filter(|update| update["withdrawn_at"].is_null());
    for update in standing {
        let inside = if update["visibility"] == "internal" { " (internal)" } else { "" };
        let _ = writeln!(shown, "\n{}  {}{inside}", text(&update["published_at"]), text(&update["state"]));
        shown.push_str(&paragraphs(&update["body"]));
    }
    if !incident["postmortem"].is_null() {
        let _ = writeln!(shown, "\n{}  postmortem", text(&incident["postmortem"]["published_at"]));
        shown.push_str(&paragraphs(&incident["postmortem"]["body"]));
    }
    shown
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    terminal::plain(value.as_str().unwrap_or_default())
}

/// A text with its lines, each made harmless.
fn paragraphs(value: &Value) -> String {
    let lines = value.as_str().unwrap_or_default().lines();
    lines.fold(String::new(), |mut shown, line| {
        let _ = writeln!(shown, "{}", format!("  {}", terminal::plain(line)).trim_end());
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_incident_is_shown_with_what_was_said_and_without_what_steers_a_terminal() {
        let incident = json!({
            "id": "77n63w1zthrr", "title": "Orders\u{1b}[2J are late", "state": "identified",
            "visibility": "internal", "impact": "minor", "origin": { "name": "PROD1" },
            "clocks": { "published_at": "2025-02-12T08:58:10Z", "resolved_at": null },
            "components": [{ "name": "API", "windows": [{ "state": "partial_outage", "until": null }] }],
            "updates": [
                { "published_at": "2025-02-12T08:58:10Z", "state": "investigating", "body": "One.\n\nTwo.",
                  "visibility": "internal", "withdrawn_at": null },
                { "published_at": "2025-02-12T09:00:00Z", "state": "identified", "body": "Gone.",
                  "withdrawn_at": "2025-02-12T09:01:00Z" },
            ],
            "postmortem": null,
        });
        let expected = "\
77n63w1zthrr is identified, internal: Orders [2J are late (PROD1)
  published    2025-02-12T08:58:10Z
  impact       minor
  API          partial_outage

2025-02-12T08:58:10Z  investigating (internal)
  One.

  Two.
";
        assert_eq!(whole(&incident), expected);
    }
}
