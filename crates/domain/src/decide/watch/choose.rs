//! Which incident a verdict belongs to. Asked before deciding, because only the caller knows which incidents
//! there are.

use crate::incident::{Incident, Kind, Origin};
use crate::judgement::Watched;
use jiff::{SignedDuration, Timestamp};

/// How long after its end an incident is opened again rather than a new one.
const SAME_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// The incident among these to which a verdict on this database belongs at `now`; `None` means that a new one
/// should be opened, if the verdict is worth it. To be given all incidents of the environment that are open,
/// or were in the last hour, or whose true end is not known.
pub fn choose<'a>(incidents: &'a [Incident], watched: &Watched, now: Timestamp) -> Option<&'a Incident> {
    let joined = incidents.iter().filter(|incident| joins(incident, watched, now));
    let best = joined.max_by_key(|incident| {
        let known = incident.watching.of(&watched.database);
        let stalled = known.is_some_and(crate::incident::Watch::is_stalled);
        // Where it lives on before where it came from; then where it is known; then the newest.
        (incident.is_live(), stalled, known.is_some(), incident.clocks.published_at, &incident.id)
    })?;
    let into = best.merged_into.as_ref().and_then(|into| incidents.iter().find(|other| &other.id == into));
    Some(into.filter(|into| into.is_open() && is_place(into, watched)).unwrap_or(best))
}

/// Whether a verdict on this database at `now` belongs to that incident.
pub fn joins(incident: &Incident, watched: &Watched, now: Timestamp) -> bool {
    if !is_place(incident, watched) {
        return false;
    }
    let known = incident.watching.of(&watched.database);
    if known.is_some_and(crate::incident::Watch::is_stalled) {
        // The same stall goes on, whatever people have declared meanwhile: it is no second incident.
        return true;
    }
    if incident.is_open() {
        let stalls_together = !incident.watching.watches.is_empty();
        return stalls_together || shares_components(incident, watched);
    }
    let closed_by_watch = incident.is_live() && incident.watching.person.is_none();
    let just_over =
        incident.clocks.resolved_at.is_some_and(|resolved_at| now.duration_since(resolved_at) < SAME_AGAIN);
    known.is_some() && closed_by_watch && just_over
}

fn is_place(incident: &Incident, watched: &Watched) -> bool {
    let own = matches!(&incident.origin, Origin::Own { environment } if *environment == watched.environment);
    own && incident.kind == Kind::Incident
}

fn shares_components(incident: &Incident, watched: &Watched) -> bool {
    incident.components.iter().any(|own| watched.affects.iter().any(|(key, _)| key == &own.key))
}
