//! What must always hold, as predicates: tests run them over random histories, `doctor` over the live
//! database.

use crate::incident::Incident;
use crate::timeline::{Entry, Event};

/// A broken invariant, as a sentence that names the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

/// Checks an incident against its timeline.
pub fn check(incident: &Incident, timeline: &[Entry]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut broken = |holds: bool, what: &str| {
        if !holds {
            violations.push(Violation(format!("incident `{}`: {what}", incident.id)));
        }
    };
    let gapless = timeline.iter().zip(1..).all(|(entry, seq)| entry.seq == seq);
    broken(gapless, "the timeline has a gap or a doubled entry");
    let last = timeline.last().map_or(0, |entry| entry.seq);
    broken(incident.version == last, "the version is not that of the last entry");
    let openings = timeline.iter().filter(|entry| matches!(entry.event, Event::Opened { .. })).count();
    broken(openings == 1, "it was not opened exactly once");
    broken(
        Incident::replay(&incident.id, timeline).as_ref() == Some(incident),
        "it is not what follows from its timeline",
    );
    let versions = incident.updates.iter().all(|update| !update.versions.is_empty());
    broken(versions, "an update has no version");
    let mut ids: Vec<_> = incident.updates.iter().map(|update| &update.id).collect();
    ids.sort_unstable();
    ids.dedup();
    broken(ids.len() == incident.updates.len(), "an update is doubled");
    let ordered = incident.updates.is_sorted_by_key(|update| update.published_at);
    broken(ordered, "the updates are not in order of publication");
    broken(
        incident.clocks.resolved_at.is_none() || incident.state.is_over(),
        "it has an end though it is not over",
    );
    broken(!incident.state.is_over() || incident.clocks.resolved_at.is_some(), "it is over but has no end");
    let windows = incident.components.iter().flat_map(|component| component.windows.iter());
    let open_windows = windows.filter(|(_, window)| window.until.is_none()).count();
    broken(!incident.state.is_over() || open_windows == 0, "it is over but a component is still affected");
    broken(
        incident.merged_into.as_ref() != Some(&incident.id) && !incident.absorbed.contains(&incident.id),
        "it is merged with itself",
    );
    violations
}
