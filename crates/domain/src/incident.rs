//! The incident: what follows from its timeline. Read [`Incident`] first; [`Incident::replay`] is the
//! only way to make one, and [`decide`](crate::decide()) the only way to lengthen its timeline.

mod apply;
mod watching;

pub use watching::{Said, Watch, Watching};

use crate::component::ComponentState;
use crate::id::{ComponentKey, IncidentId, Slug};
use crate::observation::ComponentChange;
use crate::time::Window;
use crate::timeline::{Actor, Entry};
use jiff::Timestamp;

/// An incident or a scheduled maintenance, ours or a vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Public identifier.
    pub id: IncidentId,
    /// Number of entries in its timeline; commits check it so that nobody's change is overwritten.
    pub version: u32,
    /// Where it comes from.
    pub origin: Origin,
    /// Incident or maintenance.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// Grade as its source gives it.
    pub impact: Impact,
    /// Current state.
    pub state: State,
    /// The source's own page of it.
    pub url: Option<String>,
    /// Announced window of a maintenance.
    pub schedule: Option<Window>,
    /// The three clocks.
    pub clocks: Clocks,
    /// Affected components, each with its windows, in the order in which they appeared.
    pub components: Vec<AffectedComponent>,
    /// Updates, oldest first.
    pub updates: Vec<Update>,
    /// The postmortem, if one was published.
    pub postmortem: Option<Postmortem>,
    /// The incident in which this one lives on.
    pub merged_into: Option<IncidentId>,
    /// Incidents that were found to be this one.
    pub absorbed: Vec<IncidentId>,
    /// When we saw that its source had taken it back.
    pub withdrawn_at: Option<Timestamp>,
    /// Who sees it.
    pub visibility: Visibility,
    /// What a machine wrote and nobody has published yet.
    pub publication: Publication,
    /// What the team wrote down, oldest first. Never public.
    pub notes: Vec<Note>,
    /// What watches over databases have to do with it.
    pub watching: Watching,
}

/// Who sees an incident or an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// The team.
    Internal,
    /// Everybody who sees a page of its environment.
    Public,
}

/// Whether an incident that a machine opened becomes public by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publication {
    /// Nothing is planned: it is public, or a person keeps it.
    #[default]
    None,
    /// A draft that waits for a person.
    Waiting,
    /// At this moment, unless a person objects.
    At(Timestamp),
}

/// Something that the team wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Text, Markdown.
    pub body: String,
    /// Who wrote it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// Three clocks, never confused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// When it truly began, where that is known.
    pub began_at: Option<Timestamp>,
    /// When it truly ended, where that is known.
    pub ended_at: Option<Timestamp>,
    /// When it was first spoken of in public.
    pub published_at: Timestamp,
    /// When its source declared it over.
    pub resolved_at: Option<Timestamp>,
    /// When we first saw it.
    pub seen_at: Timestamp,
    /// When we saw that it was over.
    pub resolved_seen_at: Option<Timestamp>,
}

/// Where an incident comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A vendor's status page.
    Vendor {
        /// Which vendor.
        vendor: Slug,
        /// The vendor's own id.
        external_id: String,
    },
    /// Ourselves, in one of our environments.
    Own {
        /// Which environment.
        environment: Slug,
    },
}

/// Incident or maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something broke.
    Incident,
    /// Something is being done on purpose.
    Maintenance,
}

/// Grade of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Impact {
    /// Its source says that there is none.
    None,
    /// Some feel it.
    Minor,
    /// Many feel it.
    Major,
    /// All feel it.
    Critical,
    /// On purpose.
    Maintenance,
    /// Not said, or not understood.
    Unknown,
}

/// State of an incident or of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Somebody is looking.
    Investigating,
    /// The cause is known.
    Identified,
    /// A fix is in and watched.
    Monitoring,
    /// Over.
    Resolved,
    /// Over, and its story is told.
    Postmortem,
    /// A maintenance that is announced.
    Scheduled,
    /// A maintenance that runs.
    InProgress,
    /// A maintenance whose result is watched.
    Verifying,
    /// A maintenance that is over.
    Completed,
    /// Not said, or not understood.
    Unknown,
}

/// A component that an incident touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffectedComponent {
    /// The source's key of it.
    pub key: ComponentKey,
    /// Its name.
    pub name: String,
    /// When it was in which state, oldest first. Empty where the source never said.
    pub windows: Vec<(ComponentState, Window)>,
}

