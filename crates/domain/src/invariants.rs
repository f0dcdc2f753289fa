//! What must always hold, as predicates: tests run them over random histories, `doctor` over the live
//! database.

use crate::incident::{Called, Incident, Publication, Visibility, Watching};
use crate::time::Window;
use crate::timeline::{Actor, Entry, Event};

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
    watching(incident, timeline, &mut broken);
    visibility(incident, timeline, &mut broken);
    violations
}

/// What holds of who sees what, and of promises.
fn visibility(incident: &Incident, timeline: &[Entry], broken: &mut impl FnMut(bool, &str)) {
    let planned = incident.publication != Publication::None;
    broken(!planned || !incident.is_public(), "a publication is planned though it is public");
    let promised = incident.updates.iter().all(|update| {
        let lies_ahead = update.next_update_at.is_none_or(|due_at| due_at > update.published_at);
        let called_for = update.called == Called::No || update.next_update_at.is_some();
        lies_ahead && called_for
    });
    broken(promised, "an update promises what is past, or the team was told of a promise that nobody made");
    broken(keeps_inside(incident, timeline), "what was said inside became public, or the other way round");
}

/// Every update has the visibility that the incident had when it was posted.
fn keeps_inside(incident: &Incident, timeline: &[Entry]) -> bool {
    let mut now = Visibility::Public;
    let mut posted: Vec<(&str, Visibility)> = Vec::new();
    for entry in timeline {
        match &entry.event {
            Event::VisibilityChanged { to } => now = *to,
            Event::UpdatePosted { update, .. } => {
                posted.retain(|(id, _)| id != update);
                posted.push((update, now));
            }
            _ => {}
        }
    }
    now == incident.visibility
        && incident.updates.iter().all(|update| posted.contains(&(&update.id, update.visibility)))
}

/// What holds of an incident because of the watches in it.
fn watching(incident: &Incident, timeline: &[Entry], broken: &mut impl FnMut(bool, &str)) {
    let watches = &incident.watching.watches;
    let mut databases: Vec<_> = watches.iter().map(|watch| &watch.database).collect();
    databases.sort_unstable();
    databases.dedup();
    broken(databases.len() == watches.len(), "a database is watched twice in it");
    let in_order = watches.iter().all(|watch| {
        let (last, earlier) = watch.stalls.split_last().unzip();
        let ended = |window: &Window| window.until.is_some_and(|until| until >= window.from);
        earlier.is_none_or(|earlier: &[Window]| earlier.iter().all(ended))
            && last.is_none_or(|last: &Window| last.until.is_none() || ended(last))
    });
    broken(in_order, "a stall ends before it begins, or another began before it ended");
    let clocks = &incident.clocks;
    if let Some(window) = incident.watching.stalled_window().filter(|_| !incident.watching.person_gave_window)
    {
        let kept = (clocks.began_at, clocks.ended_at) == (Some(window.from), window.until);
        broken(kept, "its true window is not that of the stalls which the watch saw");
    }
    broken(tells_only_news(timeline), "the watch told the public something though nothing had changed");
    broken(leaves_word_to_people(timeline), "the watch spoke though a person speaks for it");
}

/// Before each public update of a watch stands a judgement of its database that no earlier update told.
fn tells_only_news(timeline: &[Entry]) -> bool {
    let mut untold = Vec::new();
    timeline.iter().all(|entry| match (&entry.actor, &entry.event) {
        (_, Event::Judged(judgement)) => {
            untold.push(&judgement.database);
            true
        }
        (Actor::Watch(database), Event::UpdatePosted { .. }) => {
            let before = untold.len();
            untold.retain(|judged| *judged != database);
            untold.len() < before
        }
        _ => true,
    })
}

/// Once a person speaks, the watch records facts and evidence, and no more.
fn leaves_word_to_people(timeline: &[Entry]) -> bool {
    let mut watching = Watching::default();
    timeline.iter().all(|entry| {
        let by_watch = matches!(entry.actor, Actor::Watch(_));
        let is_record = matches!(entry.event, Event::Judged(_) | Event::TrueWindowSet { .. });
        let keeps_still = watching.person.is_none() || !by_watch || is_record;
        watching.note(entry);
        keeps_still
    })
}
