//! An incident of another page as the API takes it.

use domain::Timestamp;
use domain::observation::{IncidentObservation, UpdateObservation};
use serde_json::{Value, json};

pub(super) fn of(environment: &str, incident: &IncidentObservation, dry_run: bool) -> Value {
    let postmortem = incident
        .postmortem
        .as_ref()
        .map(|told| json!({ "body": told.body, "published_at": time(told.published_at) }));
    let schedule = incident
        .schedule
        .map(|window| json!({ "from": window.from.to_string(), "until": time(window.until) }));
    json!({
        "environment": environment,
        "external_id": incident.external_id,
        "kind": incident.kind.as_str(),
        "title": incident.title,
        "impact": incident.impact.as_str(),
        "state": incident.state.as_str(),
        "published_at": incident.published_at.to_string(),
        "resolved_at": time(incident.resolved_at),
        "schedule": schedule,
        "url": incident.url,
        "components": incident.components.iter().map(|(_, name)| name).collect::<Vec<_>>(),
        "updates": incident.updates.iter().flat_map(updates).collect::<Vec<_>>(),
        "postmortem": postmortem,
        "dry_run": dry_run,
    })
}

/// An update and its repetitions: the server folds them again.
fn updates(update: &UpdateObservation) -> Vec<Value> {
    let components: Vec<Value> = update
        .components
        .iter()
        .map(|change| json!({ "name": change.name, "state": change.to.as_str() }))
        .collect();
    let post = |id: &str, at: Timestamp| {
        json!({
            "id": id,
            "state": update.state.as_str(),
            "body": update.body,
            "published_at": at.to_string(),
            "edited_at": time(update.edited_at),
            "components": components,
        })
    };
    let repeats = update.repeats.iter().map(|(id, at)| post(id, *at));
    [post(&update.external_id, update.published_at)].into_iter().chain(repeats).collect()
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}