/// One update with every version it ever had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Id within the incident: the vendor's, or ours.
    pub id: String,
    /// When it was posted.
    pub published_at: Timestamp,
    /// When we saw it.
    pub seen_at: Timestamp,
    /// Every version, oldest first; never empty.
    pub versions: Vec<Version>,
    /// Later posts of the same words.
    pub repeats: Vec<Repeat>,
    /// What it said of components.
    pub components: Vec<ComponentChange>,
    /// When we saw that it was gone.
    pub withdrawn_at: Option<Timestamp>,
    /// Who sees it: what is posted while the incident is internal stays so.
    pub visibility: Visibility,
    /// By when it promises the next one.
    pub next_update_at: Option<Timestamp>,
    /// Whether the team was reminded of that, and told that it is late.
    pub called: Called,
}

/// How far the team was told of a promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Called {
    /// Not yet.
    #[default]
    No,
    /// That it is due soon.
    Soon,
    /// That it is late.
    Late,
}

impl Update {
    /// The version that stands.
    ///
    /// # Panics
    /// Never: an update is made with its first version, and versions are only added.
    pub fn current(&self) -> &Version {
        self.versions.last().expect("an update has at least one version")
    }
}

/// One wording of an update or of a postmortem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// State that it announced.
    pub state: State,
    /// Text, Markdown.
    pub body: String,
    /// Who wrote it.
    pub actor: Actor,
    /// When it was written, by its source's clock; for a version that the source does not date, when
    /// we saw it.
    pub written_at: Timestamp,
    /// When we saw it.
    pub seen_at: Timestamp,
    /// When its source changed it between posting and our first look, if it says so.
    pub edited_at: Option<Timestamp>,
}

/// A later post of the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Id of the repetition.
    pub id: String,
    /// When it was posted.
    pub published_at: Timestamp,
    /// When we saw it.
    pub seen_at: Timestamp,
}

/// The story told afterwards, with every version it ever had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postmortem {
    /// When it was first published.
    pub published_at: Timestamp,
    /// Every version, oldest first; never empty.
    pub versions: Vec<Version>,
}

impl Postmortem {
    /// The text that stands.
    ///
    /// # Panics
    /// Never: a postmortem is made with its first version, and versions are only added.
    pub fn body(&self) -> &str {
        &self.versions.last().expect("a postmortem has at least one version").body
    }
}

impl Incident {
    /// Makes the incident from its timeline. `None` for an empty timeline or one that does not begin
    /// with [`Opened`](crate::Event::Opened).
    pub fn replay<'a>(id: &IncidentId, entries: impl IntoIterator<Item = &'a Entry>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let mut incident = apply::open(id, entries.next()?)?;
        for entry in entries {
            incident.apply(entry);
        }
        Some(incident)
    }

    /// Its published window: from the first public word to the declared end.
    pub fn published_window(&self) -> Window {
        match self.clocks.resolved_at {
            Some(until) => Window::closed(self.clocks.published_at, until),
            None => Window::open(self.clocks.published_at),
        }
    }

    /// Its true window, where the beginning is known.
    pub fn true_window(&self) -> Option<Window> {
        let from = self.clocks.began_at?;
        Some(match self.clocks.ended_at {
            Some(until) => Window::closed(from, until),
            None => Window::open(from),
        })
    }

    /// The best that is known of when users felt it: the true window where known, for a maintenance the time
    /// of the work, else the published window.
    pub fn best_window(&self) -> Window {
        self.true_window().or_else(|| self.work_window()).unwrap_or_else(|| self.published_window())
    }

    /// For a maintenance: from when it was said to run, or was announced to, until it was over. Not before it
    /// is over or runs is it known to have happened, so a scheduled one has its announced window.
    pub fn work_window(&self) -> Option<Window> {
        let announced = self.schedule.filter(|_| self.kind == Kind::Maintenance)?;
        let ran = self.updates.iter().find(|update| update.current().state == State::InProgress);
        let from = ran.map_or(announced.from, |update| update.published_at);
        match (self.clocks.resolved_at, self.state) {
            (Some(until), _) => Some(Window::closed(from.min(until), until)),
            (None, State::Scheduled) => Some(announced),
            (None, _) => Some(Window::open(from)),
        }
    }

    /// Published duration in whole seconds, to `now` while it lasts.
    pub fn duration_seconds(&self, now: Timestamp) -> i64 {
        self.published_window().seconds(now)
    }

    /// How long after the first public word we saw it, in seconds. Zero for our own.
    pub fn detection_lag_seconds(&self) -> i64 {
        crate::time::seconds_between(self.clocks.published_at, self.clocks.seen_at)
    }

    /// Whether it is going on: begun, not over, not withdrawn, not merged away.
    pub fn is_open(&self) -> bool {
        !self.state.is_over() && self.state != State::Scheduled && self.is_live()
    }

    /// Whether it still counts: neither withdrawn nor merged away.
    pub fn is_live(&self) -> bool {
        self.withdrawn_at.is_none() && self.merged_into.is_none()
    }

    /// The state of a component at this moment, by this incident alone.
    pub fn component_state(&self, key: &ComponentKey) -> Option<ComponentState> {
        let component = self.components.iter().find(|component| &component.key == key)?;
        component.windows.last().filter(|(_, window)| window.until.is_none()).map(|(state, _)| *state)
    }

    /// Whether everybody may see it.
    pub fn is_public(&self) -> bool {
        self.visibility == Visibility::Public
    }

    /// Updates that everybody may see, oldest first.
    pub fn public_updates(&self) -> impl DoubleEndedIterator<Item = &Update> {
        self.updates.iter().filter(|update| update.visibility == Visibility::Public)
    }

    /// The update of that id, if it is there.
    pub fn update(&self, id: &str) -> Option<&Update> {
        self.updates.iter().find(|update| update.id == id)
    }
}

