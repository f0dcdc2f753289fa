//! The heart: `decide(incident, input, now) → decision`, the only way in which state changes, for people,
//! machines and ticks alike. Because all three come through this door, the timeline is complete by
//! construction.
//!
//! A decision holds the new entries, the incident that follows from them and the effects, as values. It
//! writes nothing, sends nothing and asks no clock.

mod operator;
mod tick;
mod vendor;
mod watch;

pub use tick::due_at;
pub use watch::{choose, joins};

use crate::advice::Advised;
use crate::detect::Verdict;
use crate::effect::{self, Effect};
use crate::hypothesis::Hypothesis;
use crate::id::{IncidentId, Slug};
use crate::incident::{Impact, Incident, Kind, State, Visibility};
use crate::judgement::Watched;
use crate::observation::{ComponentChange, IncidentObservation};
use crate::time::Window;
use crate::timeline::{Actor, Entry, Event};
use jiff::Timestamp;
use std::fmt;

/// What comes through the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A look at a vendor's page showed this incident.
    Seen {
        /// Whose page.
        vendor: Slug,
        /// The incident as it stands there.
        incident: Box<IncidentObservation>,
        /// Whether the look was a whole one, so that an update that is missing was deleted.
        complete: bool,
    },
    /// A whole look at a vendor's page did not show this incident, though older and newer ones were
    /// there.
    Missing {
        /// Whose page.
        vendor: Slug,
    },
    /// The watch over a database judged it. To be put in when a verdict changes, and again every few
    /// seconds while it stands: what is no news changes nothing, and what was held back for being too much
    /// at once is said later. Which incident it belongs to, [`choose`] tells.
    Judged {
        /// Which database.
        watched: Box<Watched>,
        /// The verdict as it stands; with its end, once it has one.
        verdict: Box<Verdict>,
        /// What speaks for and against each explanation.
        hypotheses: Vec<Hypothesis>,
    },
    /// The watch over a database finds its reads well, though the incident says that they stall: the end of
    /// the stall was never recorded, because nobody watched at that moment.
    FoundWell {
        /// Which database.
        watched: Box<Watched>,
        /// Since when.
        since: Timestamp,
    },
    /// Something would serve a query that the watch over a database blames.
    Advised(Box<Advised>),
    /// A person, or a program on a person's behalf, wants something.
    Command {
        /// Name under which it is recorded.
        by: String,
        /// What is wanted.
        command: Command,
    },
    /// Time passed.
    Tick,
}

/// What a person may want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open an incident or announce a maintenance of our own.
    Open {
        /// In which environment.
        environment: Slug,
        /// Incident or maintenance.
        kind: Kind,
        /// Title.
        title: String,
        /// Grade.
        impact: Impact,
        /// First state.
        state: State,
        /// First update: id within the incident, and text.
        update: (String, String),
        /// What the first update says of components.
        components: Vec<ComponentChange>,
        /// For a maintenance: its window.
        schedule: Option<Window>,
        /// When it truly began, if that is known.
        began_at: Option<Timestamp>,
        /// Who sees it.
        visibility: Visibility,
        /// By when the first update promises the next one.
        next_update_at: Option<Timestamp>,
    },
    /// Record an incident or a maintenance that is over, for the history. Nobody is told.
    Backfill {
        /// In which environment.
        environment: Slug,
        /// Incident or maintenance.
        kind: Kind,
        /// Title.
        title: String,
        /// Grade.
        impact: Impact,
        /// When it was.
        window: Window,
        /// Its last update: id within the incident, and text.
        update: (String, String),
        /// Components as they were during it.
        components: Vec<ComponentChange>,
    },
    /// Record an incident or a maintenance as another page of ours told it, every update at its own time.
    /// Nobody is told. What was recorded before stays as it is.
    Import {
        /// In which environment.
        environment: Slug,
        /// The incident as the other page shows it.
        incident: Box<IncidentObservation>,
    },
    /// Post an update.
    Update {
        /// Id of the update within the incident.
        id: String,
        /// State from now on.
        state: State,
        /// Text, Markdown.
        body: String,
        /// What it says of components.
        components: Vec<ComponentChange>,
        /// By when it promises the next one.
        next_update_at: Option<Timestamp>,
    },
    /// Make public what was internal, with a first public update: what was said inside stays inside.
    Publish {
        /// Id within the incident, and text.
        update: (String, String),
        /// By when it promises the next one.
        next_update_at: Option<Timestamp>,
    },
    /// Take it off public pages, without taking it back.
    Hide,
    /// Object to what a machine would publish: it waits for a person.
    HoldPublication,
    /// Write something down for the team.
    Note {
        /// Text, Markdown.
        body: String,
    },
    /// Change the text of an update. The old version is kept.
    EditUpdate {
        /// Which.
        id: String,
        /// New text.
        body: String,
    },
    /// Take an update back. Its versions are kept.
    WithdrawUpdate {
        /// Which.
        id: String,
    },
    /// Give it another title.
    Retitle {
        /// New title.
        title: String,
    },
    /// Grade it anew.
    SetImpact {
        /// New grade.
        impact: Impact,
    },
    /// Say when it truly began and ended.
    SetTrueWindow {
        /// Beginning of the impact.
        began_at: Option<Timestamp>,
        /// End of the impact.
        ended_at: Option<Timestamp>,
    },
    /// Move a maintenance.
    Reschedule {
        /// New window.
        schedule: Window,
    },
    /// Publish the postmortem, or a new version of it.
    PublishPostmortem {
        /// Text, Markdown.
        body: String,
    },
    /// Take the whole incident back.
    Withdraw,
    /// Undo that.
    Restore,
    /// Say that it is the same event as another, in which it lives on.
    MergeInto {
        /// The other.
        other: IncidentId,
    },
    /// The other side of a merge.
    Absorb {
        /// The one that was merged into this.
        other: IncidentId,
    },
}

