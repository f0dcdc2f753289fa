//! Operations in flight, grouped before they are cut.

use std::sync::Arc;

/// What `$currentOp` showed at one moment. Groups are made of all operations before any are left out: the
/// oldest forty of two hundred are all culprits and hide the victims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InFlight {
    /// Groups of operations, those with the longest total age first; bounded.
    pub groups: Vec<Group>,
    /// Whether `fsyncLock` is held, which only the `currentOp` command tells (SERVER-31767).
    pub fsync_locked: bool,
}

/// Operations of one shape on one namespace, of one application, by one plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// `database.collection`. Operations that wait for a lock are shown on `database.$cmd`; the engine puts
    /// the collection of the command in its place.
    pub namespace: Arc<str>,
    /// Name of the command, such as `find`; for a `getMore` that of the command that began it.
    pub command: Arc<str>,
    /// The command without its literals; see [`shape`](super::shape).
    pub shape: Arc<str>,
    /// Application name that the client gave.
    pub app: Arc<str>,
    /// Summary of the plan, such as `COLLSCAN` or `IXSCAN { ts: 1 }`; may be empty.
    pub plan: Arc<str>,
    /// What the operation says of itself, such as `Index Build: 12/100 12%`; may be empty.
    pub message: Arc<str>,
    /// Operations of the server itself, without a client.
    pub internal: bool,
    /// It waits for news by design: tailable cursors, change streams, awaitable `hello`.
    pub tailing: bool,
    /// Whether these are reads.
    pub reads: bool,
    /// How many.
    pub count: u32,
    /// How many of them wait for a lock.
    pub waiting: u32,
    /// Age of the oldest, in microseconds.
    pub oldest_us: i64,
    /// Sum of the ages, in microseconds.
    pub total_us: i64,
    /// How many are older than 100 ms, 300 ms, 1 s and 3 s.
    pub older: [u32; 4],
    /// How often they yielded, in sum: a measure of the work done.
    pub yields: i64,
    /// For how long, in microseconds, the oldest of those that hold a lock which keeps readers out (`W` or
    /// `R` on everything, `X` modes) has been in flight; 0 where none does.
    pub exclusive_us: i64,
}

impl Group {
    /// Ages of [`Group::older`], in microseconds.
    pub const AGES: [i64; 4] = [100_000, 300_000, 1_000_000, 3_000_000];

    /// A client's work that is meant to end: neither the server's own nor a wait for news.
    pub fn is_work(&self) -> bool {
        !self.internal && !self.tailing
    }

    /// Adds one operation of this age that waits for a lock or not.
    pub fn add(&mut self, age_us: i64, waiting: bool, yields: i64) {
        self.count += 1;
        self.waiting += u32::from(waiting);
        self.oldest_us = self.oldest_us.max(age_us);
        self.total_us = self.total_us.saturating_add(age_us);
        self.yields = self.yields.saturating_add(yields);
        for (count, limit) in self.older.iter_mut().zip(Self::AGES) {
            *count += u32::from(age_us > limit);
        }
    }
}
