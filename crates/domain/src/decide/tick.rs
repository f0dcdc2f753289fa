//! What time alone changes: a maintenance of our own begins and ends when it was announced to, and an incident
//! that the watch opened is over when reads have stayed well for long enough.

use super::{Draft, watch};
use crate::incident::{Kind, Origin, State};
use crate::timeline::{Actor, Event};

/// Moves what time alone moves. Any other incident is over when somebody says so, and a vendor's when its page
/// does.
pub(super) fn tick(draft: &mut Draft<'_>) {
    maintain(draft);
    watch::settle(draft);
}

/// Moves our own maintenance along its announced window.
fn maintain(draft: &mut Draft<'_>) {
    let Some(incident) = draft.next.clone() else { return };
    let ours = matches!(incident.origin, Origin::Own { .. });
    let Some(window) =
        incident.schedule.filter(|_| ours && incident.kind == Kind::Maintenance && incident.is_live())
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
