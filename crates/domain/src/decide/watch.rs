//! What the watch over a database saw, against what is known of the incident: evidence is recorded as it
//! changes, the public is told what matters, and where a person speaks the watch only proposes.
//!
//! Nothing here depends on how often it is asked: the same verdict twice changes nothing.

mod choose;
mod news;
mod prose;

pub use choose::{choose, joins};

use super::{Draft, Refusal};
use crate::advice::Advised;
use crate::detect::{Severity, Verdict};
use crate::hypothesis::Hypothesis;
use crate::incident::{Incident, Kind, Origin, State, Visibility};
use crate::judgement::{Change, Judgement, Publishing, Watched};
use crate::observation::ComponentChange;
use crate::promise::Promise;
use crate::timeline::{Actor, Event};
use crate::{ComponentState, Impact};
use jiff::{SignedDuration, Timestamp};
use news::News;

/// A verdict on a database, as it stands now.
pub(super) fn judged(
    draft: &mut Draft<'_>,
    watched: &Watched,
    verdict: &Verdict,
    hypotheses: &[Hypothesis],
) -> Result<(), Refusal> {
    if draft.next.is_none() && verdict.severity == Severity::Strain {
        return Err(Refusal::OnlyStrained);
    }
    check_place(draft, watched)?;
    let judgement = |verdict: &Verdict| Judgement::of(watched, verdict, hypotheses, Change::Began, draft.now);
    let latest = judgement(verdict);
    // A stall that came and went before anybody could record it is told from its beginning.
    if latest.ended_at.is_some() && latest.is_stall() && is_unheard_of(draft, &latest) {
        let standing = judgement(&Verdict { ended_at: None, ..verdict.clone() });
        follow(draft, watched, standing)?;
    }
    follow(draft, watched, latest)
}

/// Something would serve a query that the incident blames. It is said as long as the incident is known, also when it
/// is over: the next one is to be prevented.
pub(super) fn advised(draft: &mut Draft<'_>, advised: &Advised) -> Result<(), Refusal> {
    if !draft.incident()?.is_live() {
        return Err(Refusal::NotLive);
    }
    draft.record(&Actor::Watch(advised.database.clone()), Event::Advised(Box::new(advised.clone())));
    Ok(())
}

/// Reads are well, though the incident says that they stall.
pub(super) fn found_well(draft: &mut Draft<'_>, watched: &Watched, since: Timestamp) -> Result<(), Refusal> {
    check_place(draft, watched)?;
    let Some(watch) = draft.incident()?.watching.of(&watched.database).filter(|watch| watch.is_stalled())
    else {
        return Ok(());
    };
    let mut judgement = watch.latest.clone();
    let ended_at = since.min(draft.now).max(judgement.began_at);
    judgement.ended_at = Some(ended_at);
    judgement.quiet_until = ended_at.checked_add(watched.quiet_for).ok();
    judgement.evidence.clear();
    "reads are well; nobody watched at the moment in which they recovered"
        .clone_into(&mut judgement.sentence);
    follow(draft, watched, judgement)
}

fn check_place(draft: &Draft<'_>, watched: &Watched) -> Result<(), Refusal> {
    match draft.next.as_ref().map(|incident| &incident.origin) {
        Some(Origin::Vendor { vendor, .. }) => Err(Refusal::BelongsToVendor(vendor.clone())),
        Some(Origin::Own { environment }) if *environment != watched.environment => {
            Err(Refusal::OtherEnvironment(watched.environment.clone()))
        }
        _ => Ok(()),
    }
}

fn is_unheard_of(draft: &Draft<'_>, judgement: &Judgement) -> bool {
    let incident = draft.next.as_ref();
    let known = incident.and_then(|incident| incident.watching.of(&judgement.database));
    known.is_none_or(|watch| !watch.is_stalled() && watch.latest.detected_at < judgement.detected_at)
}

/// Records a judgement if it is news, and tells the public what it has not been told.
fn follow(draft: &mut Draft<'_>, watched: &Watched, mut judgement: Judgement) -> Result<(), Refusal> {
    let actor = Actor::Watch(watched.database.clone());
    if draft.next.is_none() {
        draft.record(&actor, opened(draft, watched, &judgement));
        plan_publication(draft, &actor, watched);
    }
    let incident = draft.incident()?;
    let known = incident.watching.of(&watched.database);
    if let Some(change) = news::change(known, &judgement, draft.now) {
        judgement.change = change;
        judgement.proposes = proposal(incident, &judgement);
        draft.record(&actor, Event::Judged(Box::new(judgement)));
    }
    set_true_window(draft, &actor);
    speak(draft, &actor, watched);
    Ok(())
}

