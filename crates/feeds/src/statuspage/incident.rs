//! Incidents and maintenances with their updates and postmortems.
//!
//! Nothing here drops an incident for a field that is missing or odd.

use super::affected::Affected;
use super::component::Names;
use crate::field::Field;
use crate::json::Json;
use crate::notes::quote;
use domain::incident::{Impact, Kind, State};
use domain::observation::{IncidentObservation, PostmortemObservation, UpdateObservation, fold_repeats};
use domain::time::Window;
use jiff::{SignedDuration, Timestamp};

/// An update changed later than this after it was posted counts as edited; Statuspage itself touches
/// updates within the first seconds.
const EDITED_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Whether an object is an incident, judged by fields that only incidents have.
pub(super) fn is_incident(json: &Json) -> bool {
    let own = ["incident_updates", "shortlink", "impact", "incident_id"];
    let named = json.get("name").is_some() && (json.get("id").is_some() || json.get("status").is_some());
    named && own.iter().any(|key| json.get(key).is_some())
}

/// Reads an incident that stands in a list of that kind.
pub(super) fn read(
    field: &Field<'_>,
    listed_as: Kind,
    names: &Names,
    seen_at: Timestamp,
) -> Option<IncidentObservation> {
    let known = ["id", "name", "status", "incident_updates"];
    if !known.iter().any(|key| field.has(key)) {
        field.warn_here(|| format!("expected an incident, found {}", field.json.show()));
        return None;
    }
    let posts = posts(field);
    let affected = Affected::of(field, &posts, names);
    let created_at = field.time("created_at");
    let updates = updates(&posts, &affected, created_at.unwrap_or(seen_at));
    let state = state(field, &updates);
    let impact = impact(field);
    let published_at = updates.iter().map(|update| update.published_at).min();
    let started_at = field.time("started_at");
    let incident = IncidentObservation {
        external_id: external_id(field),
        title: field.expected_text("name").unwrap_or_default().to_owned(),
        kind: kind(field, listed_as, impact, state),
        impact,
        state,
        url: field.text("shortlink").filter(|url| !url.is_empty()).map(str::to_owned),
        published_at: published_at.or(created_at).or(started_at).unwrap_or(seen_at),
        stated_start_at: started_at,
        resolved_at: resolved_at(field, state, &updates),
        schedule: schedule(field),
        components: affected.into_list(),
        postmortem: postmortem(field, state, &updates),
        updates: fold_repeats(updates),
    };
    if published_at.or(created_at).or(started_at).is_none() {
        field.warn("created_at", || "missing; taken as published when it was seen".to_owned());
    }
    warn_of_examples(field, &incident);
    Some(incident)
}

fn external_id(field: &Field<'_>) -> String {
    // A bare update names its incident.
    let of_update = if field.has("incident_updates") { None } else { field.id("incident_id") };
    of_update.or_else(|| field.id("id")).unwrap_or_else(|| {
        field.warn("id", || "missing; made from the name and the time".to_owned());
        let part = |key| field.json.text(key).unwrap_or_default();
        format!("{} {}", part("name"), part("created_at"))
    })
}

fn kind(field: &Field<'_>, listed_as: Kind, impact: Impact, state: State) -> Kind {
    let planned = field.has("scheduled_for") || impact == Impact::Maintenance || !state.suits(Kind::Incident);
    if planned { Kind::Maintenance } else { listed_as }
}

fn impact(field: &Field<'_>) -> Impact {
    let word = field.expected_text("impact").unwrap_or_default();
    let impact = Impact::parse(word);
    if impact == Impact::Unknown && !word.is_empty() && word != "unknown" {
        field.warn_word("impact", word);
    }
    impact
}

fn state_word(field: &Field<'_>) -> Option<State> {
    let word = field.expected_text("status")?;
    let state = match word {
        // incident.io's words for maintenances.
        "maintenance_scheduled" => State::Scheduled,
        "maintenance_in_progress" => State::InProgress,
        "maintenance_complete" => State::Completed,
        _ => State::parse(word),
    };
    if state == State::Unknown && word != "unknown" {
        field.warn_word("status", word);
    }
    Some(state)
}

/// The state that the incident itself gives, with a warning where its latest update says otherwise.
fn state(field: &Field<'_>, updates: &[UpdateObservation]) -> State {
    let latest =
        updates.iter().rev().find(|update| update.state != State::Postmortem).map(|update| update.state);
    let Some(state) = state_word(field) else {
        return latest.unwrap_or(State::Unknown);
    };
    let Some(latest) = latest else { return state };
    let agree = state == latest || (state == State::Postmortem && latest.is_over());
    if !agree && state != State::Unknown && latest != State::Unknown {
        field.warn("status", || {
            format!("says {} while the latest update says {}", state.as_str(), latest.as_str())
        });
    }
    state
}