macro_rules! words {
    ($type:ident, $unknown:expr, $( $variant:ident => $word:literal, $label:literal; )+) => {
        impl $type {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in APIs and rows.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The word people read.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// Reads a word; what is not one of ours is the value for "not understood".
            pub fn parse(text: &str) -> Self {
                match text { $($word => Self::$variant,)+ _ => $unknown }
            }
        }
    };
}

words! { Kind, Kind::Incident,
    Incident => "incident", "Incident";
    Maintenance => "maintenance", "Maintenance";
}

words! { Visibility, Visibility::Internal,
    Internal => "internal", "Internal";
    Public => "public", "Public";
}

words! { Impact, Impact::Unknown,
    None => "none", "No impact";
    Minor => "minor", "Minor";
    Major => "major", "Major";
    Critical => "critical", "Critical";
    Maintenance => "maintenance", "Maintenance";
    Unknown => "unknown", "Unknown impact";
}

words! { State, State::Unknown,
    Investigating => "investigating", "Investigating";
    Identified => "identified", "Identified";
    Monitoring => "monitoring", "Monitoring";
    Resolved => "resolved", "Resolved";
    Postmortem => "postmortem", "Postmortem";
    Scheduled => "scheduled", "Scheduled";
    InProgress => "in_progress", "In progress";
    Verifying => "verifying", "Verifying";
    Completed => "completed", "Completed";
    Unknown => "unknown", "Unknown";
}

impl State {
    /// Whether nothing more is expected to break: resolved, completed, or told as a postmortem.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Postmortem | Self::Completed)
    }

    /// Whether a maintenance may be in it.
    pub fn suits(self, kind: Kind) -> bool {
        match self {
            Self::Unknown | Self::Postmortem => true,
            Self::Scheduled | Self::InProgress | Self::Verifying | Self::Completed => {
                kind == Kind::Maintenance
            }
            Self::Investigating | Self::Identified | Self::Monitoring | Self::Resolved => {
                kind == Kind::Incident
            }
        }
    }
}

impl Impact {
    /// The component state that an open incident of this grade implies. A grade that nobody gave implies
    /// nothing that could be shown as green.
    pub fn implied_state(self, kind: Kind) -> ComponentState {
        match (self, kind) {
            (Self::Maintenance, _) | (Self::None | Self::Unknown, Kind::Maintenance) => {
                ComponentState::UnderMaintenance
            }
            (Self::None, Kind::Incident) => ComponentState::Operational,
            (Self::Minor, _) => ComponentState::DegradedPerformance,
            (Self::Major, _) => ComponentState::PartialOutage,
            (Self::Critical, _) => ComponentState::MajorOutage,
            (Self::Unknown, Kind::Incident) => ComponentState::Unknown,
        }
    }
}