fn opened(draft: &Draft<'_>, watched: &Watched, judgement: &Judgement) -> Event {
    Event::Opened {
        origin: Origin::Own { environment: watched.environment.clone() },
        kind: Kind::Incident,
        title: prose::title(watched),
        impact: judgement.impact(),
        state: State::Investigating,
        published_at: draft.now,
    }
}

/// What a machine opens is public at once, later, or when a person says so. Under a maintenance that explains it
/// nothing is public before the maintenance was announced to end.
fn plan_publication(draft: &mut Draft<'_>, actor: &Actor, watched: &Watched) {
    let wait = match (watched.publishing, &watched.maintenance) {
        (Publishing::Automatic, None) => return,
        (Publishing::Automatic, Some(_)) => Some(SignedDuration::ZERO),
        (Publishing::After(wait), _) => Some(wait),
        (Publishing::Draft, _) => None,
    };
    let earliest = wait.and_then(|wait| draft.now.checked_add(wait).ok());
    let at = match &watched.maintenance {
        None => earliest,
        Some(maintenance) => earliest.zip(maintenance.until).map(|(earliest, until)| earliest.max(until)),
    };
    draft.record(actor, Event::VisibilityChanged { to: Visibility::Internal });
    draft.record(actor, Event::PublicationPlanned { at });
    if let Some(maintenance) = &watched.maintenance {
        draft.record(actor, Event::Noted { body: prose::maintained(maintenance) });
    }
}

/// Where a person speaks, the watch says which state it would give.
fn proposal(incident: &Incident, judgement: &Judgement) -> Option<State> {
    incident.watching.person.as_ref()?;
    let others_stall = incident
        .watching
        .watches
        .iter()
        .any(|watch| watch.database != judgement.database && watch.is_stalled());
    let wanted = match judgement.change {
        Change::Quiet => State::Resolved,
        Change::Recovered if !others_stall => State::Monitoring,
        Change::Began | Change::Relapsed | Change::Worse if judgement.is_stall() => State::Investigating,
        _ => return None,
    };
    let open_states = [State::Investigating, State::Identified];
    let already = incident.state == wanted
        || incident.state.is_over() && wanted != State::Investigating
        || wanted == State::Investigating && open_states.contains(&incident.state);
    (!already).then_some(wanted)
}

/// When users truly felt it is a fact and no public word: it is kept unless a person gave it.
fn set_true_window(draft: &mut Draft<'_>, actor: &Actor) {
    let Some(incident) = &draft.next else { return };
    let Some(window) = incident.watching.stalled_window() else { return };
    let known = (incident.clocks.began_at, incident.clocks.ended_at);
    if !incident.watching.person_gave_window && known != (Some(window.from), window.until) {
        draft.record(actor, Event::TrueWindowSet { began_at: Some(window.from), ended_at: window.until });
    }
}

/// Tells the public what it has not been told, unless a person speaks.
fn speak(draft: &mut Draft<'_>, actor: &Actor, watched: &Watched) {
    let Some(incident) = draft.next.clone().filter(may_speak) else { return };
    let Some(watch) = incident.watching.of(&watched.database).filter(|watch| !watch.stalls.is_empty()) else {
        return;
    };
    let news = news::untold(watch).filter(|news| news::may_be_told(*news, watch, draft.now));
    let Some(target) = target_state(&incident, news) else { return };
    if incident.watching.is_stalled() {
        raise_impact(draft, actor, &incident, watch.latest.impact());
    }
    let update = news.map(|news| {
        let body = prose::body(news, watched, watch, &incident, draft.now);
        let promised = watched.promise.and_then(|promise| draft.now.checked_add(promise).ok());
        post(draft, actor, "watch", (target, body), promised)
    });
    let at = draft.now;
    // First, because nothing can be affected by an incident that is over.
    if incident.state != target {
        draft.record(actor, Event::StateChanged { to: target, at });
    }
    for change in component_changes(&incident, watched, &watch.latest) {
        draft.change_component(actor, update.as_deref(), &change, at);
    }
}

fn may_speak(incident: &Incident) -> bool {
    incident.watching.person.is_none() && incident.is_live()
}