fn resolved_at(field: &Field<'_>, state: State, updates: &[UpdateObservation]) -> Option<Timestamp> {
    let stated = field.time("resolved_at");
    if stated.is_some() && !state.is_over() {
        field.warn("resolved_at", || format!("given although the status is {}", state.as_str()));
    }
    let ends = |update: &&UpdateObservation| matches!(update.state, State::Resolved | State::Completed);
    let told = || updates.iter().rev().find(ends).map(|update| update.published_at);
    stated.or_else(|| state.is_over().then(told).flatten())
}

fn schedule(field: &Field<'_>) -> Option<Window> {
    let from = field.time("scheduled_for");
    let until = field.time("scheduled_until");
    from.map(|from| until.map_or(Window::open(from), |until| Window::closed(from, until)))
}

/// The updates as they stand in the document: a list, or the object itself where it is a bare update.
fn posts<'a>(field: &Field<'a>) -> Vec<Field<'a>> {
    if !field.has("incident_updates") && field.has("body") {
        return vec![field.clone()];
    }
    field.list("incident_updates")
}

/// Updates, oldest first. `fallback` stands in for a time that is missing.
fn updates(posts: &[Field<'_>], affected: &Affected, fallback: Timestamp) -> Vec<UpdateObservation> {
    let mut updates: Vec<_> = posts.iter().filter_map(|post| update(post, affected, fallback)).collect();
    // Newest first in the document: updates posted at the same instant keep the order of the page.
    let ascending = updates.first().zip(updates.last()).is_some_and(|(a, b)| a.published_at < b.published_at);
    if !ascending {
        updates.reverse();
    }
    updates.sort_by_key(|update| update.published_at);
    updates
}

fn update(post: &Field<'_>, affected: &Affected, fallback: Timestamp) -> Option<UpdateObservation> {
    if !matches!(post.json, Json::Object(_)) {
        post.warn_here(|| format!("expected an update, found {}", post.json.show()));
        return None;
    }
    let updated_at = post.time("updated_at");
    let created_at = post.time("created_at");
    let published_at = created_at.or_else(|| post.time("display_at")).or(updated_at).unwrap_or_else(|| {
        post.warn("created_at", || "missing; the time of the incident was taken".to_owned());
        fallback
    });
    let state = state_word(post).unwrap_or(State::Unknown);
    Some(UpdateObservation {
        external_id: post.id("id").unwrap_or_else(|| {
            post.warn("id", || "missing; made from the time and the state".to_owned());
            format!("{} {}", post.json.text("created_at").unwrap_or("undated"), state.as_str())
        }),
        state,
        published_at,
        edited_at: updated_at.filter(|at| at.duration_since(published_at) > EDITED_AFTER),
        body: post.expected_text("body").unwrap_or_default().to_owned(),
        components: affected.changes(post),
        repeats: Vec::new(),
    })
}

/// The postmortem: an update of that state, or the body that older shapes keep beside the updates.
fn postmortem(
    field: &Field<'_>,
    state: State,
    updates: &[UpdateObservation],
) -> Option<PostmortemObservation> {
    let update = updates.iter().rev().find(|update| update.state == State::Postmortem);
    match update {
        Some(update) => {
            Some(PostmortemObservation { body: update.body.clone(), published_at: Some(update.published_at) })
        }
        None => stored_postmortem(field, state),
    }
}

/// A body alone may be a draft: it counts once it was published and unless it was put aside.
fn stored_postmortem(field: &Field<'_>, state: State) -> Option<PostmortemObservation> {
    let body = field.text("postmortem_body").filter(|body| !body.trim().is_empty())?;
    // Some clients know only whether, not when.
    let (published, published_at) =
        if let Some(Json::Bool(published)) = field.json.get("postmortem_published_at") {
            (*published, None)
        } else {
            let at = field.time("postmortem_published_at");
            (at.is_some(), at)
        };
    let ignored = field.flag("postmortem_ignored") == Some(true);
    let counts = !ignored && (published || state == State::Postmortem);
    counts.then(|| PostmortemObservation { body: body.to_owned(), published_at })
}

/// The product tour leaves examples and templates on real pages.
fn warn_of_examples(field: &Field<'_>, incident: &IncidentObservation) {
    let title = &incident.title;
    if title.to_lowercase().contains("this is an example") {
        field.warn_here(|| format!("{} looks like the example of the product tour", quote(title)));
    }
    let placeholder =
        incident.updates.iter().find_map(|update| placeholder(&update.body)).or(placeholder(title));
    if let Some(placeholder) = placeholder {
        field.warn_here(|| format!("{} still holds the placeholder {placeholder}", quote(title)));
    }
}

/// A placeholder that nobody filled in, such as `<SOME/ALL>`: capitals with a slash, a space or an
/// underscore between angle brackets.
fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('<').find_map(|(from, _)| {
        let inner = &text[from + 1..];
        let length =
            inner.bytes().take(40).position(|byte| !(byte.is_ascii_uppercase() || b"/ _".contains(&byte)))?;
        let word = &inner[..length];
        let divided = word.trim_matches(['/', ' ']).contains(['/', ' ', '_']);
        (divided && inner[length..].starts_with('>')).then(|| &text[from..from + length + 2])
    })
}
