//! The timeline as JSON.

use super::advice::AdvisedBody;
use super::incident::ActorBody;
use super::judgement::JudgementBody;
use crate::api::time::{Time, WindowBody};
use crate::api::vocabulary::{ComponentStateWord, ImpactWord, KindWord, StateWord, VisibilityWord};
use domain::{Entry, Event};
use serde::Serialize;
use utoipa::ToSchema;

/// The timeline of an incident: every change, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineBody {
    /// Identifier of the incident.
    pub incident: String,
    /// Its entries.
    pub entries: Vec<EntryBody>,
}

/// One line of the timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    /// Position, from 1 and without gaps.
    pub seq: u32,
    /// When we recorded it.
    pub seen_at: Time,
    /// Who did it.
    pub by: ActorBody,
    /// What happened.
    pub event: EventBody,
}

impl From<&Entry> for EntryBody {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            seen_at: Time(entry.seen_at),
            by: (&entry.actor).into(),
            event: (&entry.event).into(),
        }
    }
}

/// What happened. Instants are the source's own.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant and field is documented on `domain::Event`")]
pub enum EventBody {
    Opened {
        incident_kind: KindWord,
        title: String,
        impact: ImpactWord,
        state: StateWord,
        published_at: Time,
    },
    UpdatePosted {
        update: String,
        state: StateWord,
        body: String,
        published_at: Time,
        edited_at: Option<Time>,
        next_update_at: Option<Time>,
    },
    UpdateRepeated {
        update: String,
        repeat: String,
        published_at: Time,
    },
    UpdateEdited {
        update: String,
        state: StateWord,
        body: String,
        edited_at: Option<Time>,
    },
    UpdateWithdrawn {
        update: String,
    },
    StateChanged {
        to: StateWord,
        at: Time,
    },
    ResolvedAtChanged {
        to: Option<Time>,
    },
    Retitled {
        to: String,
    },
    ImpactChanged {
        to: ImpactWord,
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
        to: ComponentStateWord,
        at: Time,
    },
    PostmortemPublished {
        body: String,
        published_at: Time,
    },
    TrueWindowSet {
        began_at: Option<Time>,
        ended_at: Option<Time>,
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
        to: VisibilityWord,
    },
    PublicationPlanned {
        at: Option<Time>,
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

impl From<&Event> for EventBody {
    fn from(event: &Event) -> Self {
        match event.clone() {
            Event::Opened { origin: _, kind, title, impact, state, published_at } => Self::Opened {
                incident_kind: KindWord(kind),
                title,
                impact: ImpactWord(impact),
                state: StateWord(state),
                published_at: Time(published_at),
            },
            Event::UpdatePosted { update, state, body, published_at, edited_at, next_update_at } => {
                Self::UpdatePosted {
                    update,
                    state: StateWord(state),
                    body,
                    published_at: Time(published_at),
                    edited_at: edited_at.map(Time),
                    next_update_at: next_update_at.map(Time),
                }
            }
            Event::UpdateRepeated { update, repeat, published_at } => {
                Self::UpdateRepeated { update, repeat, published_at: Time(published_at) }
            }
            Event::UpdateEdited { update, state, body, edited_at } => {
                Self::UpdateEdited { update, state: StateWord(state), body, edited_at: edited_at.map(Time) }
            }
            Event::UpdateWithdrawn { update } => Self::UpdateWithdrawn { update },
            Event::StateChanged { to, at } => Self::StateChanged { to: StateWord(to), at: Time(at) },
            Event::ResolvedAtChanged { to } => Self::ResolvedAtChanged { to: to.map(Time) },
            Event::Retitled { to } => Self::Retitled { to },
            Event::ImpactChanged { to } => Self::ImpactChanged { to: ImpactWord(to) },
            Event::Rescheduled { to } => Self::Rescheduled { to: to.map(Into::into) },
            Event::Linked { to } => Self::Linked { to },
            Event::ComponentChanged { update, key, name, to, at } => {
                Self::ComponentChanged { update, key: key.0, name, to: ComponentStateWord(to), at: Time(at) }
            }
            Event::PostmortemPublished { body, published_at } => {
                Self::PostmortemPublished { body, published_at: Time(published_at) }
            }
            Event::TrueWindowSet { began_at, ended_at } => {
                Self::TrueWindowSet { began_at: began_at.map(Time), ended_at: ended_at.map(Time) }
            }
            Event::Withdrawn => Self::Withdrawn,
            Event::Restored => Self::Restored,
            Event::Merged { into } => Self::Merged { into: into.to_string() },
            Event::Absorbed { other } => Self::Absorbed { other: other.to_string() },
            Event::VisibilityChanged { to } => Self::VisibilityChanged { to: VisibilityWord(to) },
            Event::PublicationPlanned { at } => Self::PublicationPlanned { at: at.map(Time) },
            Event::Noted { body } => Self::Noted { body },
            Event::PromiseCalled { update, lapsed } => Self::PromiseCalled { update, lapsed },
            Event::Judged(judgement) => Self::Judged(Box::new(judgement.as_ref().into())),
            Event::Advised(advised) => Self::Advised(Box::new(advised.as_ref().into())),
        }
    }
}
