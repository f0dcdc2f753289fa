//! The shape in which events are kept: `{"v":1,"kind":"retitled","to":"…"}`. Instants are integer
//! microseconds. What was once written must stay readable for ever, so a change of meaning gets a new `v`
//! and the old shape keeps its reader; `fixtures/vN/` holds one file per kind.
//!
//! Only here do the domain's events meet JSON. Never drops what it does not understand: an unknown shape is
//! [`Error::Corrupt`].

mod advised;
mod judgement;

use crate::columns::{incident_id, instant, micros, micros_or_null};
use crate::error::{Error, Result};
use advised::AdvisedBody;
use domain::time::Window;
use domain::{
    Actor, ComponentKey, ComponentState, Event, Impact, Kind, Origin, Slug, State, Timestamp, Visibility,
};
use judgement::JudgementBody;
use serde::{Deserialize, Serialize};

/// The version that is written.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Versioned {
    v: u32,
    #[serde(flatten)]
    event: EventBody,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum EventBody {
    Opened {
        origin: OriginBody,
        opened_as: String,
        title: String,
        impact: String,
        state: String,
        published_at: i64,
    },
    UpdatePosted {
        update: String,
        state: String,
        body: String,
        published_at: i64,
        edited_at: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_update_at: Option<i64>,
    },
    UpdateRepeated {
        update: String,
        repeat: String,
        published_at: i64,
    },
    UpdateEdited {
        update: String,
        state: String,
        body: String,
        edited_at: Option<i64>,
    },
    UpdateWithdrawn {
        update: String,
    },
    StateChanged {
        to: String,
        at: i64,
    },
    ResolvedAtChanged {
        to: Option<i64>,
    },
    Retitled {
        to: String,
    },
    ImpactChanged {
        to: String,
    },
    Rescheduled {
        to: Option<WindowBody>,
    },
    Linked {
        to: Option<String>,
    },
    ComponentChanged {
        update: Option<String>,
        key: String,
        name: String,
        to: String,
        at: i64,
    },
    PostmortemPublished {
        body: String,
        published_at: i64,
    },
    TrueWindowSet {
        began_at: Option<i64>,
        ended_at: Option<i64>,
    },
    Withdrawn,
    Restored,
    Merged {
        into: String,
    },
    Absorbed {
        other: String,
    },
    VisibilityChanged {
        to: String,
    },
    PublicationPlanned {
        at: Option<i64>,
    },
    Noted {
        body: String,
    },
    PromiseCalled {
        update: String,
        lapsed: bool,
    },
    Judged(Box<JudgementBody>),
    Advised(Box<AdvisedBody>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OriginBody {
    Vendor { vendor: String, external_id: String },
    Own { environment: String },
}

#[derive(Serialize, Deserialize)]
struct WindowBody {
    from: i64,
    until: Option<i64>,
}

/// Writes an event.
pub(crate) fn write_event(event: &Event) -> Result<String> {
    let versioned = Versioned { v: VERSION, event: EventBody::of(event) };
    serde_json::to_string(&versioned)
        .map_err(|error| Error::Corrupt(format!("cannot write an event: {error}")))
}

/// Reads an event of any version that was ever written.
pub(crate) fn read_event(text: &str) -> Result<Event> {
    let versioned: Versioned = serde_json::from_str(text)
        .map_err(|error| Error::Corrupt(format!("cannot read an event: {error}: `{}`", excerpt(text))))?;
    match versioned.v {
        VERSION => versioned.event.read(),
        v => Err(Error::Corrupt(format!("an event has version {v}, the latest known is {VERSION}"))),
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(120).collect()
}

/// Writes who did it, as kind and name.
pub(crate) fn write_actor(actor: &Actor) -> (&'static str, Option<String>) {
    match actor {
        Actor::Vendor(slug) => ("vendor", Some(slug.to_string())),
        Actor::Person(name) => ("person", Some(crate::columns::clean(name))),
        Actor::Watch(database) => ("watch", Some(database.to_string())),
        Actor::Clock => ("clock", None),
    }
}

/// Reads who did it.
pub(crate) fn read_actor(kind: &str, name: Option<String>) -> Result<Actor> {
    match (kind, name) {
        ("vendor", Some(name)) => Ok(Actor::Vendor(slug(&name)?)),
        ("person", Some(name)) => Ok(Actor::Person(name)),
        ("watch", Some(database)) => Ok(Actor::Watch(slug(&database)?)),
        ("clock", None) => Ok(Actor::Clock),
        (kind, name) => Err(Error::Corrupt(format!("`{kind}` with name {name:?} is no actor"))),
    }
}

fn slug(text: &str) -> Result<Slug> {
    Slug::parse(text).ok_or_else(|| Error::Corrupt(format!("`{text}` is no slug")))
}

fn instant_or_none(micros: Option<i64>) -> Result<Option<Timestamp>> {
    micros.map(instant).transpose()
}

impl EventBody {
    fn of(event: &Event) -> Self {
        match event {
            Event::Opened { origin, kind, title, impact, state, published_at } => Self::Opened {
                origin: OriginBody::of(origin),
                opened_as: kind.as_str().to_owned(),
                title: title.clone(),
                impact: impact.as_str().to_owned(),
                state: state.as_str().to_owned(),
                published_at: micros(*published_at),
            },
            Event::UpdatePosted { update, state, body, published_at, edited_at, next_update_at } => {
                Self::UpdatePosted {
                    next_update_at: micros_or_null(*next_update_at),
                    update: update.clone(),
                    state: state.as_str().to_owned(),
                    body: body.clone(),
                    published_at: micros(*published_at),
                    edited_at: micros_or_null(*edited_at),
                }
            }
            Event::UpdateRepeated { update, repeat, published_at } => Self::UpdateRepeated {
                update: update.clone(),
                repeat: repeat.clone(),
                published_at: micros(*published_at),
            },
            Event::UpdateEdited { update, state, body, edited_at } => Self::UpdateEdited {
                update: update.clone(),
                state: state.as_str().to_owned(),
                body: body.clone(),
                edited_at: micros_or_null(*edited_at),
            },
            Event::UpdateWithdrawn { update } => Self::UpdateWithdrawn { update: update.clone() },
            Event::StateChanged { to, at } => {
                Self::StateChanged { to: to.as_str().to_owned(), at: micros(*at) }
            }
            Event::ResolvedAtChanged { to } => Self::ResolvedAtChanged { to: micros_or_null(*to) },
            Event::Retitled { to } => Self::Retitled { to: to.clone() },
            Event::ImpactChanged { to } => Self::ImpactChanged { to: to.as_str().to_owned() },
            Event::Rescheduled { to } => Self::Rescheduled { to: to.as_ref().map(WindowBody::of) },
            Event::Linked { to } => Self::Linked { to: to.clone() },
            Event::ComponentChanged { update, key, name, to, at } => Self::ComponentChanged {
                update: update.clone(),
                key: key.0.clone(),
                name: name.clone(),
                to: to.as_str().to_owned(),
                at: micros(*at),
            },
            Event::PostmortemPublished { body, published_at } => {
                Self::PostmortemPublished { body: body.clone(), published_at: micros(*published_at) }
            }
            Event::TrueWindowSet { began_at, ended_at } => Self::TrueWindowSet {
                began_at: micros_or_null(*began_at),
                ended_at: micros_or_null(*ended_at),
            },
            Event::Withdrawn => Self::Withdrawn,
            Event::Restored => Self::Restored,
            Event::Merged { into } => Self::Merged { into: into.to_string() },
            Event::Absorbed { other } => Self::Absorbed { other: other.to_string() },
            Event::VisibilityChanged { to } => Self::VisibilityChanged { to: to.as_str().to_owned() },
            Event::PublicationPlanned { at } => Self::PublicationPlanned { at: micros_or_null(*at) },
            Event::Noted { body } => Self::Noted { body: body.clone() },
            Event::PromiseCalled { update, lapsed } => {
                Self::PromiseCalled { update: update.clone(), lapsed: *lapsed }
            }
            Event::Judged(judgement) => Self::Judged(Box::new(JudgementBody::of(judgement))),
            Event::Advised(advised) => Self::Advised(Box::new(AdvisedBody::of(advised))),
        }
    }

    fn read(self) -> Result<Event> {
        Ok(match self {
            Self::Opened { origin, opened_as, title, impact, state, published_at } => Event::Opened {
                origin: origin.read()?,
                kind: Kind::parse(&opened_as),
                title,
                impact: Impact::parse(&impact),
                state: State::parse(&state),
                published_at: instant(published_at)?,
            },
            Self::UpdatePosted { update, state, body, published_at, edited_at, next_update_at } => {
                Event::UpdatePosted {
                    next_update_at: instant_or_none(next_update_at)?,
                    update,
                    state: State::parse(&state),
                    body,
                    published_at: instant(published_at)?,
                    edited_at: instant_or_none(edited_at)?,
                }
            }
            Self::UpdateRepeated { update, repeat, published_at } => {
                Event::UpdateRepeated { update, repeat, published_at: instant(published_at)? }
            }
            Self::UpdateEdited { update, state, body, edited_at } => Event::UpdateEdited {
                update,
                state: State::parse(&state),
                body,
                edited_at: instant_or_none(edited_at)?,
            },
            Self::UpdateWithdrawn { update } => Event::UpdateWithdrawn { update },
            Self::StateChanged { to, at } => Event::StateChanged { to: State::parse(&to), at: instant(at)? },
            Self::ResolvedAtChanged { to } => Event::ResolvedAtChanged { to: instant_or_none(to)? },
            Self::Retitled { to } => Event::Retitled { to },
            Self::ImpactChanged { to } => Event::ImpactChanged { to: Impact::parse(&to) },
            Self::Rescheduled { to } => {
                Event::Rescheduled { to: to.map(|window| window.read()).transpose()? }
            }
            Self::Linked { to } => Event::Linked { to },
            Self::ComponentChanged { update, key, name, to, at } => Event::ComponentChanged {
                update,
                key: ComponentKey(key),
                name,
                to: ComponentState::parse(&to),
                at: instant(at)?,
            },
            Self::PostmortemPublished { body, published_at } => {
                Event::PostmortemPublished { body, published_at: instant(published_at)? }
            }
            Self::TrueWindowSet { began_at, ended_at } => Event::TrueWindowSet {
                began_at: instant_or_none(began_at)?,
                ended_at: instant_or_none(ended_at)?,
            },
            Self::Withdrawn => Event::Withdrawn,
            Self::Restored => Event::Restored,
            Self::Merged { into } => Event::Merged { into: incident_id(&into)? },
            Self::Absorbed { other } => Event::Absorbed { other: incident_id(&other)? },
            Self::VisibilityChanged { to } => Event::VisibilityChanged { to: Visibility::parse(&to) },
            Self::PublicationPlanned { at } => Event::PublicationPlanned { at: instant_or_none(at)? },
            Self::Noted { body } => Event::Noted { body },
            Self::PromiseCalled { update, lapsed } => Event::PromiseCalled { update, lapsed },
            Self::Judged(judgement) => Event::Judged(Box::new(judgement.read()?)),
            Self::Advised(advised) => Event::Advised(Box::new(advised.read()?)),
        })
    }
}

impl OriginBody {
    fn of(origin: &Origin) -> Self {
        match origin {
            Origin::Vendor { vendor, external_id } => {
                Self::Vendor { vendor: vendor.to_string(), external_id: external_id.clone() }
            }
            Origin::Own { environment } => Self::Own { environment: environment.to_string() },
        }
    }

    fn read(self) -> Result<Origin> {
        Ok(match self {
            Self::Vendor { vendor, external_id } => Origin::Vendor { vendor: slug(&vendor)?, external_id },
            Self::Own { environment } => Origin::Own { environment: slug(&environment)? },
        })
    }
}

impl WindowBody {
    fn of(window: &Window) -> Self {
        Self { from: micros(window.from), until: micros_or_null(window.until) }
    }

    fn read(&self) -> Result<Window> {
        Ok(Window { from: instant(self.from)?, until: instant_or_none(self.until)? })
    }
}

#[cfg(test)]
mod tests;
