//! A node as the tests of rules set it up: quiet and known for a while, then as the case says.

use super::rule::{Rule, Strength};
use super::usual::{Figure, Usual};
use super::view::View;
use super::window::Window;
use crate::reads::{
    Answer, Bucket, Counters, Failure, Group, Host, InFlight, Look, Metric, Moment, Path, Role, Sample,
};
use std::sync::Arc;

/// What is usual on the stage.
const USUAL: [(Figure, f64); 16] = [
    (Figure::Hot, 0.002),
    (Figure::Cold, 0.006),
    (Figure::Hello, 0.001),
    (Figure::Fresh, 0.002),
    (Figure::App, 0.003),
    (Figure::ReadP99, 20.0),
    (Figure::Reads, 120.0),
    (Figure::Requests, 300.0),
    (Figure::InFlight, 2.0),
    (Figure::Pages, 300.0),
    (Figure::Cpu, 0.3),
    (Figure::PageRead, 1.2),
    (Figure::ConnectionsMade, 0.5),
    (Figure::Scanned, 900.0),
    (Figure::Queued, 0.0),
    (Figure::Active, 2.0),
];

/// A node at second 100.
pub(super) struct Stage {
    window: Window,
    usual: Usual,
    node: Arc<str>,
}

const NOW: Moment = Moment::from_secs(100);

impl Stage {
    pub(super) fn new() -> Self {
        let mut usual = Usual::default();
        for _ in 0..30 {
            usual.quiet(USUAL.to_vec());
        }
        Self { window: Window::default(), usual, node: "db1:27017".into() }
    }

    fn look(mut self, path: Path, began: Moment, look: Look) -> Self {
        self.window.record(Sample { node: self.node.clone(), path, began, look });
        self
    }

    /// A look that is on its way for so many seconds.
    pub(super) fn waits(self, path: Path, secs: f64) -> Self {
        self.look(path, NOW - micros(secs), Look::Began)
    }

    /// A look that has just come back after so many seconds.
    pub(super) fn took(self, path: Path, secs: f64) -> Self {
        self.look(path, NOW - micros(secs), Look::Answered(micros(secs), Answer::Read))
    }

    /// A look that has just failed.
    pub(super) fn failed(self, path: Path, failure: Failure) -> Self {
        self.look(path, NOW - 1_000, Look::Failed(1_000, failure))
    }

    /// What the node is.
    pub(super) fn role(self, role: Role) -> Self {
        self.look(Path::Hello, NOW - 500_000, Look::Answered(500, Answer::Role(role)))
    }

    /// Counters of now, and for those that only change by so much a second, their change.
    pub(super) fn counters(self, levels: &[(Metric, i64)], rates: &[(Metric, i64)]) -> Self {
        self.counters_with(levels, rates, Vec::new())
    }

    /// The same, with reads that completed since, by duration.
    pub(super) fn completed(self, buckets: &[(i64, i64)]) -> Self {
        let bucket = |(from_us, count): &(i64, i64)| Bucket { from_us: *from_us, count: *count };
        self.counters_with(&[], &[], buckets.iter().map(bucket).collect())
    }

    fn counters_with(self, levels: &[(Metric, i64)], rates: &[(Metric, i64)], after: Vec<Bucket>) -> Self {
        let mut before = Counters::default();
        let mut now = Counters::default();
        now.read_histogram = after;
        before.read_histogram =
            now.read_histogram.iter().map(|bucket| Bucket { count: 0, ..*bucket }).collect();
        for (metric, value) in levels {
            before.set(*metric, *value);
            now.set(*metric, *value);
        }
        for (metric, change) in rates {
            before.set(*metric, 1_000);
            now.set(*metric, 1_000 + change);
        }
        let answer = |counters| Look::Answered(900, Answer::Counters(Box::new(counters)));
        self.look(Path::Counters, NOW - 1_100_000, answer(before)).look(
            Path::Counters,
            NOW - 100_000,
            answer(now),
        )
    }

    /// Operations in flight, now and 0.8 and 1.6 seconds ago.
    pub(super) fn in_flight(self, answers: [Vec<Group>; 3], fsync_locked: bool) -> Self {
        let stages = answers.into_iter().zip([1_700_000, 900_000, 100_000]);
        stages.fold(self, |stage, (groups, ago)| {
            let seen = InFlight { groups, fsync_locked };
            stage.look(Path::InFlight, NOW - ago, Look::Answered(900, Answer::InFlight(Box::new(seen))))
        })
    }

    /// The same operations for a while.
    pub(super) fn groups(self, groups: &[Group]) -> Self {
        self.in_flight([groups.to_vec(), groups.to_vec(), groups.to_vec()], false)
    }

    /// States of the process in the last second.
    pub(super) fn states(self, states: &[u8]) -> Self {
        states.iter().zip(1..).fold(self, |stage, (state, index)| {
            let host = Host { state: *state, ..Host::default() };
            stage.look(Path::Host, NOW - index * 200_000, Look::Answered(90, Answer::Host(host)))
        })
    }

    /// How loudly the rule speaks.
    pub(super) fn hears(&self, rule: &Rule) -> Option<Strength> {
        self.says(rule).map(|(strength, _)| strength)
    }

    /// What the rule says.
    pub(super) fn says(&self, rule: &Rule) -> Option<(Strength, String)> {
        let view = View::new(&self.node, &self.window, &self.usual, NOW);
        (rule.judge)(&view).map(|hint| (hint.strength, hint.text))
    }
}

/// So many finds on a collection, each in flight for so many seconds.
pub(super) fn finds(collection: &str, count: u32, secs: f64) -> Group {
    let mut group = Group {
        namespace: format!("crm.{collection}").into(),
        command: "find".into(),
        shape: "find filter{a:?}".into(),
        reads: true,
        ..Group::default()
    };
    (0..count).for_each(|_| group.add(micros(secs), false, 5));
    group
}

/// So many finds that wait for a lock.
pub(super) fn waiting(count: u32, secs: f64) -> Group {
    let mut group = finds("messages", 0, 0.0);
    (0..count).for_each(|_| group.add(micros(secs), true, 0));
    group
}

/// An operation that holds a lock which keeps readers out.
pub(super) fn holder(secs: f64) -> Group {
    let mut group = finds("messages", 0, 0.0);
    group.add(micros(secs), false, 0);
    Group { command: "createIndexes".into(), exclusive_us: micros(secs), reads: false, ..group }
}

#[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
fn micros(secs: f64) -> i64 {
    (secs * 1e6) as i64
}
