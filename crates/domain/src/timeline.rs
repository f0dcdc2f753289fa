//! The timeline: every change of an incident, who made it, when it was so and when we saw it. It is the
//! truth; the [`Incident`](crate::Incident) is what follows from it by [`replay`](crate::Incident::replay).

use crate::advice::Advised;
use crate::component::ComponentState;
use crate::id::{ComponentKey, IncidentId, Slug};
use crate::incident::{Impact, Kind, Origin, State, Visibility};
use crate::judgement::Judgement;
use crate::time::Window;
use jiff::Timestamp;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A vendor, through its status page.
    Vendor(Slug),
    /// A person, by the name of the token that was used.
    Person(String),
    /// The watch over this database.
    Watch(Slug),
    /// Watchkeeper itself, on a tick of the clock.
    Clock,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position in the timeline of its incident, from 1 and without gaps.
    pub seq: u32,
    /// When we recorded it: the third clock.
    pub seen_at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
}

/// What can happen to an incident. Instants inside an event are the source's own; when *we* saw it is on
/// the [`Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It exists. Always the first entry, and only there.
    Opened {
        /// Where it comes from.
        origin: Origin,
        /// Incident or maintenance.
        kind: Kind,
        /// Title.
        title: String,
        /// Grade.
        impact: Impact,
        /// State at that moment.
        state: State,
        /// When it was first spoken of in public.
        published_at: Timestamp,
    },
    /// A new update was posted.
    UpdatePosted {
        /// Id of the update within the incident.
        update: String,
        /// State that it announced.
        state: State,
        /// Text, Markdown.
        body: String,
        /// When it was posted.
        published_at: Timestamp,
        /// When its text was last changed before we first saw it, if it was.
        edited_at: Option<Timestamp>,
        /// By when it promises the next one.
        next_update_at: Option<Timestamp>,
    },
    /// The same words were posted again.
    UpdateRepeated {
        /// The update whose words they are.
        update: String,
        /// Id of the repetition.
        repeat: String,
        /// When it was posted.
        published_at: Timestamp,
    },
    /// The text or state of an update was changed afterwards.
    UpdateEdited {
        /// Which.
        update: String,
        /// State that it now announces.
        state: State,
        /// New text, Markdown.
        body: String,
        /// When it was changed, if the source says.
        edited_at: Option<Timestamp>,
    },
    /// An update that was there is gone.
    UpdateWithdrawn {
        /// Which.
        update: String,
    },
    /// The incident moved to another state.
    StateChanged {
        /// New state.
        to: State,
        /// When, by the publication clock.
        at: Timestamp,
    },
    /// The published end was set, moved or taken back.
    ResolvedAtChanged {
        /// New value.
        to: Option<Timestamp>,
    },
    /// New title.
    Retitled {
        /// New value.
        to: String,
    },
    /// New grade.
    ImpactChanged {
        /// New value.
        to: Impact,
    },
    /// Announced window of a maintenance set or moved.
    Rescheduled {
        /// New value.
        to: Option<Window>,
    },
    /// The source's own page of the incident became known or moved.
    Linked {
        /// New address.
        to: Option<String>,
    },
    /// A component is affected, in another state, or (operational) not affected any more.
    ComponentChanged {
        /// The update that says so, if one does.
        update: Option<String>,
        /// Which.
        key: ComponentKey,
        /// Its name.
        name: String,
        /// State from then on.
        to: ComponentState,
        /// Since when, by the publication clock.
        at: Timestamp,
    },
    /// The postmortem was published or changed.
    PostmortemPublished {
        /// Text, Markdown.
        body: String,
        /// When it was published.
        published_at: Timestamp,
    },
    /// When it truly began and ended became known, or better known.
    TrueWindowSet {
        /// Beginning of the impact.
        began_at: Option<Timestamp>,
        /// End of the impact.
        ended_at: Option<Timestamp>,
    },
    /// The source took it back: it is no longer on its page.
    Withdrawn,
    /// It was withdrawn and is back.
    Restored,
    /// It is the same event as another and lives on there.
    Merged {
        /// The one that stays.
        into: IncidentId,
    },
    /// Another incident was found to be the same event.
    Absorbed {
        /// The one that was merged into this.
        other: IncidentId,
    },
    /// It became public, or was taken off public pages. One that is opened inside says so right after it was
    /// opened.
    VisibilityChanged {
        /// Who sees it from now on.
        to: Visibility,
    },
    /// When a machine's word becomes public by itself. Without a time it waits for a person.
    PublicationPlanned {
        /// When, if nobody objects.
        at: Option<Timestamp>,
    },
    /// Somebody wrote something down for the team. Never public.
    Noted {
        /// Text, Markdown.
        body: String,
    },
    /// The update that was promised is due soon, or late. Never public.
    PromiseCalled {
        /// The update that promised it.
        update: String,
        /// Whether its time has passed.
        lapsed: bool,
    },
    /// The watch over a database judged it anew: evidence, not a word to the public.
    Judged(Box<Judgement>),
    /// What would serve a query that it blames. Never public.
    Advised(Box<Advised>),
}

impl Event {
    /// One word for logs, rows and filters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::UpdatePosted { .. } => "update_posted",
            Self::UpdateRepeated { .. } => "update_repeated",
            Self::UpdateEdited { .. } => "update_edited",
            Self::UpdateWithdrawn { .. } => "update_withdrawn",
            Self::StateChanged { .. } => "state_changed",
            Self::ResolvedAtChanged { .. } => "resolved_at_changed",
            Self::Retitled { .. } => "retitled",
            Self::ImpactChanged { .. } => "impact_changed",
            Self::Rescheduled { .. } => "rescheduled",
            Self::Linked { .. } => "linked",
            Self::ComponentChanged { .. } => "component_changed",
            Self::PostmortemPublished { .. } => "postmortem_published",
            Self::TrueWindowSet { .. } => "true_window_set",
            Self::Withdrawn => "withdrawn",
            Self::Restored => "restored",
            Self::Merged { .. } => "merged",
            Self::Absorbed { .. } => "absorbed",
            Self::VisibilityChanged { .. } => "visibility_changed",
            Self::PublicationPlanned { .. } => "publication_planned",
            Self::Noted { .. } => "noted",
            Self::PromiseCalled { .. } => "promise_called",
            Self::Judged(_) => "judged",
            Self::Advised(_) => "advised",
        }
    }
}
