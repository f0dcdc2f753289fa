//! What a person wants, judged before it is recorded.

mod import;

use super::{Command, Draft, PROMISE_DAYS, Refusal};
use crate::incident::{Incident, Kind, Origin, Publication, State, Visibility};
use crate::timeline::{Actor, Event};
use jiff::{SignedDuration, Timestamp};

/// Longest title, in bytes. Longer ones are paragraphs that belong into an update.
pub(super) const TITLE_LIMIT: usize = 256;
/// Longest text of an update or postmortem, in bytes: rendering hostile Markdown stays below 100 ms.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

/// Judges a command and records what follows.
pub(super) fn command(draft: &mut Draft<'_>, by: &str, command: &Command) -> Result<(), Refusal> {
    let actor = Actor::Person(by.to_owned());
    match command {
        Command::Open { .. } => return open(draft, &actor, command),
        Command::Backfill { .. } => return backfill(draft, &actor, command),
        Command::Import { environment, incident } => {
            return import::import(draft, &actor, environment, incident);
        }
        _ => {}
    }
    let incident = draft.incident()?.clone();
    if let Some(event) = merge_event(&incident, command)? {
        draft.record(&actor, event);
        return Ok(());
    }
    if let Origin::Vendor { vendor, .. } = &incident.origin {
        return may_touch_vendors(command, vendor).and_then(|()| change(draft, &actor, &incident, command));
    }
    if !incident.is_live() && *command != Command::Restore {
        return Err(Refusal::NotLive);
    }
    change(draft, &actor, &incident, command)
}

/// What a vendor told stays as it told it; people may only add what they know of the true window.
fn may_touch_vendors(command: &Command, vendor: &crate::Slug) -> Result<(), Refusal> {
    match command {
        Command::SetTrueWindow { .. } => Ok(()),
        _ => Err(Refusal::BelongsToVendor(vendor.clone())),
    }
}

/// Merging is ours to decide, also between incidents of vendors.
fn merge_event(incident: &Incident, command: &Command) -> Result<Option<Event>, Refusal> {
    let (Command::MergeInto { other } | Command::Absorb { other }) = command else { return Ok(None) };
    if other == &incident.id {
        return Err(Refusal::SameIncident);
    }
    if !incident.is_live() {
        return Err(Refusal::NotLive);
    }
    Ok(Some(match command {
        Command::MergeInto { .. } => Event::Merged { into: other.clone() },
        _ => Event::Absorbed { other: other.clone() },
    }))
}

fn open(draft: &mut Draft<'_>, actor: &Actor, command: &Command) -> Result<(), Refusal> {
    let Command::Open {
        environment,
        kind,
        title,
        impact,
        state,
        update,
        components,
        schedule,
        began_at,
        visibility,
        next_update_at,
    } = command
    else {
        return Ok(());
    };
    if draft.next.is_some() {
        return Err(Refusal::AlreadyOpen);
    }
    check_text("title", title, TITLE_LIMIT)?;
    check_text("body", &update.1, BODY_LIMIT)?;
    check_state(*kind, *state)?;
    check_window(*began_at, None, draft.now)?;
    check_ahead("next_update_at", *next_update_at, draft.now)?;
    if let Some(schedule) = schedule {
        check_order(Some(schedule.from), schedule.until)?;
    }
    draft.record(
        actor,
        Event::Opened {
            origin: Origin::Own { environment: environment.clone() },
            kind: *kind,
            title: one_line(title),
            impact: *impact,
            state: *state,
            published_at: draft.now,
        },
    );
    if *visibility == Visibility::Internal {
        draft.record(actor, Event::VisibilityChanged { to: Visibility::Internal });
    }
    if schedule.is_some() {
        draft.record(actor, Event::Rescheduled { to: *schedule });
    }
    if began_at.is_some() {
        draft.record(actor, Event::TrueWindowSet { began_at: *began_at, ended_at: None });
    }
    let promised = next_update_at.filter(|_| !state.is_over());
    post(draft, actor, &update.0, *state, &update.1, promised);
    draft.change_components(actor, &update.0, components, draft.now);
    Ok(())
}