/// What follows from an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The incident as it is afterwards.
    pub next: Incident,
    /// New lines of the timeline, in order; empty where nothing changed.
    pub entries: Vec<Entry>,
    /// What should now happen.
    pub effects: Vec<Effect>,
}

impl Decision {
    /// Version that the incident must still have when this is committed; 0 for a new one.
    pub fn expected_version(&self) -> u32 {
        self.next.version - u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }
}

/// The next update may be promised this many days ahead; what is later is no promise but a plan.
pub const PROMISE_DAYS: i64 = 30;

/// Why an input was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such incident.
    NoSuchIncident,
    /// It exists already.
    AlreadyOpen,
    /// There is no update of that id.
    NoSuchUpdate(String),
    /// There is one of that id already.
    DuplicateUpdate(String),
    /// It belongs to a vendor: only what the vendor says can change it.
    BelongsToVendor(Slug),
    /// It was withdrawn or merged away.
    NotLive,
    /// A maintenance cannot be "investigating", an incident cannot be "scheduled".
    WrongState {
        /// Incident or maintenance.
        kind: Kind,
        /// The state that does not suit it.
        state: State,
    },
    /// A field that needs words is empty.
    Empty(&'static str),
    /// A field is longer than allowed.
    TooLong {
        /// Which.
        field: &'static str,
        /// Allowed length in bytes.
        limit: usize,
    },
    /// The end lies before the beginning.
    EndsBeforeItBegins,
    /// A time lies in the future.
    InTheFuture(&'static str),
    /// A time that must lie ahead does not, or lies too far ahead.
    NotAhead(&'static str),
    /// It is public already, or it is not.
    AlreadySo(Visibility),
    /// No publication is planned.
    NothingPlanned,
    /// A postmortem belongs to an incident that is over.
    NotOver,
    /// It cannot be merged into itself.
    SameIncident,
    /// The database is strained, but nobody waits: no reason to open an incident.
    OnlyStrained,
    /// What is judged belongs to another environment than the incident.
    OtherEnvironment(Slug),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchIncident => write!(f, "there is no such incident"),
            Self::AlreadyOpen => write!(f, "an incident of that id exists already"),
            Self::NoSuchUpdate(id) => write!(f, "the incident has no update `{id}`"),
            Self::DuplicateUpdate(id) => write!(f, "the incident has an update `{id}` already"),
            Self::BelongsToVendor(vendor) => {
                write!(f, "the incident is told by vendor `{vendor}`; only its page can change it")
            }
            Self::NotLive => write!(f, "the incident was withdrawn or merged into another"),
            Self::WrongState { kind, state } => {
                write!(f, "state `{}` does not suit an entry of kind `{}`", state.as_str(), kind.as_str())
            }
            Self::Empty(field) => write!(f, "`{field}` is empty"),
            Self::TooLong { field, limit } => write!(f, "`{field}` is longer than {limit} bytes"),
            Self::EndsBeforeItBegins => write!(f, "the end lies before the beginning"),
            Self::InTheFuture(field) => write!(f, "`{field}` lies in the future"),
            Self::NotAhead(field) => write!(f, "`{field}` must lie within the next {PROMISE_DAYS} days"),
            Self::AlreadySo(visibility) => write!(f, "the incident is {} already", visibility.as_str()),
            Self::NothingPlanned => write!(f, "no publication is planned"),
            Self::NotOver => write!(f, "a postmortem needs an incident that is over"),
            Self::OnlyStrained => write!(f, "a strain opens no incident"),
            Self::OtherEnvironment(environment) => {
                write!(f, "the incident does not belong to environment `{environment}`")
            }
            Self::SameIncident => write!(f, "an incident cannot be merged into itself"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Decides. `id` names the incident that a first input would open; for an existing one it is its own.
/// `incident` is what is known, `None` if nothing is. An input that changes nothing gives a decision
/// without entries for an existing incident.
pub fn decide(
    id: &IncidentId,
    incident: Option<&Incident>,
    input: &Input,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut draft = Draft {
        id,
        before: incident,
        next: incident.cloned(),
        entries: Vec::new(),
        effects: Vec::new(),
        now,
        silent: false,
    };
    match input {
        Input::Seen { vendor, incident, complete } => vendor::seen(&mut draft, vendor, incident, *complete),
        Input::Missing { vendor } => vendor::missing(&mut draft, vendor),
        Input::Judged { watched, verdict, hypotheses } => {
            watch::judged(&mut draft, watched, verdict, hypotheses)?;
        }
        Input::FoundWell { watched, since } => watch::found_well(&mut draft, watched, *since)?,
        Input::Advised(advised) => watch::advised(&mut draft, advised)?,
        Input::Command { by, command } => operator::command(&mut draft, by, command)?,
        Input::Tick => tick::tick(&mut draft),
    }
    draft.finish()
}

/// A decision in the making: each event is applied at once, so that the next one is judged against what
/// already follows from those before.
struct Draft<'a> {
    id: &'a IncidentId,
    before: Option<&'a Incident>,
    next: Option<Incident>,
    entries: Vec<Entry>,
    effects: Vec<Effect>,
    now: Timestamp,
    /// Whether pages show it and nobody is told.
    silent: bool,
}

impl Draft<'_> {
    /// The incident as it stands with the events so far.
    fn incident(&self) -> Result<&Incident, Refusal> {
        self.next.as_ref().ok_or(Refusal::NoSuchIncident)
    }

    fn record(&mut self, actor: &Actor, event: Event) {
        let seq = self.next.as_ref().map_or(0, |incident| incident.version) + 1;
        let entry = Entry { seq, seen_at: self.now, actor: actor.clone(), event };
        self.effects.push(effect::of(self.next.as_ref(), &entry));
        match &mut self.next {
            Some(incident) => incident.apply(&entry),
            None => self.next = Incident::replay(self.id, [&entry]),
        }
        self.entries.push(entry);
    }

    /// Records what an update says of components, once for each thing said.
    fn change_components(&mut self, actor: &Actor, update: &str, changes: &[ComponentChange], at: Timestamp) {
        for change in changes {
            let known = self.next.as_ref().and_then(|incident| incident.update(update));
            if !known.is_some_and(|update| update.components.contains(change)) {
                self.change_component(actor, Some(update), change, at);
            }
        }
    }

    fn change_component(
        &mut self,
        actor: &Actor,
        update: Option<&str>,
        change: &ComponentChange,
        at: Timestamp,
    ) {
        let event = Event::ComponentChanged {
            update: update.map(str::to_owned),
            key: change.key.clone(),
            name: change.name.clone(),
            to: change.to,
            at,
        };
        self.record(actor, event);
    }

    fn finish(self) -> Result<Decision, Refusal> {
        let next = self.next.ok_or(Refusal::NoSuchIncident)?;
        let mut effects = self.effects;
        one_notice_each(&mut effects, self.before.is_none().then_some(next.visibility));
        if self.silent {
            for effect in &mut effects {
                *effect = effect.unheard();
            }
        }
        Ok(Decision { next, entries: self.entries, effects })
    }
}

/// One input is told once per kind of news: an update that resolves is told as "resolved", not as
/// "updated" and "resolved"; the first look at an incident is "opened", however much it brings along.
fn one_notice_each(effects: &mut Vec<Effect>, new: Option<Visibility>) {
    use crate::effect::Notice;
    if let Some(visibility) = new {
        effects.truncate(1);
        for opened in effects {
            opened.visibility = visibility;
        }
        return;
    }
    let has = |effects: &[Effect], notice| effects.iter().any(|effect| effect.notice == notice);
    let turning =
        [Notice::Resolved, Notice::Reopened, Notice::Postmortem, Notice::Withdrawn, Notice::Published];
    let turned = turning.into_iter().any(|notice| has(effects, notice));
    let updated = has(effects, Notice::Updated);
    let told_otherwise = effects.iter().any(|effect| effect.notice != Notice::Observed);
    let mut told = Vec::new();
    effects.retain(|effect| {
        let covered = match effect.notice {
            Notice::Updated => turned,
            Notice::Corrected => turned || updated,
            Notice::Observed => told_otherwise,
            _ => false,
        };
        let first = !told.contains(&effect.notice);
        told.push(effect.notice);
        first && !covered
    });
}

#[cfg(test)]
mod tests;
