//! Incidents as JSON.

use crate::api::time::{Time, WindowBody};
use crate::api::vocabulary::{ComponentStateWord, ImpactWord, KindWord, StateWord, VisibilityWord};
use crate::view::Voice;
use crate::view::line::IncidentLine;
use crate::view::link;
use domain::incident::{self, AffectedComponent, Clocks, Publication};
use domain::observation::ComponentChange;
use domain::{Actor, Incident, Origin, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// An incident in a list.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "a program reads each of them by its name")]
pub struct IncidentLineBody {
    /// Public identifier.
    pub id: String,
    /// Path of its page.
    pub path: String,
    /// Slug of the vendor or environment it belongs to.
    pub source: String,
    /// Name of that vendor or environment.
    pub source_name: String,
    /// Whether it is our own.
    pub own: bool,
    /// Incident or maintenance.
    pub kind: KindWord,
    /// Title.
    pub title: String,
    /// Grade as its source gives it.
    pub impact: ImpactWord,
    /// State.
    pub state: StateWord,
    /// Whether it is going on.
    pub open: bool,
    /// The best that is known of when it was felt.
    pub window: WindowBody,
    /// Announced window of a maintenance.
    pub schedule: Option<WindowBody>,
    /// Names of affected components.
    pub components: Vec<String>,
    /// Whether a postmortem was published.
    pub has_postmortem: bool,
    /// Whether its source took it back.
    pub withdrawn: bool,
    /// Whether it lives on in another.
    pub merged: bool,
}

impl IncidentLineBody {
    /// The line of a list of one page.
    pub(crate) fn new(line: &IncidentLine, voice: &Voice) -> Self {
        Self { path: voice.links.incident(&line.id), ..line.into() }
    }
}

impl From<&IncidentLine> for IncidentLineBody {
    fn from(line: &IncidentLine) -> Self {
        Self {
            id: line.id.to_string(),
            path: link::incident(&line.id),
            source: line.source.to_string(),
            source_name: line.source_name.clone(),
            own: line.own,
            kind: KindWord(line.kind),
            title: line.title.clone(),
            impact: ImpactWord(line.impact),
            state: StateWord(line.state),
            open: line.is_open(),
            window: line.window.into(),
            schedule: line.schedule.map(Into::into),
            components: line.components.clone(),
            has_postmortem: line.has_postmortem,
            withdrawn: line.withdrawn,
            merged: line.merged,
        }
    }
}

/// One page of incidents, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentListBody {
    /// When this was so.
    pub as_of: Time,
    /// The incidents.
    pub incidents: Vec<IncidentLineBody>,
    /// How many match in all; null where counting them would cost too much.
    pub total: Option<u64>,
    /// Path and query of the next page; null on the last.
    pub next: Option<String>,
}

/// Everything that is known of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentBody {
    /// Public identifier.
    pub id: String,
    /// Path of its page.
    pub path: String,
    /// Number of entries in its timeline; every change makes it larger.
    pub version: u32,
    /// Where it comes from.
    pub origin: OriginBody,
    /// Incident or maintenance.
    pub kind: KindWord,
    /// Title.
    pub title: String,
    /// The one sentence that tells it.
    pub summary: String,
    /// Grade as its source gives it.
    pub impact: ImpactWord,
    /// State.
    pub state: StateWord,
    /// Whether it is going on.
    pub open: bool,
    /// The source's own page of it.
    pub source_url: Option<String>,
    /// Announced window of a maintenance.
    pub schedule: Option<WindowBody>,
    /// When it was so, by each of three clocks.
    pub clocks: ClocksBody,
    /// Affected components, each with its windows.
    pub components: Vec<ComponentBody>,
    /// Updates, oldest first, each with every version it ever had.
    pub updates: Vec<UpdateBody>,
    /// The postmortem, if one was published.
    pub postmortem: Option<PostmortemBody>,
    /// The incident in which this one lives on.
    pub merged_into: Option<String>,
    /// Incidents that were found to be this one.
    pub absorbed: Vec<String>,
    /// When its source was seen to have taken it back.
    pub withdrawn_at: Option<Time>,
    /// Who sees it.
    pub visibility: VisibilityWord,
    /// What a machine wrote and nobody has published yet.
    pub publication: PublicationBody,
    /// By when the next update is promised; null where nothing is.
    pub next_update_at: Option<Time>,
    /// What the team wrote down, oldest first.
    pub notes: Vec<NoteBody>,
}

