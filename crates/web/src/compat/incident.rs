//! Incidents and maintenances with their updates, newest first.

use super::Page;
use super::component::{ComponentBody, Named, Parts};
use super::time::Time;
use crate::snapshot::source_of;
use domain::incident::{AffectedComponent, Update};
use domain::{ComponentState, Impact, Incident, Kind, Slug, State, Timestamp};
use serde::Serialize;

/// An incident or a maintenance.
#[derive(Debug, Serialize)]
pub(super) struct IncidentBody<'a> {
    id: &'a str,
    name: &'a str,
    status: &'static str,
    created_at: Time,
    updated_at: Time,
    monitoring_at: Option<Time>,
    resolved_at: Option<Time>,
    impact: &'static str,
    shortlink: String,
    started_at: Time,
    page_id: &'a str,
    incident_updates: Vec<UpdateBody<'a>>,
    components: Vec<ComponentBody>,
    reminder_intervals: Option<&'static str>,
    /// Of maintenances only.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_for: Option<Time>,
    /// Of maintenances only.
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduled_until: Option<Time>,
    /// The grade that somebody gave; null where it follows from the components.
    impact_override: Option<&'static str>,
    /// Ours: when it truly began.
    true_started_at: Option<Time>,
    /// Ours: when it truly ended.
    true_ended_at: Option<Time>,
    /// Ours: by when the next update is promised.
    next_update_at: Option<Time>,
    /// Ours: the environments that it touches.
    environments: Vec<&'a str>,
}

/// One update.
#[derive(Debug, Serialize)]
struct UpdateBody<'a> {
    id: &'a str,
    status: &'static str,
    body: &'a str,
    incident_id: &'a str,
    created_at: Time,
    updated_at: Time,
    display_at: Time,
    affected_components: Option<Vec<AffectedBody>>,
    deliver_notifications: bool,
    custom_tweet: Option<&'static str>,
    tweet_id: Option<&'static str>,
    /// Ours: by when it promises the next one.
    next_update_at: Option<Time>,
}

/// What an update says of a component.
#[derive(Debug, Serialize)]
struct AffectedBody {
    code: String,
    name: String,
    old_status: &'static str,
    new_status: &'static str,
}

impl<'a> IncidentBody<'a> {
    pub(super) fn new(incident: &'a Incident, page: &'a Page, parts: &Parts<'_>) -> Self {
        let environment = source_of(&incident.origin).0;
        let clocks = &incident.clocks;
        let standing: Vec<&Update> =
            incident.public_updates().filter(|update| update.withdrawn_at.is_none()).collect();
        let told = |state| standing.iter().find(|update| update.current().state == state);
        let keys: Vec<_> = incident.components.iter().map(|component| &component.key).collect();
        let maintenance = (incident.kind == Kind::Maintenance).then_some(incident.schedule).flatten();
        let promise = standing.last().filter(|_| !incident.state.is_over());
        Self {
            id: incident.id.as_str(),
            name: &incident.title,
            status: status(incident.kind, incident.state),
            created_at: Time(clocks.published_at),
            updated_at: Time(changed_at(incident, &standing)),
            monitoring_at: told(State::Monitoring).map(|update| Time(update.published_at)),
            resolved_at: clocks.resolved_at.map(Time),
            impact: impact(incident),
            shortlink: format!("{}/incidents/{}", page.url, incident.id),
            started_at: Time(clocks.published_at),
            page_id: &page.id,
            incident_updates: updates(incident, &standing, environment, parts),
            components: parts.of(environment, &keys),
            reminder_intervals: None,
            scheduled_for: maintenance.map(|window| Time(window.from)),
            scheduled_until: maintenance.and_then(|window| window.until).map(Time),
            impact_override: (incident.impact != Impact::Unknown).then(|| incident.impact.as_str()),
            true_started_at: clocks.began_at.map(Time),
            true_ended_at: clocks.ended_at.map(Time),
            next_update_at: promise.and_then(|update| update.next_update_at).map(Time),
            environments: vec![environment.as_str()],
        }
    }
}

