//! Logs of servers as lines of a recording. An operation that was logged after so many milliseconds was in
//! flight for as long, so that what `$currentOp` would have shown is put together again, as far as slow
//! operations go.
//!
//! This module never takes what the log is silent about for quiet: a second without slow operations is told
//! only where one before it had some.

use super::ftdc::Found;
use crate::cmd::files;
use crate::recording::Line;
use diagnostics::log::{self, Event, Slow, Stage};
use domain::reads::{Answer, Group, InFlight, Look, Moment, Path, Role, Sample};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, Read};
use std::sync::Arc;

/// Operations that are kept of a log; of a longer one the rest is not judged, and that is told.
const MOST_OPERATIONS: usize = 1_000_000;
/// A longer line is cut: what matters stands at its beginning and its end, and servers cut at a tenth of it.
const MAX_LINE_BYTES: u64 = 1 << 20;
/// Groups of one second, as in life.
const MOST_GROUPS: usize = 40;
const SECOND_US: i64 = 1_000_000;
/// Commands that read.
const READS: &[&str] = &[
    "find",
    "query",
    "aggregate",
    "count",
    "distinct",
    "getMore",
    "getmore",
    "mapReduce",
    "geoNear",
    "group",
];

/// What a log says of its node.
pub(super) struct Log {
    operations: Vec<Operation>,
    roles: Vec<(i64, Role)>,
    /// Host and port, where the server has told them.
    pub(super) address: Option<String>,
}

struct Operation {
    began_us: i64,
    ended_us: i64,
    yields: i64,
    kind: Arc<Kind>,
}

/// What operations have in common that are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Kind {
    namespace: String,
    command: String,
    shape: String,
    app: String,
    plan: String,
    message: String,
    exclusive: bool,
}

/// A log in the reading.
#[derive(Default)]
struct Reading {
    kinds: HashMap<Kind, Arc<Kind>>,
    operations: Vec<Operation>,
    roles: Vec<(i64, Role)>,
    builds: BTreeMap<(String, String), (i64, Kind)>,
    address: Option<String>,
    last_us: i64,
    left_out: u64,
}

/// Reads a log.
pub(super) fn read(file: &std::path::Path, found: &mut Found) -> anyhow::Result<Log> {
    let changed = files::changed_at(file);
    let mut input = files::open(file)?;
    let mut reading = Reading::default();
    let mut text = Vec::new();
    loop {
        text.clear();
        if input.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut text)? == 0 {
            break;
        }
        reading.take_in(&log::line(&text, changed), text.starts_with(b"{"));
    }
    reading.end_builds();
    if reading.left_out > 0 {
        let left_out = reading.left_out;
        found.trouble(format!("{}: {left_out} slow operations are too many and left out", file.display()));
    }
    reading.operations.sort_by_key(|operation| operation.began_us);
    let Reading { operations, roles, address, .. } = reading;
    Ok(Log { operations, roles, address })
}

impl Reading {
    fn take_in(&mut self, line: &log::Line<'_>, is_json: bool) {
        let Some(at) = line.at else { return };
        let at_us = at.as_microsecond();
        self.last_us = self.last_us.max(at_us);
        match &line.event {
            Event::Slow(slow) => self.slow(at_us, slow),
            Event::IndexBuild { namespace, index, stage } => {
                let names = (namespace.as_deref().unwrap_or_default(), index.as_deref().unwrap_or_default());
                self.build(at_us, &line.context, names, *stage, !is_json);
            }
            Event::State { member: None, to } => self.roles.push((at_us, role(to))),
            Event::Start { port, host } => {
                if let (Some(host), Some(port)) = (host, port) {
                    self.address = Some(format!("{host}:{port}"));
                }
            }
            _ => {}
        }
    }

    fn slow(&mut self, at_us: i64, slow: &Slow<'_>) {
        let shape = slow.shape();
        if shape.tailing {
            return;
        }
        let kind = Kind {
            namespace: slow.target(),
            command: shape.command,
            shape: shape.text,
            app: slow.app.to_string(),
            plan: slow.plan.to_string(),
            ..Kind::default()
        };
        let began_us = at_us.saturating_sub(slow.millis.saturating_mul(1_000));
        self.push(began_us, at_us, slow.yields.unwrap_or(0), kind);
    }

    /// Up to 4.2 a build may lock readers out of its whole database; from 4.4 on, whose logs are JSON, none does.
    fn build(&mut self, at_us: i64, context: &str, names: (&str, &str), stage: Stage, exclusive: bool) {
        let key = (context.to_owned(), names.0.to_owned());
        match stage {
            Stage::Began | Stage::Progress(_) => {
                self.builds.entry(key).or_insert_with(|| {
                    let kind = Kind {
                        namespace: names.0.to_owned(),
                        command: "createIndexes".to_owned(),
                        shape: "createIndexes".to_owned(),
                        message: format!("Index Build: {}", names.1).trim_end_matches([':', ' ']).to_owned(),
                        exclusive,
                        ..Kind::default()
                    };
                    (at_us, kind)
                });
            }
            Stage::Done | Stage::Failed => {
                if let Some((began_us, kind)) = self.builds.remove(&key) {
                    self.push(began_us, at_us, 0, kind);
                }
            }
        }
    }

    /// What was still being built when the log ended.
    fn end_builds(&mut self) {
        for (_, (began_us, kind)) in std::mem::take(&mut self.builds) {
            self.push(began_us, self.last_us, 0, kind);
        }
    }

