//! Promises of our own: each public update may say by when the next one comes. Whether that was kept follows
//! from the timeline, so nobody has to keep a ledger.

use crate::incident::{Called, Incident, Update};
use crate::time::Window;
use jiff::{SignedDuration, Timestamp};

/// The team is reminded this long before a promise lapses, or when half of its time is left if that is less.
const REMIND: SignedDuration = SignedDuration::from_mins(5);

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The update that made it.
    pub update: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// By when more was promised.
    pub due_at: Timestamp,
    /// When more came: the next public update, or the end.
    pub answered_at: Option<Timestamp>,
    /// How far the team was told of it.
    pub called: Called,
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Its time has not come.
    Pending,
    /// More came in time.
    Kept,
    /// More came late, or not yet.
    Broken,
}

impl Promise {
    /// What became of it.
    pub fn outcome(&self, now: Timestamp) -> Outcome {
        match self.answered_at {
            Some(answered_at) if answered_at <= self.due_at => Outcome::Kept,
            None if now <= self.due_at => Outcome::Pending,
            _ => Outcome::Broken,
        }
    }

    /// When the team is to be reminded of it.
    pub fn remind_at(&self) -> Timestamp {
        let half = self.due_at.duration_since(self.made_at) / 2;
        self.due_at.checked_sub(REMIND.min(half)).unwrap_or(self.due_at)
    }

    /// When time alone changes something about it next; `None` once it is answered or told as late.
    pub fn next_call_at(&self) -> Option<Timestamp> {
        match (self.answered_at, self.called) {
            (Some(_), _) | (None, Called::Late) => None,
            (None, Called::No) => Some(self.remind_at()),
            // A promise that is due at this moment can still be kept at this moment.
            (None, Called::Soon) => self.due_at.checked_add(SignedDuration::from_micros(1)).ok(),
        }
    }
}

/// Every promise of an incident, oldest first.
pub fn promises(incident: &Incident) -> Vec<Promise> {
    let standing: Vec<&Update> =
        incident.public_updates().filter(|update| update.withdrawn_at.is_none()).collect();
    let over_at = incident.clocks.resolved_at.or(incident.withdrawn_at);
    let mut promises = Vec::new();
    for (position, update) in standing.iter().enumerate() {
        let Some(due_at) = update.next_update_at else { continue };
        let next = standing.get(position + 1).map(|next| next.published_at);
        let over = over_at.filter(|over_at| *over_at >= update.published_at);
        promises.push(Promise {
            update: update.id.clone(),
            made_at: update.published_at,
            due_at,
            answered_at: next.into_iter().chain(over).min(),
            called: update.called,
        });
    }
    promises
}

/// The promise that binds now: the last one, while nothing has answered it.
pub fn pending(incident: &Incident) -> Option<Promise> {
    let live = incident.is_live() && incident.is_public();
    promises(incident).pop().filter(|promise| live && promise.answered_at.is_none())
}

/// How many of those promises that came due within `window` were kept: kept, and all.
pub fn kept(promises: &[Promise], window: Window, now: Timestamp) -> (usize, usize) {
    let until = window.until.unwrap_or(now);
    let due = promises.iter().filter(|promise| promise.due_at >= window.from && promise.due_at <= until);
    let outcomes: Vec<Outcome> = due.map(|promise| promise.outcome(now)).collect();
    let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    (count(Outcome::Kept), count(Outcome::Kept) + count(Outcome::Broken))
}
