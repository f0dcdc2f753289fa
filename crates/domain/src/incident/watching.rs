//! What watches over databases have to do with an incident: what each saw last, when its reads stalled, and
//! whether a person speaks for the incident, so that the watch only proposes.

use crate::id::Slug;
use crate::incident::State;
use crate::judgement::Judgement;
use crate::time::Window;
use crate::timeline::{Actor, Entry, Event};
use jiff::Timestamp;

/// The watches of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watching {
    /// One for each database, in the order in which they joined.
    pub watches: Vec<Watch>,
    /// The person who speaks for the incident, once one does.
    pub person: Option<String>,
    /// Whether a person gave the true window.
    pub person_gave_window: bool,
}

/// What the watch over one database saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Which database.
    pub database: Slug,
    /// The last judgement that was recorded.
    pub latest: Judgement,
    /// When that was.
    pub recorded_at: Timestamp,
    /// When its reads stalled, oldest first; the last one is open while they do.
    pub stalls: Vec<Window>,
    /// Until when they must stay well before it counts as over; `None` while they stall.
    pub quiet_until: Option<Timestamp>,
    /// What the watch last said in public.
    pub said: Option<Said>,
}

/// What a watch said in public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The judgement that it told.
    pub judgement: Judgement,
    /// Whether reads stalled by then.
    pub stalled: bool,
    /// Whether it named the cause.
    pub identified: bool,
    /// When.
    pub at: Timestamp,
}

impl Watch {
    /// Whether its reads stall at this moment.
    pub fn is_stalled(&self) -> bool {
        self.stalls.last().is_some_and(|window| window.until.is_none())
    }

    fn new(judgement: &Judgement, at: Timestamp) -> Self {
        Self {
            database: judgement.database.clone(),
            latest: judgement.clone(),
            recorded_at: at,
            stalls: Vec::new(),
            quiet_until: None,
            said: None,
        }
    }

    fn note(&mut self, judgement: &Judgement, at: Timestamp) {
        self.latest = judgement.clone();
        self.recorded_at = at;
        let open = self.stalls.last_mut().filter(|window| window.until.is_none());
        match (open, judgement.ended_at) {
            (Some(window), None) => window.from = window.from.min(judgement.began_at),
            (Some(window), Some(until)) => {
                *window = Window::closed(window.from, until);
                self.quiet_until = judgement.quiet_until;
            }
            (None, None) if judgement.is_stall() => {
                self.stalls.push(Window::open(judgement.began_at));
                self.quiet_until = None;
            }
            (None, _) => {}
        }
    }
}

impl Watching {
    /// Takes note of an entry.
    pub(crate) fn note(&mut self, entry: &Entry) {
        match (&entry.actor, &entry.event) {
            (_, Event::Judged(judgement)) => self.judge(judgement, entry.seen_at),
            (Actor::Watch(database), Event::UpdatePosted { state, published_at, .. }) => {
                self.say(database, *state, *published_at);
            }
            (Actor::Person(_), Event::TrueWindowSet { .. }) => self.person_gave_window = true,
            (Actor::Person(name), event) if speaks(event) => self.person = Some(name.clone()),
            _ => {}
        }
    }

    fn judge(&mut self, judgement: &Judgement, at: Timestamp) {
        let known = self.watches.iter().position(|watch| watch.database == judgement.database);
        let watch = match known {
            Some(known) => &mut self.watches[known],
            None => self.watches.push_mut(Watch::new(judgement, at)),
        };
        watch.note(judgement, at);
    }

    fn say(&mut self, database: &Slug, state: State, at: Timestamp) {
        if let Some(watch) = self.watches.iter_mut().find(|watch| &watch.database == database) {
            let stalled = watch.is_stalled();
            let identified = state == State::Identified;
            watch.said = Some(Said { judgement: watch.latest.clone(), stalled, identified, at });
        }
    }

    /// The watch over a database.
    pub fn of(&self, database: &Slug) -> Option<&Watch> {
        self.watches.iter().find(|watch| &watch.database == database)
    }

    /// Whether the reads of any of its databases stall at this moment.
    pub fn is_stalled(&self) -> bool {
        self.watches.iter().any(Watch::is_stalled)
    }

    /// From the first moment at which reads of any of its databases stalled to the last.
    pub fn stalled_window(&self) -> Option<Window> {
        let stalls = || self.watches.iter().flat_map(|watch| &watch.stalls);
        let from = stalls().map(|window| window.from).min()?;
        let until = stalls().filter_map(|window| window.until).max().filter(|_| !self.is_stalled());
        Some(Window { from, until })
    }

    /// The watch whose reads must stay well the longest; `None` while any stall.
    pub fn last_to_recover(&self) -> Option<&Watch> {
        let recovered = self.watches.iter().filter(|watch| watch.quiet_until.is_some());
        recovered.max_by_key(|watch| watch.quiet_until).filter(|_| !self.is_stalled())
    }

    /// The state that the watch would give the incident, where it leaves that to a person: the last word of
    /// those that speak.
    pub fn proposal(&self) -> Option<State> {
        let latest = self.watches.iter().max_by_key(|watch| watch.recorded_at)?;
        latest.latest.proposes
    }
}

/// Whether a person who does this speaks for the incident from then on.
fn speaks(event: &Event) -> bool {
    matches!(
        event,
        Event::UpdatePosted { .. }
            | Event::UpdateEdited { .. }
            | Event::UpdateWithdrawn { .. }
            | Event::StateChanged { .. }
            | Event::Opened { .. }
            | Event::ImpactChanged { .. }
            | Event::ComponentChanged { .. }
            | Event::PostmortemPublished { .. }
            | Event::Withdrawn
            | Event::Restored
    )
}
