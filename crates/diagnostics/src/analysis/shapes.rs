//! Slow operations by shape, and what they cost. Never keeps a value of a query.

use super::clients::{Clients, Who};
use super::counts::Counts;

use super::host;
use super::steps::Steps;
use super::table::{Cell, Column, Heading, Table, Unit};
use crate::log::Slow;
use domain::durations::Durations;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

/// Fingerprints remembered; they are a cache of what shape they stand for.
const MOST_FINGERPRINTS: usize = 100_000;
/// Steps of time kept of a shape.
const MOST_STEPS: usize = 150;
/// Plans kept of a shape.
const MOST_PLANS: usize = 16;

static HEADING: Heading = Heading {
    name: "collection_scans",
    title: "Shapes that read whole collections (COLLSCAN)",
    none: "No slow operation read a whole collection.",
    columns: &[
        Column::of("ns", "Collection", Unit::Words),
        Column::of("shape", "Shape", Unit::Words),
        Column::of("count", "Count", Unit::Count),
        Column::of("total_ms", "Time", Unit::Millis),
        Column::of("docs_examined", "Documents examined", Unit::Count),
        Column::of("returned", "Returned", Unit::Count),
    ],
};

/// What sets shapes apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Name {
    namespace: String,
    op: String,
    shape: String,
}

/// Slow operations by shape.
#[derive(Default)]
pub struct Shapes {
    fingerprints: HashMap<u64, usize, BuildHasherDefault<AsItIs>>,
    names: HashMap<Name, usize>,
    rows: Vec<ShapeRow>,
}

/// What operations of one shape cost together.
#[derive(Clone, Debug)]
pub struct ShapeRow {
    /// `database.collection`.
    pub namespace: String,
    /// The command, such as `find`.
    pub op: String,
    /// The text of the shape.
    pub shape: String,
    /// How long each took.
    pub durations: Durations,
    /// Documents examined by all.
    pub docs_examined: u64,
    /// Index keys examined by all.
    pub keys_examined: u64,
    /// Documents returned by all.
    pub returned: u64,
    /// Bytes read from the disk by all.
    pub bytes_read: u64,
    /// Plans, in the order in which they were met.
    pub plans: Vec<Plan>,
    /// Operations whose plan was made again.
    pub replanned: u64,
    /// Operations that sorted without an index.
    pub sorted: u64,
    /// Hash of the query that the server made, where it did.
    pub hash: Option<String>,
    apps: Counts,
    clients: Counts,
    drivers: Counts,
    /// Milliseconds in them.
    steps: Steps<i64>,
    /// Operations by the number of a connection that was opened before what has been read.
    unmet: BTreeMap<u64, Unmet>,
    /// The first of them.
    pub first_at: Timestamp,
    /// The last of them.
    pub last_at: Timestamp,
}

/// Operations whose client is not met yet.
#[derive(Clone, Copy, Debug, Default)]
struct Unmet {
    all: u64,
    /// Those that do not tell its address.
    without_address: u64,
}

/// A plan and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its summary, such as `IXSCAN { ts: 1 }`.
    pub summary: String,
    /// Operations that followed it.
    pub count: u64,
    /// Time in them, in milliseconds.
    pub total_ms: i64,
}

impl Shapes {
    /// Counts an operation.
    pub(super) fn take_in(&mut self, at: Timestamp, slow: &Slow<'_>, who: &Who<'_>) {
        let fingerprint = slow.fingerprint();
        let index = self.fingerprints.get(&fingerprint).copied().unwrap_or_else(|| {
            let index = self.index_of(&Name::of(slow), at);
            if self.fingerprints.len() >= MOST_FINGERPRINTS {
                self.fingerprints.clear();
            }
            self.fingerprints.insert(fingerprint, index);
            index
        });
        self.rows[index].take_in(at, slow);
        self.rows[index].sent_by(slow, who);
    }

    /// Finds the clients of connections that were opened before what has been read.
    pub(super) fn meet(&mut self, earlier: &Clients) {
        self.rows.iter_mut().for_each(|row| row.meet(earlier));
    }

    fn index_of(&mut self, name: &Name, at: Timestamp) -> usize {
        if let Some(index) = self.names.get(name) {
            return *index;
        }
        self.rows.push(ShapeRow::of(name, at));
        self.names.insert(name.clone(), self.rows.len() - 1);
        self.rows.len() - 1
    }

    pub(super) fn merge(&mut self, later: Self) {
        for row in later.rows {
            let name =
                Name { namespace: row.namespace.clone(), op: row.op.clone(), shape: row.shape.clone() };
            let index = self.index_of(&name, row.first_at);
            self.rows[index].merge(row);
        }
    }

    /// All shapes, those in which most time was spent first.
    pub fn ranked(&self) -> Vec<&ShapeRow> {
        let mut ranked: Vec<_> = self.rows.iter().collect();
        ranked.sort_by_cached_key(|row| {
            (Reverse(row.durations.total()), row.namespace.clone(), row.op.clone(), row.shape.clone())
        });
        ranked
    }

    /// Shapes that read whole collections.
    pub(super) fn collection_scans(&self, rows: usize) -> Table {
        let scans = self.ranked().into_iter().filter(|row| row.plans.iter().any(Plan::scans_collection));
        let row = |row: &ShapeRow| -> Vec<Cell> {
            vec![
                row.namespace.as_str().into(),
                row.shape.as_str().into(),
                row.durations.count().into(),
                row.durations.total().into(),
                row.docs_examined.into(),
                row.returned.into(),
            ]
        };
        HEADING.over(scans.map(row).collect(), 0, rows)
    }
}

