//! What has a part in a stall: operations and the server's own doings, ranked by what they cost, those who cause
//! it told from those who wait.
//!
//! Each kind of contributor looks at the same scene: operations in flight and finished ones, counters and what
//! is usual of them, on one clock. A kind is one file and one line in `KINDS`. Whoever merely waits is a victim,
//! however old and many; where nobody stands out, nobody is a cause. Nothing here decides whether reads stall.

mod checkpoint;
mod connections;
mod drop;
mod election;
mod eviction;
pub(super) mod fsync_lock;
mod index_build;
mod maintenance;
mod part;
pub(super) mod scene;
mod shape;
mod storage;
pub(super) mod tally;
mod words;

use super::verdict::Culprit;
use scene::Scene;
use std::sync::Arc;

/// Every kind. Operations that no other kind takes are query shapes, which therefore stand last.
const KINDS: &[Kindred] = &[
    fsync_lock::KIND,
    index_build::KIND,
    maintenance::KIND,
    drop::KIND,
    checkpoint::KIND,
    eviction::KIND,
    election::KIND,
    connections::KIND,
    storage::KIND,
    shape::KIND,
];
/// As many are told.
const MOST: usize = 8;

/// A kind of contributor: where it is found.
pub(super) struct Kindred {
    kind: Kind,
    find: fn(&Scene<'_>) -> Vec<Contributor>,
}

/// Kind of contributor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Operations of one query shape.
    Shape,
    /// An index being built.
    IndexBuild,
    /// `compact`, `reIndex`, `validate` and their like.
    Maintenance,
    /// Something is dropped or renamed.
    Drop,
    /// The server writes its cache to the disk.
    Checkpoint,
    /// Clients' threads have to make room in the cache.
    Eviction,
    /// `fsyncLock` is held.
    FsyncLock,
    /// The replica set chooses a primary.
    Election,
    /// Connections are made in a storm.
    Connections,
    /// The disk answers late.
    Storage,
}

impl Kind {
    /// Every kind with its name in APIs and rows.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Shape, "shape"),
        (Self::IndexBuild, "index-build"),
        (Self::Maintenance, "maintenance"),
        (Self::Drop, "drop"),
        (Self::Checkpoint, "checkpoint"),
        (Self::Eviction, "eviction"),
        (Self::FsyncLock, "fsync-lock"),
        (Self::Election, "election"),
        (Self::Connections, "connections"),
        (Self::Storage, "storage"),
    ];

    /// The name.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(kind, _)| kind)
    }
}

/// Which part a contributor plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Others wait because of it.
    Cause,
    /// It waits.
    Victim,
    /// It is there, and neither.
    Bystander,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 3] = [Self::Cause, Self::Victim, Self::Bystander];

    /// Name in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Victim => "victim",
            Self::Bystander => "bystander",
        }
    }

    /// The part of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == name)
    }
}

/// What of the whole falls to one contributor, in percent; nothing where that cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Of the work that operations in flight have done, by their yields.
    pub work: Option<u8>,
    /// Of the documents that finished operations examined.
    pub documents: Option<u8>,
    /// Of the time that operations ran, in flight and finished.
    pub time: Option<u8>,
    /// Of the bytes that finished operations read into the cache.
    pub bytes_read: Option<u8>,
    /// Of the time for which locks were held that keep others out.
    pub lock: Option<u8>,
    /// Of the operations in flight.
    pub concurrent: Option<u8>,
}

impl Shares {
    /// Each share: its name in APIs, what it is a share of, and the value.
    pub fn figures(&self) -> [(&'static str, &'static str, Option<u8>); 6] {
        [
            ("documents", "documents examined", self.documents),
            ("bytes_read", "bytes read into the cache", self.bytes_read),
            ("lock", "time that locks were held", self.lock),
            ("work", "work in flight", self.work),
            ("time", "time in operations", self.time),
            ("concurrent", "operations in flight", self.concurrent),
        ]
    }

    /// The share that says most, with its words: lock time of one that holds, else the largest of what it costs;
    /// nothing where it costs less than half a percent of anything.
    pub fn foremost(&self) -> Option<(u8, &'static str)> {
        if let Some(lock) = self.lock.filter(|lock| *lock > 0) {
            return Some((lock, "time that locks were held"));
        }
        let known = self.figures().into_iter().filter(|(name, ..)| *name != "concurrent");
        // Of equals the first: `max_by_key` would take the last.
        let told = known.rev().filter_map(|(_, words, share)| Some((share?, words)));
        told.filter(|(share, _)| *share > 0).max_by_key(|(share, _)| *share)
    }
}

/// What has a part in a stall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// Kind of contributor.
    pub kind: Kind,
    /// Its part.
    pub part: Part,
    /// `database.collection`; empty for what concerns the whole server.
    pub namespace: Arc<str>,
    /// Name of the command; empty for what is no operation.
    pub command: Arc<str>,
    /// The command without its literals.
    pub shape: Arc<str>,
    /// Application name of its client.
    pub app: Arc<str>,
    /// Summary of the plan.
    pub plan: Arc<str>,
    /// The plan that the shape has in quiet times, where it is another one.
    pub usual_plan: Option<Arc<str>>,
    /// What it says of itself, such as the progress of an index build.
    pub message: Arc<str>,
    /// How many are in flight.
    pub count: u32,
    /// How many of them wait for a lock.
    pub waiting: u32,
    /// Age of the oldest in flight, in microseconds.
    pub oldest_us: i64,
    /// Operations of the last seconds whose plan was thrown away and made again.
    pub replanned: u32,
    /// What of the whole falls to it.
    pub shares: Shares,
    /// One sentence with its figures.
    pub sentence: String,
}

impl Contributor {
    /// The operation to blame, if it is one.
    pub(super) fn culprit(&self) -> Option<Culprit> {
        (self.part == Part::Cause && !self.command.is_empty()).then(|| Culprit {
            namespace: self.namespace.clone(),
            command: self.command.clone(),
            shape: self.shape.clone(),
            app: self.app.clone(),
            plan: self.plan.clone(),
            message: self.message.clone(),
            count: self.count,
            oldest_us: self.oldest_us,
        })
    }

    /// Something that is no operation.
    fn of_server(kind: Kind, part: Part, sentence: String) -> Self {
        let nothing = || -> Arc<str> { "".into() };
        Self {
            kind,
            part,
            namespace: nothing(),
            command: nothing(),
            shape: nothing(),
            app: nothing(),
            plan: nothing(),
            usual_plan: None,
            message: nothing(),
            count: 0,
            waiting: 0,
            oldest_us: 0,
            replanned: 0,
            shares: Shares::default(),
            sentence,
        }
    }
}

/// Everybody who has a part, those who cause first, and of each part the costliest first.
pub(super) fn rank(scene: &Scene<'_>) -> Vec<Contributor> {
    let mut found: Vec<Contributor> = KINDS
        .iter()
        .flat_map(|kindred| {
            let mut found = (kindred.find)(scene);
            debug_assert!(found.iter().all(|one| one.kind == kindred.kind), "a kind finds its own");
            found.truncate(MOST);
            found
        })
        .collect();
    // Stable: kinds find their own in the order of what they cost.
    found.sort_by_key(|one| one.part);
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests;