impl IncidentBody {
    /// The body of an incident at `now`; `subject` is the name of its vendor or environment.
    pub fn new(incident: &Incident, subject: &str, now: Timestamp) -> Self {
        Self {
            id: incident.id.to_string(),
            path: link::incident(&incident.id),
            version: incident.version,
            origin: OriginBody::new(&incident.origin, subject),
            kind: KindWord(incident.kind),
            title: incident.title.clone(),
            summary: domain::summary::sentence(incident, subject, now),
            impact: ImpactWord(incident.impact),
            state: StateWord(incident.state),
            open: incident.is_open(),
            source_url: incident.url.clone(),
            schedule: incident.schedule.map(Into::into),
            clocks: ClocksBody::new(&incident.clocks),
            components: incident.components.iter().map(Into::into).collect(),
            updates: incident.updates.iter().map(Into::into).collect(),
            postmortem: incident.postmortem.as_ref().map(Into::into),
            merged_into: incident.merged_into.as_ref().map(ToString::to_string),
            absorbed: incident.absorbed.iter().map(ToString::to_string).collect(),
            withdrawn_at: incident.withdrawn_at.map(Time),
            visibility: VisibilityWord(incident.visibility),
            publication: incident.publication.into(),
            next_update_at: domain::promise::pending(incident).map(|promise| Time(promise.due_at)),
            notes: incident.notes.iter().map(Into::into).collect(),
        }
    }
}

/// Whether what a machine wrote becomes public by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationBody {
    /// `none`, `waiting` for a person, or `planned`.
    pub state: &'static str,
    /// When, if nobody objects.
    pub at: Option<Time>,
}

impl From<Publication> for PublicationBody {
    fn from(publication: Publication) -> Self {
        match publication {
            Publication::None => Self { state: "none", at: None },
            Publication::Waiting => Self { state: "waiting", at: None },
            Publication::At(at) => Self { state: "planned", at: Some(Time(at)) },
        }
    }
}

/// Something that the team wrote down.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteBody {
    /// Text, Markdown.
    pub body: String,
    /// Who wrote it.
    pub by: ActorBody,
    /// When.
    pub at: Time,
}

impl From<&incident::Note> for NoteBody {
    fn from(note: &incident::Note) -> Self {
        Self { body: note.body.clone(), by: (&note.actor).into(), at: Time(note.at) }
    }
}

/// Where an incident comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginBody {
    /// `vendor` or `own`.
    pub kind: &'static str,
    /// Slug of the vendor or environment.
    pub source: String,
    /// Name of it.
    pub name: String,
    /// The vendor's own id of the incident.
    pub external_id: Option<String>,
}

impl OriginBody {
    fn new(origin: &Origin, subject: &str) -> Self {
        let (kind, source, external_id) = match origin {
            Origin::Vendor { vendor, external_id } => ("vendor", vendor, Some(external_id.clone())),
            Origin::Own { environment } => ("own", environment, None),
        };
        Self { kind, source: source.to_string(), name: subject.to_owned(), external_id }
    }
}

/// Three clocks, never confused.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClocksBody {
    /// When it truly began, where that is known.
    pub began_at: Option<Time>,
    /// When it truly ended, where that is known.
    pub ended_at: Option<Time>,
    /// When it was first spoken of in public.
    pub published_at: Time,
    /// When its source declared it over.
    pub resolved_at: Option<Time>,
    /// When we first saw it.
    pub seen_at: Time,
    /// When we saw that it was over.
    pub resolved_seen_at: Option<Time>,
}

impl ClocksBody {
    fn new(clocks: &Clocks) -> Self {
        Self {
            began_at: clocks.began_at.map(Time),
            ended_at: clocks.ended_at.map(Time),
            published_at: Time(clocks.published_at),
            resolved_at: clocks.resolved_at.map(Time),
            seen_at: Time(clocks.seen_at),
            resolved_seen_at: clocks.resolved_seen_at.map(Time),
        }
    }
}

/// A component that an incident touched.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentBody {
    /// The source's key of it.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When it was in which state, oldest first.
    pub windows: Vec<ComponentWindowBody>,
}

/// A stretch of time that a component spent in one state.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentWindowBody {
    /// The state.
    pub state: ComponentStateWord,
    /// First instant of it.
    pub from: Time,
    /// First instant after it; null while it lasts.
    pub until: Option<Time>,
}

