//! Moving over: what another page of ours told, judged before it is recorded as our own.
//!
//! This never changes what is recorded already, and never tells anybody.

use super::super::{Draft, Refusal, vendor};
use super::{BODY_LIMIT, TITLE_LIMIT, check_order, check_text};
use crate::id::Slug;
use crate::incident::State;
use crate::observation::IncidentObservation;
use crate::timeline::Actor;
use jiff::Timestamp;

pub(super) fn import(
    draft: &mut Draft<'_>,
    actor: &Actor,
    environment: &Slug,
    told: &IncidentObservation,
) -> Result<(), Refusal> {
    draft.silent = true;
    if draft.next.is_some() {
        return Ok(());
    }
    check_text("title", &told.title, TITLE_LIMIT)?;
    let bodies = told.updates.iter().map(|update| &update.body);
    for body in bodies.chain(told.postmortem.iter().map(|postmortem| &postmortem.body)) {
        check_length(body)?;
    }
    check_state(told)?;
    check_times(told, draft.now)?;
    vendor::imported(draft, actor, environment, told);
    Ok(())
}

/// Other pages have updates without words; what is too long for ours is refused all the same.
fn check_length(body: &str) -> Result<(), Refusal> {
    let limit = BODY_LIMIT;
    if body.len() > limit { Err(Refusal::TooLong { field: "body", limit }) } else { Ok(()) }
}

/// An incident of which nobody says whether it is over would stand open for ever.
fn check_state(told: &IncidentObservation) -> Result<(), Refusal> {
    let (kind, state) = (told.kind, told.state);
    if state == State::Unknown || !state.suits(kind) {
        return Err(Refusal::WrongState { kind, state });
    }
    Ok(())
}

/// What was told lies behind us; only the window of a maintenance may lie ahead.
fn check_times(told: &IncidentObservation, now: Timestamp) -> Result<(), Refusal> {
    if let Some(schedule) = told.schedule {
        check_order(Some(schedule.from), schedule.until)?;
    }
    // Pages are resolved before they were published now and then: what they say stays as they said it.
    let updates = told.updates.iter().flat_map(|update| {
        let repeats = update.repeats.iter().map(|(_, at)| *at);
        [Some(update.published_at), update.edited_at].into_iter().flatten().chain(repeats)
    });
    let postmortem = told.postmortem.iter().filter_map(|postmortem| postmortem.published_at);
    if told.published_at > now || updates.chain(postmortem).any(|at| at > now) {
        return Err(Refusal::InTheFuture("published_at"));
    }
    match told.resolved_at {
        Some(at) if at > now => Err(Refusal::InTheFuture("resolved_at")),
        _ => Ok(()),
    }
}
