//! What the detector says: that reads have stalled, since when, why, and how it knows.

use super::contributors::Contributor;
use jiff::Timestamp;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The database works harder than it should, but those who wait are few or only the cause itself:
    /// worth a warning, no incident.
    Strain,
    /// Users wait. This opens an incident.
    Stall,
}

impl Severity {
    /// Name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strain => "strain",
            Self::Stall => "stall",
        }
    }

    /// The severity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Strain, Self::Stall].into_iter().find(|severity| severity.as_str() == name)
    }
}

/// Kind of cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Queries that read far more than they return.
    SlowQuery,
    /// Queries that hold all read tickets, so that others queue.
    Tickets,
    /// An operation that keeps readers out: index build, reIndex, validate, drop, `fsyncLock`.
    BlockingOp,
    /// The cache is full or dirty and clients' threads have to evict.
    Cache,
    /// The disk does not answer in time.
    Storage,
    /// Operations hang inside the server, and neither a lock, nor the disk, nor work explains it.
    Engine,
    /// More honest requests than the server carries.
    Capacity,
    /// The server's process is stopped or gone.
    Process,
    /// The server's machine gives it no processor.
    Host,
    /// Connections are exhausted or made in a storm.
    Connections,
    /// The way to the database is cut or slow, while the database itself is well.
    Network,
    /// No primary: an election, or a member that is gone.
    Cluster,
}

/// Every cause: its name and what the first line of an incident calls it.
pub const CAUSES: &[(Cause, &str, &str)] = &[
    (Cause::SlowQuery, "slow-query", "slow queries on a large data set"),
    (Cause::Tickets, "tickets", "read tickets are exhausted"),
    (Cause::BlockingOp, "blocking-op", "an operation locks readers out"),
    (Cause::Cache, "cache", "the cache is under pressure"),
    (Cause::Storage, "storage", "the disk does not keep up"),
    (Cause::Engine, "engine", "operations hang inside the server"),
    (Cause::Capacity, "capacity", "more traffic than the server carries"),
    (Cause::Process, "process", "the server process does not run"),
    (Cause::Host, "host", "the machine gives the server no processor time"),
    (Cause::Connections, "connections", "connections are exhausted"),
    (Cause::Network, "network", "the network between the application and the database"),
    (Cause::Cluster, "cluster", "the replica set has no primary"),
];

impl Cause {
    /// Name in reports, such as `slow-query`.
    pub fn as_str(self) -> &'static str {
        CAUSES[self as usize].1
    }

    /// Words for people.
    pub fn words(self) -> &'static str {
        CAUSES[self as usize].2
    }

    /// The cause of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        CAUSES.iter().find(|(_, known, _)| *known == name).map(|(cause, ..)| *cause)
    }
}

/// One piece of evidence: what a rule saw, with its figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Name of the rule.
    pub rule: &'static str,
    /// Node on which it was seen.
    pub node: Arc<str>,
    /// A sentence with figures, such as `hot read of crm.messages on its way for 2.1 s (usually 3 ms)`.
    pub text: String,
}

/// Who is to blame, as far as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprit {
    /// `database.collection`; empty for an operation on the whole server.
    pub namespace: Arc<str>,
    /// Name of the command, such as `find` or `createIndexes`.
    pub command: Arc<str>,
    /// The command without its literals.
    pub shape: Arc<str>,
    /// Application name of its client.
    pub app: Arc<str>,
    /// Summary of the plan.
    pub plan: Arc<str>,
    /// What it says of itself, such as the progress of an index build.
    pub message: Arc<str>,
    /// How many are in flight.
    pub count: u32,
    /// Age of the oldest, in microseconds.
    pub oldest_us: i64,
}

/// The detector's judgement of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How bad.
    pub severity: Severity,
    /// When the first sign of it began.
    pub began_at: Timestamp,
    /// When it was sure enough.
    pub detected_at: Timestamp,
    /// When it ended, once it has.
    pub ended_at: Option<Timestamp>,
    /// Kind of cause.
    pub cause: Cause,
    /// Nodes on which it shows, the worst first.
    pub nodes: Vec<Arc<str>>,
    /// Namespaces in front, the culprit's first.
    pub namespaces: Vec<Arc<str>>,
    /// Operation to blame.
    pub culprit: Option<Culprit>,
    /// Everybody who has a part in it, those who cause it first; bounded.
    pub contributors: Vec<Contributor>,
    /// Client reads in flight for longer than they should be.
    pub waiting: u32,
    /// Age of the oldest client read in flight, or of the oldest look without an answer, in microseconds.
    pub oldest_us: i64,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// How sure it is, in percent.
    pub confidence: u8,
    /// One plain sentence without the database's name: what, since when, how many, who.
    pub sentence: String,
}

/// News of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Something began. `Severity` tells whether it is an incident.
    Opened(Verdict),
    /// It became worse or better, or the cause is seen more clearly now.
    Changed(Verdict),
    /// It ended; `ended_at` is set.
    Closed(Verdict),
}

impl Signal {
    /// The verdict that it carries.
    pub fn verdict(&self) -> &Verdict {
        match self {
            Self::Opened(verdict) | Self::Changed(verdict) | Self::Closed(verdict) => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_enumeration() {
        for (index, (cause, name, _)) in CAUSES.iter().enumerate() {
            assert_eq!(*cause as usize, index);
            assert_eq!(Cause::from_name(name), Some(*cause));
        }
    }
}