/// Updates newest first. The postmortem is the last of them, as on Statuspage.
fn updates<'a>(
    incident: &'a Incident,
    standing: &[&'a Update],
    environment: &Slug,
    parts: &Parts<'_>,
) -> Vec<UpdateBody<'a>> {
    let named: Vec<(&AffectedComponent, Named)> = incident
        .components
        .iter()
        .map(|component| (component, parts.named(environment, &component.key, &component.name)))
        .collect();
    let mut bodies: Vec<UpdateBody<'a>> = standing
        .iter()
        // A page that we moved over from told its postmortem as an update.
        .filter(|update| incident.postmortem.is_none() || update.current().state != State::Postmortem)
        .map(|update| {
            let current = update.current();
            let edited_at = (update.versions.len() > 1).then_some(current.written_at).or(current.edited_at);
            UpdateBody {
                id: &update.id,
                status: status(incident.kind, current.state),
                body: &current.body,
                incident_id: incident.id.as_str(),
                created_at: Time(update.published_at),
                updated_at: Time(edited_at.unwrap_or(update.published_at)),
                display_at: Time(update.published_at),
                affected_components: affected(&named, update.published_at),
                deliver_notifications: true,
                custom_tweet: None,
                tweet_id: None,
                next_update_at: update.next_update_at.map(Time),
            }
        })
        .collect();
    if let Some(postmortem) = &incident.postmortem {
        let changed_at = postmortem.versions.last().map_or(postmortem.published_at, |last| last.written_at);
        bodies.push(UpdateBody {
            id: "postmortem",
            status: State::Postmortem.as_str(),
            body: postmortem.body(),
            incident_id: incident.id.as_str(),
            created_at: Time(postmortem.published_at),
            updated_at: Time(changed_at.max(postmortem.published_at)),
            display_at: Time(postmortem.published_at),
            affected_components: None,
            deliver_notifications: true,
            custom_tweet: None,
            tweet_id: None,
            next_update_at: None,
        });
    }
    bodies.reverse();
    bodies
}

/// How the components that were touched by then stood before and after; null where none was, as on
/// Statuspage.
fn affected(named: &[(&AffectedComponent, Named)], at: Timestamp) -> Option<Vec<AffectedBody>> {
    let touched = named
        .iter()
        .filter(|(component, _)| component.windows.first().is_none_or(|(_, window)| window.from <= at));
    let bodies: Vec<_> = touched
        .map(|(component, named)| AffectedBody {
            code: named.id.clone(),
            name: named.full_name.clone(),
            old_status: before(component, at).as_str(),
            new_status: after(component, at).as_str(),
        })
        .collect();
    (!bodies.is_empty()).then_some(bodies)
}

fn before(component: &AffectedComponent, at: Timestamp) -> ComponentState {
    let held = component
        .windows
        .iter()
        .rev()
        .find(|(_, window)| window.from < at && window.until.is_none_or(|until| until >= at));
    held.map_or(ComponentState::Operational, |(state, _)| *state)
}

fn after(component: &AffectedComponent, at: Timestamp) -> ComponentState {
    let holds = component.windows.iter().rev().find(|(_, window)| window.contains(at));
    holds.map_or(ComponentState::Operational, |(state, _)| *state)
}

/// Statuspage has no word for what nobody knows; an incident of ours is then being looked at, or runs.
fn status(kind: Kind, state: State) -> &'static str {
    match (kind, state) {
        (Kind::Incident, State::Unknown) => State::Investigating.as_str(),
        (Kind::Maintenance, State::Unknown) => State::InProgress.as_str(),
        _ => state.as_str(),
    }
}

/// The grade that somebody gave; else, as on Statuspage, what follows from the worst that components came to.
fn impact(incident: &Incident) -> &'static str {
    if incident.impact != Impact::Unknown {
        return incident.impact.as_str();
    }
    if incident.kind == Kind::Maintenance {
        return Impact::Maintenance.as_str();
    }
    let states = incident.components.iter().flat_map(|component| component.windows.iter().map(|(s, _)| *s));
    let worst = states.reduce(ComponentState::worse).unwrap_or(ComponentState::Operational);
    let impact = match worst {
        ComponentState::MajorOutage => Impact::Critical,
        ComponentState::PartialOutage => Impact::Major,
        ComponentState::DegradedPerformance => Impact::Minor,
        _ => Impact::None,
    };
    impact.as_str()
}

/// When anything that everybody sees was last said.
fn changed_at(incident: &Incident, standing: &[&Update]) -> Timestamp {
    let updates = standing.iter().flat_map(|update| &update.versions);
    let postmortem = incident.postmortem.iter().flat_map(|postmortem| &postmortem.versions);
    let written = updates.chain(postmortem).map(|version| version.written_at);
    written.chain(incident.clocks.resolved_at).fold(incident.clocks.published_at, Timestamp::max)
}