impl From<&AffectedComponent> for ComponentBody {
    fn from(component: &AffectedComponent) -> Self {
        let windows = component.windows.iter().map(|(state, window)| ComponentWindowBody {
            state: ComponentStateWord(*state),
            from: Time(window.from),
            until: window.until.map(Time),
        });
        Self { key: component.key.to_string(), name: component.name.clone(), windows: windows.collect() }
    }
}

/// One update.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpdateBody {
    /// Id within the incident.
    pub id: String,
    /// State that it announces, by the version that stands.
    pub state: StateWord,
    /// Text that stands, Markdown.
    pub body: String,
    /// When it was posted.
    pub published_at: Time,
    /// When we saw it.
    pub seen_at: Time,
    /// Every version, oldest first.
    pub versions: Vec<VersionBody>,
    /// Later posts of the same words.
    pub repeats: Vec<RepeatBody>,
    /// What it said of components.
    pub components: Vec<ComponentChangeBody>,
    /// When it was seen to be gone.
    pub withdrawn_at: Option<Time>,
    /// Who sees it.
    pub visibility: VisibilityWord,
    /// By when it promises the next one.
    pub next_update_at: Option<Time>,
}

impl From<&incident::Update> for UpdateBody {
    fn from(update: &incident::Update) -> Self {
        Self {
            id: update.id.clone(),
            state: StateWord(update.current().state),
            body: update.current().body.clone(),
            published_at: Time(update.published_at),
            seen_at: Time(update.seen_at),
            versions: update.versions.iter().map(Into::into).collect(),
            repeats: update.repeats.iter().map(Into::into).collect(),
            components: update.components.iter().map(Into::into).collect(),
            withdrawn_at: update.withdrawn_at.map(Time),
            visibility: VisibilityWord(update.visibility),
            next_update_at: update.next_update_at.map(Time),
        }
    }
}

/// One wording of an update or of a postmortem.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionBody {
    /// State that it announced.
    pub state: StateWord,
    /// Text, Markdown.
    pub body: String,
    /// Who wrote it.
    pub by: ActorBody,
    /// When it was written, by its source's clock where the source says so.
    pub written_at: Time,
    /// When we saw it.
    pub seen_at: Time,
    /// When its source changed it between posting and our first look, if it says so.
    pub edited_at: Option<Time>,
}

impl From<&incident::Version> for VersionBody {
    fn from(version: &incident::Version) -> Self {
        Self {
            state: StateWord(version.state),
            body: version.body.clone(),
            by: (&version.actor).into(),
            written_at: Time(version.written_at),
            seen_at: Time(version.seen_at),
            edited_at: version.edited_at.map(Time),
        }
    }
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorBody {
    /// `vendor`, `person`, `watch` or `clock`.
    pub kind: &'static str,
    /// Slug of the vendor or of the watched database, or name of the person's token.
    pub name: Option<String>,
}

impl From<&Actor> for ActorBody {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Vendor(vendor) => Self { kind: "vendor", name: Some(vendor.to_string()) },
            Actor::Person(name) => Self { kind: "person", name: Some(name.clone()) },
            Actor::Watch(database) => Self { kind: "watch", name: Some(database.to_string()) },
            Actor::Clock => Self { kind: "clock", name: None },
        }
    }
}

/// A later post of the same words.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepeatBody {
    /// Id of the repetition.
    pub id: String,
    /// When it was posted.
    pub published_at: Time,
    /// When we saw it.
    pub seen_at: Time,
}

impl From<&incident::Repeat> for RepeatBody {
    fn from(repeat: &incident::Repeat) -> Self {
        Self { id: repeat.id.clone(), published_at: Time(repeat.published_at), seen_at: Time(repeat.seen_at) }
    }
}

/// What an update said of one component.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentChangeBody {
    /// Which.
    pub key: String,
    /// Its name.
    pub name: String,
    /// State from then on.
    pub to: ComponentStateWord,
}

impl From<&ComponentChange> for ComponentChangeBody {
    fn from(change: &ComponentChange) -> Self {
        Self { key: change.key.to_string(), name: change.name.clone(), to: ComponentStateWord(change.to) }
    }
}

/// The story told afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostmortemBody {
    /// Text that stands, Markdown.
    pub body: String,
    /// When it was first published.
    pub published_at: Time,
    /// Every version, oldest first.
    pub versions: Vec<VersionBody>,
}

impl From<&incident::Postmortem> for PostmortemBody {
    fn from(postmortem: &incident::Postmortem) -> Self {
        Self {
            body: postmortem.body().to_owned(),
            published_at: Time(postmortem.published_at),
            versions: postmortem.versions.iter().map(Into::into).collect(),
        }
    }
}
