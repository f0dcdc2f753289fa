//! What time alone changes: a maintenance of our own begins and ends when it was announced to, an incident that
//! the watch opened is over when reads have stayed well for long enough, what a machine wrote becomes public
//! when nobody objected, and the team is reminded of what it promised.

use super::{Draft, watch};
use crate::incident::{Called, Incident, Kind, Origin, Publication, State, Visibility};
use crate::promise;
use crate::timeline::{Actor, Event};
use jiff::Timestamp;

/// Moves what time alone moves. Any other incident is over when somebody says so, and a vendor's when its page
/// does.
pub(super) fn tick(draft: &mut Draft<'_>) {
    if !draft.next.as_ref().is_some_and(is_ours) {
        return;
    }
    maintain(draft);
    watch::settle(draft);
    publish(draft);
    call(draft);
}

/// When time alone changes something next. A tick before that changes nothing.
pub fn due_at(incident: &Incident) -> Option<Timestamp> {
    if !is_ours(incident) || !incident.is_live() {
        return None;
    }
    let maintained = incident.schedule.filter(|_| incident.kind == Kind::Maintenance).and_then(|window| {
        match incident.state {
            State::Scheduled => Some(window.from),
            State::InProgress | State::Verifying => window.until,
            _ => None,
        }
    });
    let published = match incident.publication {
        Publication::At(at) if !incident.state.is_over() => Some(at),
        _ => None,
    };
    let called = promise::pending(incident).and_then(|promise| promise.next_call_at());
    [maintained, watch::settles_at(incident), published, called].into_iter().flatten().min()
}

fn is_ours(incident: &Incident) -> bool {
    matches!(incident.origin, Origin::Own { .. })
}

/// Moves our own maintenance along its announced window.
fn maintain(draft: &mut Draft<'_>) {
    let Some(incident) = draft.next.clone() else { return };
    let Some(window) = incident.schedule.filter(|_| incident.kind == Kind::Maintenance && incident.is_live())
    else {
        return;
    };
    if incident.state == State::Scheduled && window.from <= draft.now {
        draft.record(&Actor::Clock, Event::StateChanged { to: State::InProgress, at: window.from });
    }
    let running =
        draft.next.as_ref().is_some_and(|next| matches!(next.state, State::InProgress | State::Verifying));
    if let Some(until) = window.until.filter(|until| running && *until <= draft.now) {
        draft.record(&Actor::Clock, Event::StateChanged { to: State::Completed, at: until });
    }
}

/// Publishes what a machine wrote, as it last wrote it. Where a person has spoken meanwhile, or it is over, the
/// moment has passed: it waits for a person.
fn publish(draft: &mut Draft<'_>) {
    let Some(incident) = draft.next.clone() else { return };
    let Publication::At(at) = incident.publication else { return };
    if at > draft.now || incident.state.is_over() || !incident.is_live() {
        return;
    }
    let by_watch = |actor: &Actor| matches!(actor, Actor::Watch(_));
    let last = incident.updates.iter().rev().find(|update| by_watch(&update.current().actor));
    let (Some(last), None) = (last, &incident.watching.person) else {
        draft.record(&Actor::Clock, Event::PublicationPlanned { at: None });
        return;
    };
    draft.record(&Actor::Clock, Event::VisibilityChanged { to: Visibility::Public });
    // What was promised inside binds from now on.
    let promised = last.next_update_at.map(|promised| promised.duration_since(last.published_at));
    let event = Event::UpdatePosted {
        update: format!("{}-public", last.id),
        state: incident.state,
        body: last.current().body.clone(),
        published_at: draft.now,
        edited_at: None,
        next_update_at: promised.and_then(|promised| draft.now.checked_add(promised).ok()),
    };
    draft.record(&Actor::Clock, event);
}

/// Reminds the team of what was promised, and says when it is late. Where no person speaks for the incident, the
/// promise was a machine's, which keeps it.
fn call(draft: &mut Draft<'_>) {
    let Some(incident) = draft.next.clone() else { return };
    let Some(promise) = promise::pending(&incident) else { return };
    if promise.next_call_at().is_none_or(|at| at > draft.now) {
        return;
    }
    if watch::keep_promise(draft, &incident, &promise) {
        return;
    }
    let lapsed = draft.now > promise.due_at;
    if lapsed || promise.called == Called::No {
        draft.record(&Actor::Clock, Event::PromiseCalled { update: promise.update, lapsed });
    }
}
