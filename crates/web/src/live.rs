//! What the watched databases look like now: the last ten minutes second by second, who is primary, what is
//! in flight, what stands. The watch loop tells it by plain method calls; pages, streams and metrics read it.
//!
//! Bounded: so many nodes a database, so many seconds and groups a node, the oldest going first. Locks are
//! held for copying and never over an `await`. Never keeps anything over a restart; that is the store's.

mod heat;
mod node;
mod stream;

pub use node::{LiveNode, SECONDS};
pub use stream::LiveStream;

use domain::detect::{Severity, Verdict};
use domain::reads::{Failure, Frame, InFlight, Path, Role, Use};
use domain::{IncidentId, Slug, Timestamp};
use heat::Minute;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use store::ReadTime;

/// Most nodes of one database; of more, those that were heard of last.
const MOST_NODES: usize = 64;
/// Seconds after which a node that is not heard of is not known any more.
pub const STALE_SECONDS: i64 = 15;

/// A database that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedDatabase {
    /// Identifier in addresses.
    pub name: Slug,
    /// Display name.
    pub title: String,
    /// The environment to which it belongs.
    pub environment: Option<Slug>,
}

/// All watched databases, in the order of the configuration.
#[derive(Debug)]
pub struct Live {
    databases: RwLock<Vec<Arc<LiveDatabase>>>,
    streams: stream::Places,
}

impl Default for Live {
    fn default() -> Self {
        Self { databases: RwLock::default(), streams: stream::Places::new() }
    }
}

/// What is known of one database.
#[derive(Debug)]
pub struct LiveDatabase {
    watched: WatchedDatabase,
    state: Mutex<State>,
    news: stream::News,
}

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<Arc<str>, LiveNode>,
    standing: Option<Standing>,
    minute: Minute,
}

/// A verdict that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The judgement.
    pub verdict: Verdict,
    /// The incident that it opened or joined.
    pub incident: Option<IncidentId>,
}

/// Read times of a minute that is over, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMinute {
    /// Beginning of the minute.
    pub at: Timestamp,
    /// By namespace.
    pub times: Vec<ReadTime>,
}

/// How a database stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Nothing stands against it.
    Quiet,
    /// Nothing is heard of any of its nodes.
    Unknown,
    /// It works harder than it should.
    Strain,
    /// Users wait.
    Stall,
}

impl Condition {
    /// Every condition, the best first.
    pub const ALL: [Self; 4] = [Self::Quiet, Self::Unknown, Self::Strain, Self::Stall];

    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Unknown => "unknown",
            Self::Strain => "strain",
            Self::Stall => "stall",
        }
    }
}

/// A copy of what is known of a database.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// Which.
    pub watched: WatchedDatabase,
    /// Its nodes by name.
    pub nodes: Vec<(Arc<str>, LiveNode)>,
    /// The verdict that stands.
    pub standing: Option<Standing>,
}

impl Live {
    /// Watches these databases from now on; what is known of those that stay is kept.
    pub fn watch(&self, watched: Vec<WatchedDatabase>) {
        let mut databases = self.databases.write().unwrap_or_else(PoisonError::into_inner);
        let known = std::mem::take(&mut *databases);
        databases.extend(watched.into_iter().map(|watched| {
            let same = known.iter().find(|database| database.watched == watched);
            same.cloned().unwrap_or_else(|| Arc::new(LiveDatabase::new(watched)))
        }));
    }

