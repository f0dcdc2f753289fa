//! The slow queries of logs, by shape and collection, with some of their values.
//!
//! Its size is bounded by the number of shapes, never by the length of a log.

use crate::cmd::logs::analyze::read::each_line;
use diagnostics::log::{Event, Slow};
use domain::advice::{Asked, Query};
use domain::reads::shape::{self, Term};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

/// Commands that are kept of each shape.
const MOST_COMMANDS: usize = 5;
/// Shapes that are kept; a log with more has no few queries to be helped.
const MOST_SHAPES: usize = 20_000;

/// What was asked.
#[derive(Default)]
pub(super) struct Workload(BTreeMap<(String, String), Seen>);

#[derive(Default)]
struct Seen {
    commands: Vec<Vec<(String, Term)>>,
    count: u64,
    total_ms: u64,
    examined: Option<(u64, u64)>,
    suffers: bool,
}

impl Workload {
    /// Reads logs and dumps of profiles.
    pub(super) fn read(logs: &[PathBuf]) -> anyhow::Result<Self> {
        let mut workload = Self::default();
        let mut keys: HashMap<u64, (String, String)> = HashMap::new();
        each_line(logs, |line| {
            if let Event::Slow(slow) = &line.event {
                let key =
                    keys.entry(slow.fingerprint()).or_insert_with(|| (slow.target(), slow.shape().text));
                workload.take_in(key, slow);
            }
        })?;
        Ok(workload)
    }

    fn take_in(&mut self, key: &(String, String), slow: &Slow<'_>) {
        if !self.0.contains_key(key) && self.0.len() >= MOST_SHAPES {
            return;
        }
        let seen = self.0.entry(key.clone()).or_default();
        seen.count += 1;
        seen.total_ms += slow.millis.max(0).unsigned_abs();
        seen.suffers |= slow.plan.contains("COLLSCAN") || slow.sorted;
        let examined = [slow.keys_examined, slow.docs_examined].into_iter().flatten();
        let examined = examined.map(i64::unsigned_abs).reduce(u64::saturating_add);
        if let Some(examined) = examined {
            let known = seen.examined.get_or_insert((0, 0));
            known.0 = known.0.saturating_add(examined);
            known.1 = known.1.saturating_add(slow.returned.unwrap_or(0).unsigned_abs());
        }
        if seen.commands.len() < MOST_COMMANDS {
            let command = slow.command();
            if !seen.commands.contains(&command) && shape::of(&command, None).text == key.1 {
                seen.commands.push(command);
            }
        }
    }

    /// Forgets other collections than these, if any are named.
    pub(super) fn keep(&mut self, namespaces: &[String]) {
        if !namespaces.is_empty() {
            self.0.retain(|(namespace, _), _| namespaces.contains(namespace));
        }
    }

    /// Collections that somebody named, or that queries ask, those of their joins included.
    pub(super) fn namespaces(&self, named: &[String]) -> BTreeSet<String> {
        let asked = self.all().map(|asked| asked.query.namespace);
        let own = |name: &String| {
            !name.contains(".system.")
                && !["admin.", "local.", "config."].iter().any(|own| name.starts_with(own))
        };
        asked
            .filter(own)
            .chain(named.iter().cloned())
            .filter(|name| named.is_empty() || named.contains(name))
            .collect()
    }

    /// What queries ask of a collection.
    pub(super) fn asked(&self, namespace: &str) -> Vec<Asked> {
        self.all().filter(|asked| asked.query.namespace == namespace).collect()
    }

    fn all(&self) -> impl Iterator<Item = Asked> {
        self.0.iter().flat_map(|((namespace, shape), seen)| {
            let mut commands = seen.commands.iter().map(|command| Query::all_of(namespace, command));
            let first = commands.next().unwrap_or_default();
            let rest: Vec<Vec<Query>> = commands.collect();
            first.into_iter().enumerate().map(move |(place, query)| {
                let again = rest.iter().filter_map(|queries| queries.get(place).cloned()).collect();
                // What a join asks has no figures of its own.
                let own = place == 0;
                Asked {
                    query,
                    again,
                    shape: shape.clone(),
                    count: seen.count,
                    total_ms: seen.total_ms,
                    examined: seen.examined.filter(|_| own),
                    suffers: seen.suffers && own,
                }
            })
        })
    }
}
