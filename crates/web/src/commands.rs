//! From what was sent to commands of the domain. Programs and forms come through here, so both are
//! understood, and refused, in the same words.
//!
//! Nothing here judges whether a command may be: that is `domain::decide`.

use crate::api::request::{
    BackfillRequest, ComponentRequest, MergeRequest, OpenRequest, PatchRequest, PublishRequest,
    RecurrenceRequest, UpdateRequest, WindowRequest,
};
use crate::api::{time, vocabulary};
use crate::error::Error;
use domain::observation::ComponentChange;
use domain::recurrence::Rule;
use domain::time::Window;
use domain::{
    Command, ComponentKey, ComponentState, Environment, Impact, Incident, IncidentId, Kind, Recurrence,
    Refusal, State, Timestamp, Visibility,
};
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

/// The id of a new update, and now: what a command needs beside the words of a request.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// Id of the update.
    pub update: String,
    /// Now.
    pub now: Timestamp,
}

/// The command that opens an incident.
pub fn open(environments: &[Environment], request: &OpenRequest, fresh: Fresh) -> Result<Command, Error> {
    let environment = find_environment(environments, &request.environment)?;
    let kind = optional("kind", request.kind.as_deref())?.unwrap_or(Kind::Incident);
    let (impact, state) = match kind {
        Kind::Incident => (Impact::Unknown, State::Investigating),
        Kind::Maintenance => (Impact::Maintenance, State::Scheduled),
    };
    let impact = optional("impact", request.impact.as_deref())?.unwrap_or(impact);
    let state = optional("state", request.state.as_deref())?.unwrap_or(state);
    if state == State::Scheduled && request.schedule.is_none() {
        let message = "`schedule` is missing, and `state` is `scheduled`";
        return Err(Error::invalid(message, "say from when until when, or begin with `in_progress`"));
    }
    Ok(Command::Open {
        environment: environment.slug.clone(),
        kind,
        title: request.title.clone(),
        impact,
        state,
        update: (fresh.update, request.body.clone()),
        components: changes(environment, &request.components)?,
        schedule: request.schedule.as_ref().map(window).transpose()?,
        began_at: request.began_at.as_deref().map(|text| time::read("began_at", text)).transpose()?,
        visibility: optional("visibility", request.visibility.as_deref())?.unwrap_or(Visibility::Public),
        next_update_at: promised(request.next_update_at.as_deref(), fresh.now)?,
    })
}

/// The command that records what is over.
pub fn backfill(
    environments: &[Environment],
    request: &BackfillRequest,
    update: String,
) -> Result<Command, Error> {
    let environment = find_environment(environments, &request.environment)?;
    let kind = optional("kind", request.kind.as_deref())?.unwrap_or(Kind::Incident);
    let impact = match kind {
        Kind::Incident => Impact::Unknown,
        Kind::Maintenance => Impact::Maintenance,
    };
    Ok(Command::Backfill {
        environment: environment.slug.clone(),
        kind,
        title: request.title.clone(),
        impact: optional("impact", request.impact.as_deref())?.unwrap_or(impact),
        window: Window {
            from: time::read("from", &request.from)?,
            until: Some(time::read("until", &request.until)?),
        },
        update: (update, request.body.clone()),
        components: changes(environment, &request.components)?,
    })
}

/// A maintenance that recurs.
pub fn recurrence(
    environments: &[Environment],
    request: &RecurrenceRequest,
    id: String,
) -> Result<Recurrence, Error> {
    /// Hours and days that make sense.
    const HOURS: (i64, i64) = (1, 72);
    const DAYS: (i64, i64) = (1, 60);
    let environment = find_environment(environments, &request.environment)?;
    for (field, text) in [("title", &request.title), ("body", &request.body)] {
        if text.trim().is_empty() {
            return Err(Error::Refused(Refusal::Empty(field)));
        }
    }
    let within = |field, number: i64, (least, most)| {
        let hint = format!("write a whole number from {least} to {most}");
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(unreadable(field, &number.to_string(), &hint))
        }
    };
    let zone = request.zone.as_deref().unwrap_or("UTC").trim();
    TimeZone::get(zone).map_err(|_| unreadable("zone", zone, "write it like `Europe/Berlin`, or `UTC`"))?;
    let keys: Vec<&str> = environment.components.iter().map(|known| known.key.0.as_str()).collect();
    let key = |key: &String| {
        let known = keys.contains(&key.as_str()).then(|| ComponentKey(key.clone()));
        known.ok_or_else(|| vocabulary::unknown_word("components[]", key, &keys))
    };
    let hint = "write it like `weekly sunday` or `monthly last friday`";
    Ok(Recurrence {
        id,
        environment: environment.slug.clone(),
        title: request.title.trim().to_owned(),
        body: request.body.clone(),
        components: request.components.iter().map(key).collect::<Result<_, _>>()?,
        rule: Rule::parse(&request.rule).ok_or_else(|| unreadable("rule", &request.rule, hint))?,
        at: read_time_of_day(&request.at)?,
        zone: zone.to_owned(),
        lasts_for: SignedDuration::from_hours(within("lasts_hours", request.lasts_hours, HOURS)?),
        ahead_for: SignedDuration::from_hours(
            24 * within("ahead_days", request.ahead_days.unwrap_or(3), DAYS)?,
        ),
    })
}