impl Name {
    fn of(slow: &Slow<'_>) -> Self {
        let shape = slow.shape();
        Self { namespace: slow.target(), op: shape.command, shape: shape.text }
    }
}

impl ShapeRow {
    fn of(name: &Name, at: Timestamp) -> Self {
        let Name { namespace, op, shape } = name.clone();
        Self {
            namespace,
            op,
            shape,
            durations: Durations::default(),
            docs_examined: 0,
            keys_examined: 0,
            returned: 0,
            bytes_read: 0,
            plans: Vec::new(),
            replanned: 0,
            sorted: 0,
            hash: None,
            apps: Counts::default(),
            clients: Counts::default(),
            drivers: Counts::default(),
            steps: Steps::default(),
            unmet: BTreeMap::new(),
            first_at: at,
            last_at: at,
        }
    }

    fn take_in(&mut self, at: Timestamp, slow: &Slow<'_>) {
        let count = |number: Option<i64>| number.map_or(0, i64::unsigned_abs);
        self.durations.push(slow.millis);
        self.docs_examined += count(slow.docs_examined);
        self.keys_examined += count(slow.keys_examined);
        self.returned += count(slow.returned);
        self.bytes_read += count(slow.bytes_read);
        self.replanned += u64::from(slow.replanned);
        self.sorted += u64::from(slow.sorted);
        self.apps.add(&slow.app, 1);
        self.steps.add(at, MOST_STEPS, slow.millis.max(0), add);
        self.first_at = self.first_at.min(at);
        self.last_at = self.last_at.max(at);
        if self.hash.is_none() {
            self.hash = slow.hash.as_deref().map(str::to_owned);
        }
        if !slow.plan.is_empty() {
            self.plan(&slow.plan, 1, slow.millis.max(0));
        }
    }

    /// Logs before 4.4 tell the address where the connection was opened, and the driver stands nowhere else.
    fn sent_by(&mut self, slow: &Slow<'_>, who: &Who<'_>) {
        self.clients.add(&host(&slow.remote), 1);
        let without_address = u64::from(slow.remote.is_empty());
        match who {
            Who::Known(client) => {
                self.clients.add(&client.address, without_address);
                self.drivers.add(&client.driver, 1);
            }
            Who::Earlier(number) => {
                let unmet = self.unmet.entry(*number).or_default();
                unmet.all += 1;
                unmet.without_address += without_address;
            }
            Who::Unknown => {}
        }
    }

    fn meet(&mut self, earlier: &Clients) {
        for (number, unmet) in std::mem::take(&mut self.unmet) {
            if let Some(client) = earlier.find(number) {
                self.clients.add(&client.address, unmet.without_address);
                self.drivers.add(&client.driver, unmet.all);
            }
        }
    }

    fn plan(&mut self, summary: &str, count: u64, total_ms: i64) {
        if let Some(plan) = self.plans.iter_mut().find(|plan| plan.summary == summary) {
            plan.count += count;
            plan.total_ms = plan.total_ms.saturating_add(total_ms);
        } else if self.plans.len() < MOST_PLANS {
            self.plans.push(Plan { summary: summary.to_owned(), count, total_ms });
        }
    }

    fn merge(&mut self, later: Self) {
        self.durations.merge(&later.durations);
        self.docs_examined += later.docs_examined;
        self.keys_examined += later.keys_examined;
        self.returned += later.returned;
        self.bytes_read += later.bytes_read;
        self.replanned += later.replanned;
        self.sorted += later.sorted;
        self.apps.merge(later.apps);
        self.clients.merge(later.clients);
        self.drivers.merge(later.drivers);
        self.steps.merge(later.steps, MOST_STEPS, add);
        self.first_at = self.first_at.min(later.first_at);
        self.last_at = self.last_at.max(later.last_at);
        self.hash = self.hash.take().or(later.hash);
        later.plans.iter().for_each(|plan| self.plan(&plan.summary, plan.count, plan.total_ms));
    }

    /// The plan in which most time was spent.
    pub fn plan_in_front(&self) -> Option<&Plan> {
        // Of equals the first: `max_by_key` would take the last.
        self.plans.iter().rev().max_by_key(|plan| plan.total_ms)
    }

    /// How much time was spent in them when, in milliseconds, by steps of time.
    pub fn over_time(&self) -> Vec<(Timestamp, i64)> {
        self.steps.iter().map(|(at, millis)| (at, *millis)).collect()
    }

    /// Applications that sent them, the most frequent first.
    pub fn apps(&self) -> Vec<(&str, u64)> {
        self.apps.ranked()
    }

    /// Addresses of clients that sent them, the most frequent first.
    pub fn clients(&self) -> Vec<(&str, u64)> {
        self.clients.ranked()
    }

    /// Drivers with their versions that sent them, the most frequent first.
    pub fn drivers(&self) -> Vec<(&str, u64)> {
        self.drivers.ranked()
    }
}

impl Plan {
    /// Whether it reads a whole collection.
    pub fn scans_collection(&self) -> bool {
        self.summary.contains("COLLSCAN")
    }
}

fn add(sum: &mut i64, millis: i64) {
    *sum = sum.saturating_add(millis);
}

/// Fingerprints are well mixed already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