/// What is over is recorded as it was: opened and ended at its times. Nobody hears of it now.
fn backfill(draft: &mut Draft<'_>, actor: &Actor, command: &Command) -> Result<(), Refusal> {
    let Command::Backfill { environment, kind, title, impact, window, update, components } = command else {
        return Ok(());
    };
    if draft.next.is_some() {
        return Err(Refusal::AlreadyOpen);
    }
    check_text("title", title, TITLE_LIMIT)?;
    check_text("body", &update.1, BODY_LIMIT)?;
    let until = window.until.ok_or(Refusal::NotOver)?;
    check_window(Some(window.from), Some(until), draft.now)?;
    let (state, over) = match kind {
        Kind::Incident => (State::Investigating, State::Resolved),
        Kind::Maintenance => (State::InProgress, State::Completed),
    };
    draft.record(
        actor,
        Event::Opened {
            origin: Origin::Own { environment: environment.clone() },
            kind: *kind,
            title: one_line(title),
            impact: *impact,
            state,
            published_at: window.from,
        },
    );
    if *kind == Kind::Maintenance {
        draft.record(actor, Event::Rescheduled { to: Some(*window) });
    }
    for change in components {
        draft.change_component(actor, None, change, window.from);
    }
    draft.record(
        actor,
        Event::UpdatePosted {
            update: update.0.clone(),
            state: over,
            body: update.1.trim().to_owned(),
            published_at: until,
            edited_at: None,
            next_update_at: None,
        },
    );
    draft.record(actor, Event::StateChanged { to: over, at: until });
    draft.silent = true;
    Ok(())
}

fn change(
    draft: &mut Draft<'_>,
    actor: &Actor,
    incident: &Incident,
    command: &Command,
) -> Result<(), Refusal> {
    match command {
        Command::Update { id, state, body, components, next_update_at } => {
            check_ahead("next_update_at", *next_update_at, draft.now)?;
            check_text("body", body, BODY_LIMIT)?;
            check_state(incident.kind, *state)?;
            if incident.update(id).is_some() {
                return Err(Refusal::DuplicateUpdate(id.clone()));
            }
            let promised = next_update_at.filter(|_| !state.is_over());
            post(draft, actor, id, *state, body, promised);
            draft.change_components(actor, id, components, draft.now);
            if incident.state != *state {
                draft.record(actor, Event::StateChanged { to: *state, at: draft.now });
            }
        }
        Command::EditUpdate { id, body } => edit_update(draft, actor, incident, id, body)?,
        Command::WithdrawUpdate { id } => {
            find_update(incident, id)?;
            draft.record(actor, Event::UpdateWithdrawn { update: id.clone() });
        }
        Command::Retitle { title } => {
            check_text("title", title, TITLE_LIMIT)?;
            let title = one_line(title);
            record_if(draft, actor, incident.title != title, || Event::Retitled { to: title.clone() });
        }
        Command::SetImpact { impact } => {
            record_if(draft, actor, incident.impact != *impact, || Event::ImpactChanged { to: *impact });
        }
        Command::SetTrueWindow { began_at, ended_at } => {
            set_true_window(draft, actor, incident, *began_at, *ended_at)?;
        }
        Command::Reschedule { schedule } => {
            check_order(Some(schedule.from), schedule.until)?;
            if incident.kind != Kind::Maintenance {
                return Err(Refusal::WrongState { kind: incident.kind, state: State::Scheduled });
            }
            record_if(draft, actor, incident.schedule != Some(*schedule), || Event::Rescheduled {
                to: Some(*schedule),
            });
        }
        Command::Publish { update, next_update_at } => {
            publish(draft, actor, incident, update, *next_update_at)?;
        }
        Command::Hide => {
            check_differs(incident, Visibility::Internal)?;
            draft.record(actor, Event::VisibilityChanged { to: Visibility::Internal });
        }
        Command::HoldPublication => {
            if !matches!(incident.publication, Publication::At(_)) {
                return Err(Refusal::NothingPlanned);
            }
            draft.record(actor, Event::PublicationPlanned { at: None });
        }
        Command::Note { body } => {
            check_text("body", body, BODY_LIMIT)?;
            draft.record(actor, Event::Noted { body: body.trim().to_owned() });
        }
        Command::PublishPostmortem { body } => publish_postmortem(draft, actor, incident, body)?,
        Command::Withdraw => draft.record(actor, Event::Withdrawn),
        Command::Restore => {
            record_if(draft, actor, incident.withdrawn_at.is_some(), || Event::Restored);
        }
        // Judged before, in `command`.
        Command::Open { .. }
        | Command::Backfill { .. }
        | Command::Import { .. }
        | Command::MergeInto { .. }
        | Command::Absorb { .. } => {}
    }
    Ok(())
}

fn post(
    draft: &mut Draft<'_>,
    actor: &Actor,
    id: &str,
    state: State,
    body: &str,
    next_update_at: Option<Timestamp>,
) {
    draft.record(
        actor,
        Event::UpdatePosted {
            update: id.to_owned(),
            state,
            body: body.trim().to_owned(),
            published_at: draft.now,
            edited_at: None,
            next_update_at,
        },
    );
}

