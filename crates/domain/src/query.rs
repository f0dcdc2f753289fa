//! What queries cost over time, by shape: the lines of the query explorer.
//!
//! Two sources that complete each other: operations that finished, as far as the server writes them down, and
//! operations seen in flight a few times a second, which costs the server nothing more and misses nobody who
//! takes long. Never holds a value of a query.

use crate::durations::Durations;
use crate::reads::{Finished, Group};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Plans and applications that are told apart in one line; the rest counts without a name.
const MOST_NAMES: usize = 8;

/// What sets shapes apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryName {
    /// `database.collection`.
    pub namespace: String,
    /// The command, such as `find`.
    pub command: String,
    /// The command without its literals.
    pub shape: String,
}

/// What the operations of one shape cost together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryCost {
    /// How long each took that finished and was written down.
    pub durations: Durations,
    /// Time in flight, as seen by looking, in microseconds; whoever waited for a lock included.
    pub active_us: u64,
    /// Documents that finished ones examined.
    pub docs_examined: u64,
    /// Index keys that they examined.
    pub keys_examined: u64,
    /// Documents that they returned.
    pub returned: u64,
    /// Bytes that they read into the cache.
    pub bytes_read: u64,
    /// How many of them were planned anew.
    pub replanned: u64,
    /// Plans, and how often each was seen.
    pub plans: BTreeMap<String, u64>,
    /// Applications, and how often each was seen.
    pub apps: BTreeMap<String, u64>,
}

impl QueryName {
    /// A name for addresses that stays the same for ever: of each shape another one.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.namespace, &self.command, &self.shape] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (first, _) = hash.split_at(8);
        let number = first.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{number:016x}")
    }
}

impl From<&Finished> for QueryName {
    fn from(one: &Finished) -> Self {
        Self {
            namespace: one.namespace.to_string(),
            command: one.command.to_string(),
            shape: one.shape.to_string(),
        }
    }
}

impl From<&Group> for QueryName {
    fn from(group: &Group) -> Self {
        Self {
            namespace: group.namespace.to_string(),
            command: group.command.to_string(),
            shape: group.shape.to_string(),
        }
    }
}

impl QueryCost {
    /// Counts one that finished.
    pub fn finished(&mut self, one: &Finished) {
        let count = |number: i64| number.max(0).unsigned_abs();
        self.durations.push(one.took_us / 1_000);
        self.docs_examined = self.docs_examined.saturating_add(count(one.docs_examined));
        self.keys_examined = self.keys_examined.saturating_add(count(one.keys_examined));
        self.returned = self.returned.saturating_add(count(one.returned));
        self.bytes_read = self.bytes_read.saturating_add(count(one.bytes_read));
        self.replanned = self.replanned.saturating_add(u64::from(one.replanned));
        note(&mut self.plans, &one.plan, 1);
        note(&mut self.apps, &one.app, 1);
    }

    /// Counts a group that was in flight for `since_us` microseconds since the look before.
    pub fn in_flight(&mut self, group: &Group, since_us: i64) {
        let since_us = since_us.max(0).unsigned_abs();
        self.active_us = self.active_us.saturating_add(since_us.saturating_mul(u64::from(group.count)));
        note(&mut self.plans, &group.plan, 0);
        note(&mut self.apps, &group.app, 0);
    }

    /// Adds what another part of the time cost.
    pub fn merge(&mut self, other: &Self) {
        self.durations.merge(&other.durations);
        let sums = [
            (&mut self.active_us, other.active_us),
            (&mut self.docs_examined, other.docs_examined),
            (&mut self.keys_examined, other.keys_examined),
            (&mut self.returned, other.returned),
            (&mut self.bytes_read, other.bytes_read),
            (&mut self.replanned, other.replanned),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
        other.plans.iter().for_each(|(plan, count)| note(&mut self.plans, plan, *count));
        other.apps.iter().for_each(|(app, count)| note(&mut self.apps, app, *count));
    }

    /// Time that it cost, in milliseconds: of what finished as told, or of what was seen in flight, whichever is
    /// more. Neither source knows all.
    pub fn total_ms(&self) -> u64 {
        self.durations.total().max(0).unsigned_abs().max(self.active_us / 1_000)
    }

    /// Documents and keys examined for each document returned; nothing where none was examined.
    pub fn examined_each(&self) -> Option<u64> {
        let examined = self.docs_examined.max(self.keys_examined);
        (examined > 0).then(|| examined / self.returned.max(1))
    }

    /// Whether it was seen to read a whole collection.
    pub fn scans_collection(&self) -> bool {
        self.plans.keys().any(|plan| plan.contains("COLLSCAN"))
    }
}

fn note(names: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    if name.is_empty() {
        return;
    }
    if let Some(known) = names.get_mut(name) {
        *known = known.saturating_add(count);
    } else if names.len() < MOST_NAMES {
        names.insert(name.to_owned(), count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(took_us: i64, docs_examined: i64) -> Finished {
        Finished { took_us, docs_examined, returned: 1, plan: "COLLSCAN".into(), ..Finished::default() }
    }

    #[test]
    fn both_sources_count_and_merging_is_counting_together() {
        let mut group = Group { plan: "COLLSCAN".into(), app: "crm-web".into(), ..Group::default() };
        group.add(5_000_000, false, 9);
        group.add(4_000_000, false, 9);
        let mut first = QueryCost::default();
        first.finished(&finished(30_000, 900));
        first.in_flight(&group, 250_000);
        assert_eq!((first.total_ms(), first.examined_each()), (500, Some(900)));
        let mut second = QueryCost::default();
        second.finished(&finished(2_000_000, 100));
        second.merge(&first);
        assert_eq!((second.durations.count(), second.docs_examined, second.active_us), (2, 1_000, 500_000));
        assert_eq!(second.total_ms(), 2_030);
        assert_eq!((second.plans["COLLSCAN"], second.apps["crm-web"]), (2, 0));
        assert!(second.scans_collection());
    }

    #[test]
    fn names_are_bounded_and_ids_are_not_confused() {
        let mut cost = QueryCost::default();
        for number in 0..100 {
            cost.finished(&Finished { app: format!("app{number}").into(), ..finished(1_000, 1) });
        }
        assert_eq!((cost.apps.len(), cost.durations.count()), (MOST_NAMES, 100));
        let name = |namespace: &str, command: &str| QueryName {
            namespace: namespace.to_owned(),
            command: command.to_owned(),
            shape: String::new(),
        };
        assert_ne!(name("a", "bc").id(), name("ab", "c").id());
        assert_eq!(name("a", "bc").id().len(), 16);
    }
}
