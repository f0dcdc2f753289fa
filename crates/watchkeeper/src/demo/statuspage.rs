//! A site as Statuspage answers: `/api/v2/….json` and `/history.atom`.
//!
//! This module never answers differently from the platform to please its reader: empty lists stay lists,
//! components that nobody named are missing, stamps carry the page's own offset.

use super::atom;
use super::document::Document;
use super::story::{Component, Shown, ShownUpdate, Story};
use domain::ComponentState;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The document at `path`.
pub(super) fn document(story: &Story, base: &str, path: &str, now: Timestamp) -> Option<Document> {
    if path == "/history.atom" {
        return atom::document(story, base, path, now);
    }
    let name = path.strip_prefix("/api/v2/")?.strip_suffix(".json")?;
    let body = text(&Site { story, base, now }, name)?;
    Some(Document::new("application/json; charset=utf-8", body))
}

/// The document's text, `page` first as the platform has it: who gets the beginning only can still tell
/// whose page it is.
fn text(site: &Site<'_>, name: &str) -> Option<String> {
    let mut text = format!(r#"{{"page":{}"#, site.page());
    for (key, value) in parts(site, name)? {
        let _ = write!(text, r#","{key}":{value}"#);
    }
    Some(text + "}")
}

fn parts(site: &Site<'_>, name: &str) -> Option<Vec<(&'static str, Value)>> {
    let (is_open, is_upcoming) =
        (|shown: &Shown<'_>| !shown.is_over(), |shown: &Shown<'_>| shown.is_upcoming());
    Some(match name {
        "summary" => vec![
            ("components", site.components()),
            ("incidents", site.incidents(is_open)),
            ("scheduled_maintenances", site.maintenances(is_open)),
            ("status", site.status()),
        ],
        "status" => vec![("status", site.status())],
        "components" => vec![("components", site.components())],
        "incidents" => vec![("incidents", site.incidents(|_| true))],
        "incidents/unresolved" => vec![("incidents", site.incidents(is_open))],
        "scheduled-maintenances" => vec![("scheduled_maintenances", site.maintenances(|_| true))],
        "scheduled-maintenances/upcoming" => vec![("scheduled_maintenances", site.maintenances(is_upcoming))],
        "scheduled-maintenances/active" => {
            let is_active = |shown: &Shown<'_>| is_open(shown) && !is_upcoming(shown);
            vec![("scheduled_maintenances", site.maintenances(is_active))]
        }
        _ => return None,
    })
}

struct Site<'a> {
    story: &'a Story,
    base: &'a str,
    now: Timestamp,
}

impl Site<'_> {
    fn page(&self) -> Value {
        json!({
            "id": self.story.id,
            "name": self.story.name,
            "url": self.base,
            "time_zone": self.story.time_zone,
            "updated_at": self.stamp(self.story.changed_at(self.now)),
        })
    }

    fn status(&self) -> Value {
        let (indicator, description) = match self.story.worst(self.now) {
            ComponentState::Operational => ("none", "All Systems Operational"),
            ComponentState::UnderMaintenance => ("maintenance", "Service Under Maintenance"),
            ComponentState::PartialOutage => ("major", "Partial System Outage"),
            ComponentState::MajorOutage => ("critical", "Major Service Outage"),
            ComponentState::DegradedPerformance | ComponentState::Unknown => {
                ("minor", "Partially Degraded Service")
            }
        };
        json!({ "indicator": indicator, "description": description })
    }

    fn components(&self) -> Value {
        let mut list = Vec::new();
        for component in &self.story.components {
            list.push(self.component(component, None));
            list.extend(component.children.iter().map(|child| self.component(child, Some(component))));
        }
        for (position, component) in list.iter_mut().enumerate() {
            component["position"] = json!(position + 1);
        }
        list.into()
    }

    fn component(&self, component: &Component, group: Option<&Component>) -> Value {
        let is_group = !component.children.is_empty();
        let state = if is_group {
            ComponentState::worst(component.children.iter().map(|child| self.state_of(child)))
        } else {
            self.state_of(component)
        };
        let mut body = json!({
            "id": component.id,
            "name": component.name,
            "status": state.as_str(),
            "created_at": self.stamp(BEGINNING),
            "updated_at": self.stamp(self.story.changed_at(self.now)),
            "description": null,
            "showcase": !is_group,
            "start_date": null,
            "group_id": group.map(|group| &group.id),
            "page_id": self.story.id,
            "group": is_group,
            "only_show_if_degraded": false,
        });
        if is_group {
            body["components"] = component.children.iter().map(|child| child.id.as_str()).collect();
        }
        body
    }

    fn state_of(&self, component: &Component) -> ComponentState {
        self.story.state_of(&component.id, self.now)
    }

    fn incidents(&self, wanted: impl Fn(&Shown<'_>) -> bool) -> Value {
        let shown = self.story.shown(self.now);
        let chosen = shown.iter().filter(|shown| shown.incident.window.is_none() && wanted(shown));
        chosen.map(|shown| self.incident(shown)).collect()
    }

    fn maintenances(&self, wanted: impl Fn(&Shown<'_>) -> bool) -> Value {
        let shown = self.story.shown(self.now);
        let chosen = shown.iter().filter(|shown| shown.incident.window.is_some() && wanted(shown));
        chosen.map(|shown| self.incident(shown)).collect()
    }

    fn incident(&self, shown: &Shown<'_>) -> Value {
        let incident = shown.incident;
        let stamp = |at: Option<Timestamp>| at.map(|at| self.stamp(at));
        let first_at = shown.first().at;
        let mut body = json!({
            "id": incident.id,
            "name": incident.name,
            "status": shown.last().status,
            "created_at": self.stamp(first_at),
            "updated_at": self.stamp(shown.changed_at()),
            "monitoring_at": stamp(shown.first_as(&["monitoring"])),
            "resolved_at": stamp(shown.first_as(&["resolved", "completed"])),
            "impact": incident.impact,
            "shortlink": format!("{}/incidents/{}", self.base, incident.id),
            "started_at": self.stamp(incident.started_at.unwrap_or(first_at)),
            "page_id": self.story.id,
            "incident_updates": self.updates(shown),
            "components": self.named(shown),
            "reminder_intervals": null,
        });
        if let Some(window) = &incident.window {
            body["scheduled_for"] = self.stamp(window.from).into();
            body["scheduled_until"] = self.stamp(window.until).into();
        }
        body
    }

    /// The components of an incident, as they stand now.
    fn named(&self, shown: &Shown<'_>) -> Value {
        let named = shown.named();
        let leaves = self.story.leaves().filter(|(_, component)| named.contains(&component.id.as_str()));
        leaves.map(|(group, component)| self.component(component, group)).collect()
    }

    /// Updates, newest first.
    fn updates(&self, shown: &Shown<'_>) -> Value {
        let numbered = shown.updates.iter().enumerate().rev();
        numbered.map(|(number, update)| self.update(&shown.incident.id, number, update)).collect()
    }

    fn update(&self, incident: &str, number: usize, shown: &ShownUpdate<'_>) -> Value {
        let affected = self.affected(shown);
        json!({
            // Twelve characters, as the platform has them.
            "id": format!("{}u{number:02}", &incident[..9]),
            "status": shown.update.status,
            "body": shown.body,
            "incident_id": incident,
            "created_at": self.stamp(shown.update.at),
            "updated_at": self.stamp(shown.changed_at),
            "display_at": self.stamp(shown.update.at),
            "affected_components": if affected.is_empty() { Value::Null } else { affected.into() },
            "deliver_notifications": true,
            "custom_tweet": null,
            "tweet_id": null,
        })
    }

    fn affected(&self, shown: &ShownUpdate<'_>) -> Vec<Value> {
        let before = shown.update.at - jiff::SignedDuration::from_nanos(1);
        let change = |(group, component): (Option<&Component>, &Component)| {
            let new = shown.update.affected.get(&component.id)?;
            let group = group.map(|group| format!("{} - ", group.name)).unwrap_or_default();
            Some(json!({
                "code": component.id,
                "name": format!("{group}{}", component.name),
                "old_status": self.story.state_of(&component.id, before).as_str(),
                "new_status": new,
            }))
        };
        self.story.leaves().filter_map(change).collect()
    }

    /// Milliseconds and the page's own offset; `Z` where that is none.
    fn stamp(&self, at: Timestamp) -> String {
        self.story.local(at).strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string().replace("+00:00", "Z")
    }
}

/// When every page of the demo was set up: 1 March 2021.
const BEGINNING: Timestamp = Timestamp::constant(1_614_556_800, 0);