/// The state in which the incident should be. `None` where it is over and nothing stalls: only a tick ends one,
/// and only a stall opens one again.
fn target_state(incident: &Incident, news: Option<News>) -> Option<State> {
    match (incident.watching.is_stalled(), incident.state) {
        (true, _) if news == Some(News::Identified) => Some(State::Identified),
        (true, state @ (State::Investigating | State::Identified)) => Some(state),
        (true, _) => Some(State::Investigating),
        (false, state) if state.is_over() => None,
        (false, _) => Some(State::Monitoring),
    }
}

/// An incident is as grave as it ever was.
fn raise_impact(draft: &mut Draft<'_>, actor: &Actor, incident: &Incident, impact: Impact) {
    let grave = |impact: Impact| impact.implied_state(Kind::Incident).badness();
    if grave(impact) > grave(incident.impact) {
        draft.record(actor, Event::ImpactChanged { to: impact });
    }
}

/// While reads stall, its components are at least as bad as that; when none of its databases stalls any more,
/// all are well.
fn component_changes(incident: &Incident, watched: &Watched, judgement: &Judgement) -> Vec<ComponentChange> {
    if !incident.watching.is_stalled() {
        let open = |key| incident.component_state(key).is_some();
        let affected = incident.components.iter().filter(|component| open(&component.key));
        return affected
            .map(|component| ComponentChange {
                key: component.key.clone(),
                name: component.name.clone(),
                to: ComponentState::Operational,
            })
            .collect();
    }
    if !incident.watching.of(&watched.database).is_some_and(crate::incident::Watch::is_stalled) {
        return Vec::new();
    }
    let to = judgement.impact().implied_state(Kind::Incident);
    let worse = |key| incident.component_state(key).is_none_or(|known| known.badness() < to.badness());
    let affected = watched.affects.iter().filter(|(key, _)| worse(key));
    affected.map(|(key, name)| ComponentChange { key: key.clone(), name: name.clone(), to }).collect()
}

fn post(
    draft: &mut Draft<'_>,
    actor: &Actor,
    prefix: &str,
    (state, body): (State, String),
    next_update_at: Option<Timestamp>,
) -> String {
    let version = draft.next.as_ref().map_or(0, |incident| incident.version);
    let is_taken = |id: &str| draft.next.as_ref().is_some_and(|incident| incident.update(id).is_some());
    let update = (version + 1..=u32::MAX)
        .map(|n| format!("{prefix}-{n}"))
        .find(|id| !is_taken(id))
        .unwrap_or_default();
    let event = Event::UpdatePosted {
        update: update.clone(),
        state,
        body,
        published_at: draft.now,
        edited_at: None,
        next_update_at,
    };
    draft.record(actor, event);
    update
}

/// Reads have stayed well for long enough: the incident is over, or a person is told that it may be.
pub(super) fn settle(draft: &mut Draft<'_>) {
    let Some(incident) = draft.next.clone().filter(Incident::is_open) else { return };
    let Some(watch) = incident.watching.last_to_recover() else { return };
    let is_due = watch.quiet_until.is_some_and(|quiet_until| quiet_until <= draft.now);
    if !is_due || watch.latest.change == Change::Quiet {
        return;
    }
    let actor = Actor::Watch(watch.database.clone());
    let mut judgement = watch.latest.clone();
    judgement.change = Change::Quiet;
    judgement.proposes = proposal(&incident, &judgement);
    draft.record(&actor, Event::Judged(Box::new(judgement)));
    if may_speak(&incident) {
        post(draft, &actor, "watch", (State::Resolved, prose::resolved(&incident)), None);
        draft.record(&actor, Event::StateChanged { to: State::Resolved, at: draft.now });
    }
}

/// When [`settle`] finds something to do.
pub(super) fn settles_at(incident: &Incident) -> Option<Timestamp> {
    let watch = Some(incident).filter(|incident| incident.is_open())?.watching.last_to_recover()?;
    watch.quiet_until.filter(|_| watch.latest.change != Change::Quiet)
}

/// Says that it goes on, where the watch alone speaks: what a machine promises it keeps. False where a person
/// has to.
pub(super) fn keep_promise(draft: &mut Draft<'_>, incident: &Incident, promise: &Promise) -> bool {
    if !may_speak(incident) || incident.watching.watches.is_empty() {
        return false;
    }
    let length = promise.due_at.duration_since(promise.made_at);
    let promised = draft.now.checked_add(length).ok();
    let body = prose::still(incident, draft.now);
    post(draft, &Actor::Clock, "clock", (incident.state, body), promised);
    true
}

#[cfg(test)]
mod tests;
