//! What a page shows, against what is known of the incident: a vendor's page, or the one from which a team
//! moves over.

use super::Draft;
use crate::ComponentState;
use crate::id::Slug;
use crate::incident::{Incident, Origin, State, Update};
use crate::observation::{ComponentChange, IncidentObservation, PostmortemObservation, UpdateObservation};
use crate::timeline::{Actor, Event};
use jiff::Timestamp;

/// The incident as it stands on the page.
pub(super) fn seen(draft: &mut Draft<'_>, vendor: &Slug, observed: &IncidentObservation, complete: bool) {
    let actor = Actor::Vendor(vendor.clone());
    if draft.next.is_none() {
        let origin = Origin::Vendor { vendor: vendor.clone(), external_id: observed.external_id.clone() };
        draft.record(&actor, opened(origin, observed));
    }
    tell(draft, &actor, observed, complete);
}

/// The incident of our own that was told on another page before: everything at its own time.
pub(super) fn imported(draft: &mut Draft<'_>, actor: &Actor, environment: &Slug, told: &IncidentObservation) {
    let origin = Origin::Own { environment: environment.clone() };
    draft.record(actor, opened(origin, told));
    tell(draft, actor, told, false);
}

/// Records what differs from what is known.
fn tell(draft: &mut Draft<'_>, actor: &Actor, observed: &IncidentObservation, complete: bool) {
    let Some(incident) = draft.next.clone() else { return };
    facts(draft, actor, &incident, observed);
    for update in &observed.updates {
        see_update(draft, actor, update);
    }
    if complete {
        find_withdrawn_updates(draft, actor, observed);
    }
    listed_components(draft, actor, observed);
    state(draft, actor, observed);
    if let Some(postmortem) = &observed.postmortem {
        see_postmortem(draft, actor, postmortem, observed);
    }
}

/// The incident is no longer on the page.
pub(super) fn missing(draft: &mut Draft<'_>, vendor: &Slug) {
    if draft.next.as_ref().is_some_and(|incident| incident.withdrawn_at.is_none()) {
        draft.record(&Actor::Vendor(vendor.clone()), Event::Withdrawn);
    }
}

fn opened(origin: Origin, observed: &IncidentObservation) -> Event {
    Event::Opened {
        origin,
        kind: observed.kind,
        title: observed.title.clone(),
        impact: observed.impact,
        // The state in which it began; the present one follows below.
        state: observed.updates.first().map_or(observed.state, |update| update.state),
        published_at: observed.published_at,
    }
}

fn facts(draft: &mut Draft<'_>, actor: &Actor, known: &Incident, observed: &IncidentObservation) {
    if known.withdrawn_at.is_some() {
        draft.record(actor, Event::Restored);
    }
    if known.title != observed.title && !observed.title.is_empty() {
        draft.record(actor, Event::Retitled { to: observed.title.clone() });
    }
    if known.impact != observed.impact {
        draft.record(actor, Event::ImpactChanged { to: observed.impact });
    }
    if observed.url.is_some() && known.url != observed.url {
        draft.record(actor, Event::Linked { to: observed.url.clone() });
    }
    if observed.schedule.is_some() && known.schedule != observed.schedule {
        draft.record(actor, Event::Rescheduled { to: observed.schedule });
    }
}

fn see_update(draft: &mut Draft<'_>, actor: &Actor, observed: &UpdateObservation) {
    let known = draft.next.as_ref().and_then(|incident| incident.update(&observed.external_id)).cloned();
    match known {
        Some(known) if known.withdrawn_at.is_none() => see_edit(draft, actor, &known, observed),
        _ => post(draft, actor, observed),
    }
    for (repeat, published_at) in &observed.repeats {
        let Some(incident) = &draft.next else { return };
        if let Some(known) = incident.update(repeat).cloned() {
            // It once stood for itself and was edited to say what its neighbour says.
            see_edit(draft, actor, &known, observed);
        } else if !knows_repeat(incident, &observed.external_id, repeat) {
            let event = Event::UpdateRepeated {
                update: observed.external_id.clone(),
                repeat: repeat.clone(),
                published_at: *published_at,
            };
            draft.record(actor, event);
        }
    }
    draft.change_components(actor, &observed.external_id, &observed.components, observed.published_at);
}