    fn push(&mut self, began_us: i64, ended_us: i64, yields: i64, kind: Kind) {
        if self.operations.len() >= MOST_OPERATIONS {
            self.left_out += 1;
            return;
        }
        let known = self.kinds.get(&kind).cloned();
        let kind = known.unwrap_or_else(|| {
            let new = Arc::new(kind.clone());
            self.kinds.insert(kind, Arc::clone(&new));
            new
        });
        self.operations.push(Operation { began_us, ended_us, yields, kind });
    }
}

fn role(word: &str) -> Role {
    match word {
        "PRIMARY" => Role::Primary,
        "SECONDARY" => Role::Secondary,
        "ARBITER" => Role::Arbiter,
        _ => Role::Other,
    }
}

impl Log {
    /// What the log tells of this node, by moments that are microseconds of wall time.
    pub(super) fn lines(self, node: Arc<str>) -> impl Iterator<Item = (Moment, Line)> {
        let name = Arc::clone(&node);
        let roles = self.roles.into_iter().map(move |(at_us, role)| {
            let look = Look::Answered(0, Answer::Role(role));
            let sample = Sample { node: Arc::clone(&name), path: Path::Hello, began: Moment(at_us), look };
            (Moment(at_us), Line::Sample(sample))
        });
        let roles: Vec<_> = roles.collect();
        let seconds =
            Seconds { operations: self.operations, next: 0, flying: Vec::new(), at_us: i64::MIN, node };
        super::merge::merge(vec![Box::new(roles.into_iter()), Box::new(seconds)])
    }
}

/// What was in flight, second by second.
struct Seconds {
    operations: Vec<Operation>,
    next: usize,
    flying: Vec<usize>,
    at_us: i64,
    node: Arc<str>,
}

impl Iterator for Seconds {
    type Item = (Moment, Line);

    fn next(&mut self) -> Option<Self::Item> {
        let was_busy = !self.flying.is_empty();
        if was_busy {
            self.at_us += SECOND_US;
        } else {
            let began_us = self.operations.get(self.next)?.began_us;
            self.at_us = self.at_us.saturating_add(SECOND_US).max(began_us);
        }
        while self.operations.get(self.next).is_some_and(|one| one.began_us <= self.at_us) {
            self.flying.push(self.next);
            self.next += 1;
        }
        let (at_us, operations) = (self.at_us, &self.operations);
        self.flying.retain(|index| operations[*index].ended_us > at_us);
        let look = Look::Answered(0, Answer::InFlight(Box::new(self.in_flight())));
        let node = Arc::clone(&self.node);
        let moment = Moment(self.at_us);
        Some((moment, Line::Sample(Sample { node, path: Path::InFlight, began: moment, look })))
    }
}

impl Seconds {
    fn in_flight(&self) -> InFlight {
        let mut groups: BTreeMap<&Kind, Group> = BTreeMap::new();
        for index in &self.flying {
            let operation = &self.operations[*index];
            let age_us = self.at_us - operation.began_us;
            let lasted_us = (operation.ended_us - operation.began_us).max(1);
            // It worked evenly, as far as anybody knows.
            let yields = i128::from(operation.yields) * i128::from(age_us) / i128::from(lasted_us);
            let group = groups.entry(&operation.kind).or_insert_with(|| group(&operation.kind));
            group.add(age_us, false, i64::try_from(yields).unwrap_or(i64::MAX));
            if operation.kind.exclusive {
                group.exclusive_us = group.exclusive_us.max(age_us);
            }
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.total_us));
        groups.truncate(MOST_GROUPS);
        InFlight { groups, fsync_locked: false }
    }
}

fn group(kind: &Kind) -> Group {
    let internal: BTreeSet<&str> = ["local", "config"].into();
    Group {
        namespace: kind.namespace.as_str().into(),
        command: kind.command.as_str().into(),
        shape: kind.shape.as_str().into(),
        app: kind.app.as_str().into(),
        plan: kind.plan.as_str().into(),
        message: kind.message.as_str().into(),
        internal: kind.namespace.split('.').next().is_some_and(|database| internal.contains(database)),
        reads: READS.contains(&kind.command.as_str()),
        ..Group::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(began: i64, ended: i64, namespace: &str) -> Operation {
        let kind = Kind { namespace: namespace.to_owned(), command: "find".to_owned(), ..Kind::default() };
        let us = |tenths: i64| tenths * SECOND_US / 10;
        Operation { began_us: us(began), ended_us: us(ended), yields: 100, kind: Arc::new(kind) }
    }

    #[test]
    fn slow_operations_are_in_flight_for_as_long_as_they_took() {
        let operations =
            vec![operation(0, 25, "crm.a"), operation(5, 15, "crm.b"), operation(500, 505, "crm.a")];
        let log = Log { operations, roles: vec![(SECOND_US / 2, Role::Primary)], address: None };
        let told: Vec<(i64, Vec<(String, i64)>)> = log
            .lines("a:1".into())
            .filter_map(|(at, line)| match line {
                Line::Sample(Sample { look: Look::Answered(_, Answer::InFlight(seen)), .. }) => {
                    let groups =
                        seen.groups.iter().map(|one| (one.namespace.to_string(), one.oldest_us / 100_000));
                    Some((at.0 / 100_000, groups.collect()))
                }
                _ => None,
            })
            .collect();
        let one = |name: &str, age| (name.to_owned(), age);
        assert_eq!(
            told,
            [
                (0, vec![one("crm.a", 0)]),
                (10, vec![one("crm.a", 10), one("crm.b", 5)]),
                (20, vec![one("crm.a", 20)]),
                (30, vec![]),
                (500, vec![one("crm.a", 0)]),
                (510, vec![]),
            ]
        );
    }
}
