//! An observation as JSON: what the command `inspect` prints, and by which parsers are judged from
//! outside. Its keys are a contract; adding one is a change that users see.
//!
//! Times are RFC 3339 in UTC, incidents stand newest first, updates oldest first. This module adds
//! nothing that the observation does not hold.

use crate::Format;
use domain::component::ComponentState;
use domain::observation::{
    ComponentObservation, IncidentObservation, PageObservation, UpdateObservation, overall,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The report of a page that was read as `format`.
pub fn report(format: &Format, page: &PageObservation) -> Value {
    let mut incidents: Vec<_> = page.incidents.iter().collect();
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.published_at));
    json!({
        "format": format.name,
        "page": { "name": page.name, "url": page.url, "time_zone": page.time_zone },
        "overall": state_of(page).as_str(),
        "components": page.components.iter().map(component).collect::<Vec<_>>(),
        "incidents": incidents.into_iter().map(incident).collect::<Vec<_>>(),
        "warnings": page.warnings,
    })
}

/// A document that carries neither headline nor components cannot say how the page is, whatever
/// incidents it lists: there may be others.
fn state_of(page: &PageObservation) -> ComponentState {
    let silent = page.indicator.is_none() && page.components.is_empty();
    if silent { ComponentState::Unknown } else { overall(page) }
}

fn component(component: &ComponentObservation) -> Value {
    json!({
        "id": component.key.0,
        "name": component.name,
        "group": component.group,
        "state": component.state.as_str(),
    })
}

fn incident(incident: &IncidentObservation) -> Value {
    let postmortem = incident.postmortem.as_ref();
    json!({
        "id": incident.external_id,
        "title": incident.title,
        "kind": incident.kind.as_str(),
        "impact": incident.impact.as_str(),
        "state": incident.state.as_str(),
        "url": incident.url,
        "published_at": time(incident.published_at),
        "resolved_at": incident.resolved_at.map(time),
        "duration_s": incident.duration_seconds(),
        "components": incident.components.iter().map(|(_, name)| name).collect::<Vec<_>>(),
        "updates": incident.updates.iter().map(update).collect::<Vec<_>>(),
        "postmortem_markdown": postmortem.map(|postmortem| &postmortem.body),
        "postmortem_at": postmortem.and_then(|postmortem| postmortem.published_at).map(time),
    })
}

fn update(update: &UpdateObservation) -> Value {
    json!({
        "state": update.state.as_str(),
        "published_at": time(update.published_at),
        "edited_at": update.edited_at.map(time),
        "repeats": update.repeats.iter().map(|(_, at)| time(*at)).collect::<Vec<_>>(),
        "body_markdown": update.body,
    })
}

fn time(at: Timestamp) -> String {
    at.to_string()
}