fn post(draft: &mut Draft<'_>, actor: &Actor, observed: &UpdateObservation) {
    let event = Event::UpdatePosted {
        next_update_at: None,
        update: observed.external_id.clone(),
        state: observed.state,
        body: observed.body.clone(),
        published_at: observed.published_at,
        edited_at: observed.edited_at,
    };
    draft.record(actor, event);
}

fn see_edit(draft: &mut Draft<'_>, actor: &Actor, known: &Update, observed: &UpdateObservation) {
    let current = known.current();
    if current.body == observed.body && current.state == observed.state {
        return;
    }
    let event = Event::UpdateEdited {
        update: known.id.clone(),
        state: observed.state,
        body: observed.body.clone(),
        edited_at: observed.edited_at,
    };
    draft.record(actor, event);
}

fn knows_repeat(incident: &Incident, update: &str, repeat: &str) -> bool {
    incident.update(update).is_some_and(|update| update.repeats.iter().any(|known| known.id == repeat))
}

fn find_withdrawn_updates(draft: &mut Draft<'_>, actor: &Actor, observed: &IncidentObservation) {
    let is_shown = |id: &str| {
        observed
            .updates
            .iter()
            .any(|u| u.external_id == id || u.repeats.iter().any(|(repeat, _)| repeat == id))
    };
    let gone: Vec<String> = draft
        .next
        .iter()
        .flat_map(|incident| &incident.updates)
        .filter(|update| update.withdrawn_at.is_none() && !is_shown(&update.id))
        .map(|update| update.id.clone())
        .collect();
    for update in gone {
        draft.record(actor, Event::UpdateWithdrawn { update });
    }
}

/// Components that the page lists without saying how they are. Their state is what the incident's grade
/// implies while it is open, and theirs is the window from then on.
fn listed_components(draft: &mut Draft<'_>, actor: &Actor, observed: &IncidentObservation) {
    let Some(incident) = draft.next.clone() else { return };
    for (key, name) in &observed.components {
        if incident.components.iter().any(|component| &component.key == key) {
            continue;
        }
        let to = match observed.state {
            State::Scheduled => ComponentState::Unknown,
            _ => observed.impact.implied_state(observed.kind),
        };
        let change = ComponentChange { key: key.clone(), name: name.clone(), to };
        draft.change_component(actor, None, &change, incident.clocks.published_at);
    }
}

/// Moves the incident to the state that the page gives, and its end to where the page puts it.
fn state(draft: &mut Draft<'_>, actor: &Actor, observed: &IncidentObservation) {
    let Some(incident) = draft.next.clone() else { return };
    let ended = observed.resolved_at.or_else(|| latest(observed, State::is_over));
    if incident.state != observed.state {
        let announced =
            if observed.state.is_over() { ended } else { latest(observed, |state| state == observed.state) };
        let at = announced.unwrap_or(draft.now);
        draft.record(actor, Event::StateChanged { to: observed.state, at });
    }
    let recorded = draft.next.as_ref().and_then(|incident| incident.clocks.resolved_at);
    if observed.state.is_over() && ended.is_some() && recorded != ended {
        draft.record(actor, Event::ResolvedAtChanged { to: ended });
    }
}

fn latest(observed: &IncidentObservation, wanted: impl Fn(State) -> bool) -> Option<Timestamp> {
    // A postmortem comes after the end; it is not the end.
    let says = |update: &&UpdateObservation| wanted(update.state) && update.state != State::Postmortem;
    observed.updates.iter().rev().find(says).map(|update| update.published_at)
}

fn see_postmortem(
    draft: &mut Draft<'_>,
    actor: &Actor,
    seen: &PostmortemObservation,
    whole: &IncidentObservation,
) {
    let Some(incident) = &draft.next else { return };
    let known = incident.postmortem.as_ref();
    if known.is_some_and(|postmortem| postmortem.body() == seen.body) {
        return;
    }
    let published_at = match (known, seen.published_at) {
        // A later version keeps the day on which the first appeared.
        (Some(known), _) => known.published_at,
        (None, Some(at)) => at,
        (None, None) => latest(whole, |_| true).unwrap_or(draft.now),
    };
    draft.record(actor, Event::PostmortemPublished { body: seen.body.clone(), published_at });
}