    /// Every watched database.
    pub fn databases(&self) -> Vec<Arc<LiveDatabase>> {
        self.databases.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The database of that name.
    pub fn database(&self, name: &str) -> Option<Arc<LiveDatabase>> {
        let databases = self.databases.read().unwrap_or_else(PoisonError::into_inner);
        databases.iter().find(|database| database.watched.name.as_str() == name).cloned()
    }

    /// The last second of each node, once a second.
    pub fn frames(&self, database: &str, at: Timestamp, frames: &[(Arc<str>, Frame)]) {
        let Some(database) = self.database(database) else { return };
        database.change(|state| {
            for (node, frame) in frames {
                state.node(node, at).push(at, *frame);
            }
        });
        database.news.frames(at, frames);
    }

    /// What a node says it is.
    pub fn role(&self, database: &str, node: &str, at: Timestamp, role: Role) {
        if let Some(database) = self.database(database) {
            database.change(|state| state.node(node, at).role = Some(role));
        }
    }

    /// What is in flight on a node.
    pub fn in_flight(&self, database: &str, node: &str, at: Timestamp, in_flight: &InFlight) {
        let Some(database) = self.database(database) else { return };
        let bounded = node::bounded(in_flight);
        database.news.in_flight(at, node, &bounded);
        database.change(|state| state.node(node, at).in_flight = Some((at, bounded)));
    }

    /// How much each namespace was used since the node started. Where a minute ended with it, the read times
    /// of that minute, to be kept.
    pub fn uses(&self, database: &str, node: &str, at: Timestamp, uses: &[Use]) -> Option<ReadMinute> {
        let database = self.database(database)?;
        database.change(|state| {
            let times = state.node(node, at).uses.differences(uses);
            state.minute.add(at, &times)
        })
    }

    /// The verdict that stands now, and the incident it belongs to; `None` where none does any more.
    pub fn verdict(&self, database: &str, standing: Option<Standing>) {
        let Some(database) = self.database(database) else { return };
        database.change(|state| {
            if state.standing != standing {
                database.news.verdict(standing.as_ref());
                state.standing = standing;
            }
        });
    }

    /// A look failed.
    pub fn look_failed(&self, database: &str, node: &str, at: Timestamp, path: &Path, failure: &Failure) {
        if let Some(database) = self.database(database) {
            database.change(|state| state.node(node, at).failed(at, path, failure));
        }
    }

    /// Readers of streams now.
    pub fn readers(&self) -> usize {
        self.streams.taken()
    }

    /// Ends every stream, and begins no new one.
    pub fn close(&self) {
        self.streams.close();
        for database in self.databases() {
            database.news.close();
        }
    }

    /// A stream of what happens to a database; `None` if there is no place or the site is closing. It ends
    /// at `until`, so that the reader has to say again who it is.
    pub fn stream(
        &self,
        database: &LiveDatabase,
        now: Timestamp,
        until: impl Fn() -> bool + Send + 'static,
    ) -> Option<LiveStream> {
        database.news.subscribe(self.streams.take()?, &database.portrait(), now, until)
    }
}

impl LiveDatabase {
    fn new(watched: WatchedDatabase) -> Self {
        Self { watched, state: Mutex::default(), news: stream::News::default() }
    }

    /// What the configuration says of it.
    pub fn watched(&self) -> &WatchedDatabase {
        &self.watched
    }

    /// A copy of all that is known. A few hundred kilobytes for a large replica set: for pages and streams
    /// that begin, not for every second.
    pub fn portrait(&self) -> Portrait {
        self.change(|state| Portrait {
            watched: self.watched.clone(),
            nodes: state.nodes.iter().map(|(name, node)| (Arc::clone(name), node.clone())).collect(),
            standing: state.standing.clone(),
        })
    }

    /// The last second of each node and the verdict, without what went before.
    pub fn glance(&self) -> Portrait {
        self.change(|state| Portrait {
            watched: self.watched.clone(),
            nodes: state.nodes.iter().map(|(name, node)| (Arc::clone(name), node.glance())).collect(),
            standing: state.standing.clone(),
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn node(&mut self, name: &str, at: Timestamp) -> &mut LiveNode {
        if !self.nodes.contains_key(name) && self.nodes.len() >= MOST_NODES {
            let oldest =
                self.nodes.iter().min_by_key(|(_, node)| node.heard_at).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.nodes.remove(&name));
        }
        let node = self.nodes.entry(name.into()).or_default();
        node.heard_at = Some(at);
        node
    }
}

impl Portrait {
    /// How it stands.
    pub fn condition(&self, now: Timestamp) -> Condition {
        let is_known = self.nodes.iter().any(|(_, node)| node.is_fresh(now));
        match &self.standing {
            Some(Standing { verdict, .. }) if verdict.severity == Severity::Stall => Condition::Stall,
            Some(_) => Condition::Strain,
            None if is_known => Condition::Quiet,
            None => Condition::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
