//! One hour of one database, packed: a byte for the version of the format, then gzip of JSON.
//!
//! JSON and not columns: plans and applications are words, and a histogram has few steps. Nothing is unpacked without
//! a limit.

use super::REST;
use crate::columns::clean;
use crate::error::{Error, Result};
use domain::durations::Durations;
use domain::query::{QueryCost, QueryName};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// Shapes of an hour; the cheaper ones are kept together.
pub const MOST: usize = 120;
/// Version of the format; a later one gets another number and keeps this one readable.
const VERSION: u8 = 1;
/// Largest hour that is unpacked, in bytes: many times the largest that is ever packed.
const LARGEST: u64 = 16 << 20;

/// What each shape cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hour(BTreeMap<QueryName, Shape>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shape {
    cost: QueryCost,
    /// Milliseconds by minute.
    minutes: BTreeMap<u8, u64>,
}

#[derive(Serialize, Deserialize)]
struct ShapeBody {
    namespace: String,
    command: String,
    shape: String,
    /// Steps of durations, and how many fell into each.
    steps: Vec<(u32, u64)>,
    total_ms: i64,
    max_ms: i64,
    active_us: u64,
    docs_examined: u64,
    keys_examined: u64,
    returned: u64,
    bytes_read: u64,
    replanned: u64,
    plans: BTreeMap<String, u64>,
    apps: BTreeMap<String, u64>,
    minutes: BTreeMap<u8, u64>,
}

impl Hour {
    /// Adds what a shape cost in a minute.
    pub(super) fn add(&mut self, name: &QueryName, cost: &QueryCost, minute: u8) {
        let shape = self.0.entry(name.clone()).or_default();
        shape.cost.merge(cost);
        let sum = shape.minutes.entry(minute).or_default();
        *sum = sum.saturating_add(cost.total_ms());
    }

    /// Adds another part of the hour.
    pub(super) fn merge(&mut self, other: &Self) {
        for (name, more) in &other.0 {
            self.0.entry(name.clone()).or_default().merge(more);
        }
        while self.0.len() > MOST {
            self.fold_cheapest();
        }
    }

    /// Puts the cheapest shape to the others that are told together.
    fn fold_cheapest(&mut self) {
        let named = self.0.iter().filter(|(name, _)| name.namespace != REST);
        let cheapest = named.min_by_key(|(_, shape)| shape.cost.total_ms()).map(|(name, _)| name.clone());
        let Some(shape) = cheapest.and_then(|name| self.0.remove(&name)) else { return };
        let rest = QueryName { namespace: REST.to_owned(), ..QueryName::default() };
        self.0.entry(rest).or_default().merge(&shape);
    }

    /// Each shape with what it cost, and when.
    pub(super) fn shapes(&self) -> impl Iterator<Item = (&QueryName, &QueryCost, &BTreeMap<u8, u64>)> {
        self.0.iter().map(|(name, shape)| (name, &shape.cost, &shape.minutes))
    }

    pub(super) fn pack(&self) -> Result<Vec<u8>> {
        let bodies: Vec<ShapeBody> = self.0.iter().map(|(name, shape)| ShapeBody::of(name, shape)).collect();
        let mut encoder = GzEncoder::new(vec![VERSION], Compression::default());
        let written = serde_json::to_writer(&mut encoder, &bodies).map_err(std::io::Error::from);
        let packed = written.and_then(|()| encoder.flush()).and_then(|()| encoder.finish());
        packed.map_err(|error| Error::Unavailable(format!("cannot pack queries: {error}")))
    }

    pub(super) fn unpack(bytes: &[u8]) -> Result<Self> {
        let broken = |why: &str| Error::Corrupt(format!("queries of an hour: {why}"));
        let packed = match bytes.split_first() {
            Some((&VERSION, packed)) => packed,
            Some((version, _)) => return Err(broken(&format!("version {version} is not known"))),
            None => return Err(broken("the block is empty")),
        };
        let mut plain = Vec::new();
        let limited = GzDecoder::new(packed).take(LARGEST).read_to_end(&mut plain);
        limited.map_err(|error| broken(&error.to_string()))?;
        let bodies: Vec<ShapeBody> =
            serde_json::from_slice(&plain).map_err(|error| broken(&error.to_string()))?;
        Ok(Self(bodies.into_iter().map(ShapeBody::read).collect()))
    }
}