fn read_time_of_day(text: &str) -> Result<Time, Error> {
    text.trim().parse().map_err(|_| unreadable("at", text, "write it like `02:30`"))
}

/// The error for a value that cannot be read.
pub(crate) fn unreadable(field: &str, value: &str, hint: &str) -> Error {
    let value = vocabulary::shorten(value);
    Error::invalid(format!("`{field}` is `{value}`, which cannot be read"), hint)
}

/// The command that makes an incident public. Without words of its own, the latest of those that were said
/// inside become public as they stand.
pub fn publish(incident: &Incident, request: &PublishRequest, fresh: Fresh) -> Result<Command, Error> {
    let standing = || incident.updates.iter().rev().find(|update| update.withdrawn_at.is_none());
    let body = match (&request.body, standing()) {
        (Some(body), _) => body.clone(),
        (None, Some(update)) => update.current().body.clone(),
        (None, None) => {
            let message = "`body` is missing, and nothing was said of the incident yet";
            return Err(Error::invalid(message, "give the text of the first public update"));
        }
    };
    let next_update_at = promised(request.next_update_at.as_deref(), fresh.now)?;
    Ok(Command::Publish { update: (fresh.update, body), next_update_at })
}

/// The command that posts an update. Without a state the current one stays.
pub fn update(
    environment: Option<&Environment>,
    incident: &Incident,
    request: &UpdateRequest,
    fresh: Fresh,
) -> Result<Command, Error> {
    let components = match environment {
        Some(environment) => changes(environment, &request.components)?,
        None => Vec::new(),
    };
    let state = optional("state", request.state.as_deref())?.unwrap_or(incident.state);
    let next_update_at = promised(request.next_update_at.as_deref(), fresh.now)?;
    Ok(Command::Update { id: fresh.update, state, body: request.body.clone(), components, next_update_at })
}

/// The commands of a patch, in the order of its fields. `incident` gives what is left as it is.
pub fn patch(incident: &Incident, request: &PatchRequest) -> Result<Vec<Command>, Error> {
    let mut commands = Vec::new();
    if let Some(title) = &request.title {
        commands.push(Command::Retitle { title: title.clone() });
    }
    if let Some(impact) = optional("impact", request.impact.as_deref())? {
        commands.push(Command::SetImpact { impact });
    }
    if request.began_at.is_some() || request.ended_at.is_some() {
        let instant = |field, given: &Option<Option<String>>, known| match given {
            None => Ok(known),
            Some(None) => Ok(None),
            Some(Some(text)) => time::read(field, text).map(Some),
        };
        commands.push(Command::SetTrueWindow {
            began_at: instant("began_at", &request.began_at, incident.clocks.began_at)?,
            ended_at: instant("ended_at", &request.ended_at, incident.clocks.ended_at)?,
        });
    }
    if let Some(schedule) = &request.schedule {
        commands.push(Command::Reschedule { schedule: window(schedule)? });
    }
    if commands.is_empty() {
        let hint = "give at least one of `title`, `impact`, `began_at`, `ended_at`, `schedule`";
        return Err(Error::invalid("the body changes nothing", hint));
    }
    Ok(commands)
}

/// The other incident of a merge.
pub fn merge_target(request: &MergeRequest) -> Result<IncidentId, Error> {
    IncidentId::parse(request.into.trim()).ok_or_else(|| {
        let message =
            format!("`into` is `{}`, which is no incident's id", vocabulary::shorten(&request.into));
        Error::invalid(message, "give the twelve letters at the end of its address")
    })
}

pub(crate) fn find_environment<'a>(
    environments: &'a [Environment],
    slug: &str,
) -> Result<&'a Environment, Error> {
    environments.iter().find(|environment| environment.slug.as_str() == slug).ok_or_else(|| {
        let slugs: Vec<&str> = environments.iter().map(|environment| environment.slug.as_str()).collect();
        vocabulary::unknown_word("environment", slug, &slugs)
    })
}

fn changes(environment: &Environment, requests: &[ComponentRequest]) -> Result<Vec<ComponentChange>, Error> {
    requests.iter().map(|request| change(environment, request)).collect()
}

fn change(environment: &Environment, request: &ComponentRequest) -> Result<ComponentChange, Error> {
    let known = environment.components.iter().find(|component| component.key.0 == request.key);
    let component = known.ok_or_else(|| {
        let keys: Vec<&str> = environment.components.iter().map(|known| known.key.0.as_str()).collect();
        vocabulary::unknown_word("components[].key", &request.key, &keys)
    })?;
    let to: ComponentState = vocabulary::read("components[].state", &request.state)?;
    Ok(ComponentChange { key: component.key.clone(), name: component.name.clone(), to })
}

pub(crate) fn window(request: &WindowRequest) -> Result<Window, Error> {
    let until = request.until.as_deref().map(|text| time::read("schedule.until", text)).transpose()?;
    Ok(Window { from: time::read("schedule.from", &request.from)?, until })
}

fn promised(text: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    text.map(|text| time::read_ahead("next_update_at", text, now)).transpose()
}

pub(crate) fn optional<T: vocabulary::Vocabulary>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, Error> {
    text.map(|text| vocabulary::read(field, text)).transpose()
}
