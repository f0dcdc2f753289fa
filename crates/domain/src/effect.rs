//! What should now happen, as data. Effects are rows in the outbox before they are actions, so that a
//! crash between deciding and acting loses nothing and any node may act.

use crate::incident::{Incident, Visibility};
use crate::timeline::{Actor, Entry, Event};

/// Something that must happen because of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Which entry of the timeline caused it: `(incident, seq)` is the idempotency key of the effect.
    pub seq: u32,
    /// What is to be told.
    pub notice: Notice,
    /// Whether everybody may hear it, or the team only.
    pub visibility: Visibility,
}

impl Effect {
    /// The same, for pages only.
    pub(crate) fn unheard(self) -> Self {
        Self { notice: Notice::Observed, visibility: Visibility::Internal, ..self }
    }
}

/// The kinds of news about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// It began, or was first seen.
    Opened,
    /// A new update.
    Updated,
    /// It is over.
    Resolved,
    /// It was over and is not.
    Reopened,
    /// The postmortem appeared, or changed.
    Postmortem,
    /// What had been said before was changed: text, title, impact, times, components.
    Corrected,
    /// It was known inside, and is now public: for the public it begins here.
    Published,
    /// The source took it back, it was merged into another, or it is no longer public.
    Withdrawn,
    /// The update that was promised is due soon.
    PromiseDue,
    /// The update that was promised is late.
    PromiseLapsed,
    /// The watch recorded evidence. Pages show it; it is no news to send to people.
    Observed,
}

impl Notice {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Opened,
        Self::Updated,
        Self::Resolved,
        Self::Reopened,
        Self::Postmortem,
        Self::Corrected,
        Self::Published,
        Self::Withdrawn,
        Self::PromiseDue,
        Self::PromiseLapsed,
        Self::Observed,
    ];

    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Postmortem => "postmortem",
            Self::Corrected => "corrected",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::PromiseDue => "promise_due",
            Self::PromiseLapsed => "promise_lapsed",
            Self::Observed => "observed",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == text)
    }
}

/// The effects of one entry: every entry that a reader of a page or of the console could notice is announced.
pub(crate) fn of(before: Option<&Incident>, entry: &Entry) -> Effect {
    let notice = notice(before, entry);
    let was_public = before.is_none_or(Incident::is_public);
    let visibility = match (notice, &entry.event) {
        (Notice::Published, _) | (_, Event::VisibilityChanged { .. }) => Visibility::Public,
        (Notice::Observed | Notice::PromiseDue | Notice::PromiseLapsed, _) => Visibility::Internal,
        _ if was_public => Visibility::Public,
        _ => Visibility::Internal,
    };
    Effect { seq: entry.seq, notice, visibility }
}

fn notice(before: Option<&Incident>, entry: &Entry) -> Notice {
    match &entry.event {
        Event::Judged(_) | Event::Advised(_) | Event::Noted { .. } | Event::PublicationPlanned { .. } => {
            Notice::Observed
        }
        Event::PromiseCalled { lapsed: false, .. } => Notice::PromiseDue,
        Event::PromiseCalled { lapsed: true, .. } => Notice::PromiseLapsed,
        Event::VisibilityChanged { to: Visibility::Public } => Notice::Published,
        Event::TrueWindowSet { .. } if matches!(entry.actor, Actor::Watch(_)) => Notice::Observed,
        Event::Opened { .. } => Notice::Opened,
        Event::StateChanged { to, .. } => match (before.map(|i| i.state.is_over()), to.is_over()) {
            (Some(false), true) => Notice::Resolved,
            (Some(true), false) => Notice::Reopened,
            // Moving between active states is told by the update that did it.
            _ => Notice::Updated,
        },
        Event::UpdatePosted { .. } | Event::UpdateRepeated { .. } => Notice::Updated,
        Event::PostmortemPublished { .. } => Notice::Postmortem,
        Event::Withdrawn | Event::Merged { .. } | Event::VisibilityChanged { to: Visibility::Internal } => {
            Notice::Withdrawn
        }
        Event::Restored => Notice::Reopened,
        Event::UpdateEdited { .. }
        | Event::UpdateWithdrawn { .. }
        | Event::Retitled { .. }
        | Event::ImpactChanged { .. }
        | Event::Rescheduled { .. }
        | Event::Linked { .. }
        | Event::ResolvedAtChanged { .. }
        | Event::ComponentChanged { .. }
        | Event::TrueWindowSet { .. }
        | Event::Absorbed { .. } => Notice::Corrected,
    }
}