impl Shape {
    fn merge(&mut self, other: &Self) {
        self.cost.merge(&other.cost);
        for (minute, ms) in &other.minutes {
            let sum = self.minutes.entry(*minute).or_default();
            *sum = sum.saturating_add(*ms);
        }
    }
}

impl ShapeBody {
    fn of(name: &QueryName, shape: &Shape) -> Self {
        let cost = &shape.cost;
        let words =
            |words: &BTreeMap<String, u64>| words.iter().map(|(word, count)| (clean(word), *count)).collect();
        Self {
            namespace: clean(&name.namespace),
            command: clean(&name.command),
            shape: clean(&name.shape),
            steps: cost.durations.steps().collect(),
            total_ms: cost.durations.total(),
            max_ms: cost.durations.max(),
            active_us: cost.active_us,
            docs_examined: cost.docs_examined,
            keys_examined: cost.keys_examined,
            returned: cost.returned,
            bytes_read: cost.bytes_read,
            replanned: cost.replanned,
            plans: words(&cost.plans),
            apps: words(&cost.apps),
            minutes: shape.minutes.clone(),
        }
    }

    fn read(self) -> (QueryName, Shape) {
        let name = QueryName { namespace: self.namespace, command: self.command, shape: self.shape };
        let cost = QueryCost {
            durations: Durations::of_steps(self.steps, self.total_ms, self.max_ms),
            active_us: self.active_us,
            docs_examined: self.docs_examined,
            keys_examined: self.keys_examined,
            returned: self.returned,
            bytes_read: self.bytes_read,
            replanned: self.replanned,
            plans: self.plans,
            apps: self.apps,
        };
        (name, Shape { cost, minutes: self.minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::Finished;

    fn name(collection: &str) -> QueryName {
        QueryName {
            namespace: format!("crm.{collection}"),
            command: "find".to_owned(),
            shape: "find filter{a:?}".to_owned(),
        }
    }

    fn cost(took_ms: i64) -> QueryCost {
        let mut cost = QueryCost::default();
        let (plan, app) = ("COLLSCAN".into(), "crm-web".into());
        cost.finished(&Finished {
            took_us: took_ms * 1_000,
            docs_examined: 7,
            plan,
            app,
            ..Finished::default()
        });
        cost
    }

    #[test]
    fn an_hour_reads_back_as_it_was_written() {
        let mut hour = Hour::default();
        hour.add(&name("a"), &cost(5_000_000), 59);
        hour.add(&name("a"), &cost(3), 0);
        hour.add(&name("b"), &cost(12), 7);
        assert_eq!(Hour::unpack(&hour.pack().unwrap()), Ok(hour));
    }

    #[test]
    fn what_is_torn_is_corrupt_and_no_panic() {
        let mut hour = Hour::default();
        hour.add(&name("a"), &cost(12), 7);
        let bytes = hour.pack().unwrap();
        for length in 0..bytes.len() {
            assert!(matches!(Hour::unpack(&bytes[..length]), Err(Error::Corrupt(_))), "{length} bytes");
        }
        assert!(matches!(Hour::unpack(&[9, 1, 2]), Err(Error::Corrupt(_))));
    }

    #[test]
    fn the_cheapest_shapes_are_told_together() {
        let mut fresh = Hour::default();
        for number in 0..200 {
            fresh.add(&name(&number.to_string()), &cost(1_000 + number), 3);
        }
        let mut hour = Hour::default();
        hour.merge(&fresh);
        assert_eq!(hour.0.len(), MOST);
        let count: u64 = hour.shapes().map(|(_, cost, _)| cost.durations.count()).sum();
        assert_eq!(count, 200, "nothing is lost");
        assert!(hour.0.contains_key(&name("199")) && !hour.0.contains_key(&name("0")));
    }
}