/// Makes public what was internal. The state stays; what the update says is the first public word.
fn publish(
    draft: &mut Draft<'_>,
    actor: &Actor,
    incident: &Incident,
    (id, body): &(String, String),
    next_update_at: Option<Timestamp>,
) -> Result<(), Refusal> {
    check_differs(incident, Visibility::Public)?;
    check_text("body", body, BODY_LIMIT)?;
    check_ahead("next_update_at", next_update_at, draft.now)?;
    if incident.update(id).is_some() {
        return Err(Refusal::DuplicateUpdate(id.clone()));
    }
    draft.record(actor, Event::VisibilityChanged { to: Visibility::Public });
    let promised = next_update_at.filter(|_| !incident.state.is_over());
    post(draft, actor, id, incident.state, body, promised);
    Ok(())
}

fn check_differs(incident: &Incident, wanted: Visibility) -> Result<(), Refusal> {
    if incident.visibility == wanted { Err(Refusal::AlreadySo(wanted)) } else { Ok(()) }
}

/// A promise lies ahead, and not so far that nobody waits for it.
fn check_ahead(field: &'static str, at: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    let latest = now.saturating_add(SignedDuration::from_hours(24 * PROMISE_DAYS)).unwrap_or(Timestamp::MAX);
    match at {
        Some(at) if at <= now || at > latest => Err(Refusal::NotAhead(field)),
        _ => Ok(()),
    }
}

fn edit_update(
    draft: &mut Draft<'_>,
    actor: &Actor,
    incident: &Incident,
    id: &str,
    body: &str,
) -> Result<(), Refusal> {
    check_text("body", body, BODY_LIMIT)?;
    let current = find_update(incident, id)?.current();
    let state = current.state;
    record_if(draft, actor, current.body != body.trim(), || Event::UpdateEdited {
        update: id.to_owned(),
        state,
        body: body.trim().to_owned(),
        edited_at: None,
    });
    Ok(())
}

fn set_true_window(
    draft: &mut Draft<'_>,
    actor: &Actor,
    incident: &Incident,
    began_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
) -> Result<(), Refusal> {
    check_window(began_at, ended_at, draft.now)?;
    let differs = (incident.clocks.began_at, incident.clocks.ended_at) != (began_at, ended_at);
    record_if(draft, actor, differs, || Event::TrueWindowSet { began_at, ended_at });
    Ok(())
}

fn publish_postmortem(
    draft: &mut Draft<'_>,
    actor: &Actor,
    incident: &Incident,
    body: &str,
) -> Result<(), Refusal> {
    check_text("body", body, BODY_LIMIT)?;
    if !incident.state.is_over() {
        return Err(Refusal::NotOver);
    }
    let published_at = incident.postmortem.as_ref().map_or(draft.now, |known| known.published_at);
    let differs = incident.postmortem.as_ref().is_none_or(|known| known.body() != body.trim());
    record_if(draft, actor, differs, || Event::PostmortemPublished {
        body: body.trim().to_owned(),
        published_at,
    });
    record_if(draft, actor, incident.state != State::Postmortem, || Event::StateChanged {
        to: State::Postmortem,
        at: published_at,
    });
    Ok(())
}

fn record_if(draft: &mut Draft<'_>, actor: &Actor, wanted: bool, event: impl FnOnce() -> Event) {
    if wanted {
        draft.record(actor, event());
    }
}

fn find_update<'a>(incident: &'a Incident, id: &str) -> Result<&'a crate::incident::Update, Refusal> {
    incident
        .update(id)
        .filter(|update| update.withdrawn_at.is_none())
        .ok_or_else(|| Refusal::NoSuchUpdate(id.to_owned()))
}

fn check_text(field: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    match text {
        text if text.chars().all(|letter| letter.is_whitespace() || letter.is_control()) => {
            Err(Refusal::Empty(field))
        }
        text if text.len() > limit => Err(Refusal::TooLong { field, limit }),
        _ => Ok(()),
    }
}

/// A title stands in lists, subjects and headings, where a line of its own ends something.
fn one_line(title: &str) -> String {
    let words = title.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn check_state(kind: Kind, state: State) -> Result<(), Refusal> {
    let allowed = state.suits(kind) && state != State::Unknown && state != State::Postmortem;
    if allowed { Ok(()) } else { Err(Refusal::WrongState { kind, state }) }
}

fn check_window(
    began_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Refusal> {
    check_order(began_at, ended_at)?;
    let future = |at: Option<Timestamp>| at.is_some_and(|at| at > now);
    match (future(began_at), future(ended_at)) {
        (true, _) => Err(Refusal::InTheFuture("began_at")),
        (_, true) => Err(Refusal::InTheFuture("ended_at")),
        _ => Ok(()),
    }
}

fn check_order(from: Option<Timestamp>, until: Option<Timestamp>) -> Result<(), Refusal> {
    match (from, until) {
        (Some(from), Some(until)) if until < from => Err(Refusal::EndsBeforeItBegins),
        (None, Some(_)) => Err(Refusal::EndsBeforeItBegins),
        _ => Ok(()),
    }
}
