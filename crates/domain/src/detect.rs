//! The detector: a window of samples → verdicts.
//!
//! [`Detector`] is fed every [`Sample`] of one database, in whatever order they come, and stepped a few times
//! a second. At each step every rule of [`RULES`] looks at every node and may give a hint; hints that last,
//! or independent ones that agree, make a verdict, and it is closed when all have been silent for a while.
//! What a quiet second looks like is learned; what happens during a verdict never is.
//!
//! It never asks a clock: moments and wall time are arguments.

mod active_reads;
mod app_path;
mod blame;
mod collapse;
mod connections;
pub mod contributors;
mod deadline_read;
mod disk_wait;
mod eviction;
mod finding;
mod frame;
mod frozen;
mod habits;
mod heard;
mod judge;
mod lock_wait;
mod long_writes;
mod no_answer;
mod old_reads;
mod pile_up;
mod queue;
mod rule;
mod scan;
mod silence;
mod slow_probe;
mod slow_reads;
#[cfg(test)]
mod stage;
mod usual;
pub mod verdict;
mod view;
mod window;
mod words;

pub use contributors::Contributor;
pub use rule::Rule;
pub use verdict::{CAUSES, Cause, Culprit, Evidence, Severity, Signal, Verdict};

use crate::reads::{Frame, Moment, Role, Sample};
use contributors::tally::Tallies;
use habits::Habits;
use heard::Heard;
use jiff::Timestamp;
use judge::Judge;
use std::collections::BTreeMap;
use std::sync::Arc;
use usual::{Figures, Usual};
use view::View;
use window::Window;

/// Every rule.
pub const RULES: &[Rule] = &[
    deadline_read::RULE,
    slow_probe::RULE,
    no_answer::RULE,
    app_path::RULE,
    queue::RULE,
    lock_wait::RULE,
    old_reads::RULE,
    pile_up::RULE,
    slow_reads::RULE,
    disk_wait::RULE,
    active_reads::RULE,
    collapse::RULE,
    eviction::RULE,
    long_writes::RULE,
    scan::RULE,
    connections::RULE,
    frozen::RULE,
    silence::RULE,
];

/// Judges one database from what is seen of its nodes.
#[derive(Debug, Default)]
pub struct Detector {
    nodes: BTreeMap<Arc<str>, Node>,
    judge: Judge,
    learned_at: Option<Moment>,
    stepped_at: Option<Moment>,
    remembered: Vec<String>,
}

/// One node.
#[derive(Debug, Default)]
struct Node {
    window: Window,
    usual: Usual,
    habits: Habits,
}

/// A node of which nothing was heard for this long, in microseconds, is no longer one.
const GONE_US: i64 = 600_000_000;
/// A sample may be this far ahead of the last step, in microseconds.
const AHEAD_US: i64 = 5_000_000;
/// Nodes of one database; what lies beyond is garbage in a recording.
const MOST_NODES: usize = 1_000;

impl Detector {
    /// A detector that starts from what earlier ones learned.
    pub fn new(baselines: Baselines) -> Self {
        Self { remembered: baselines.lines, ..Self::default() }
    }

    /// Takes note of a look. Late, doubled and disordered ones do no harm.
    pub fn record(&mut self, sample: Sample) {
        // A look of tomorrow is no look; it would hide those of now.
        if self.stepped_at.is_some_and(|now| sample.began > now + AHEAD_US) {
            return;
        }
        if !self.nodes.contains_key(&sample.node) {
            if self.nodes.len() >= MOST_NODES {
                return;
            }
            let node = self.newcomer(&sample.node);
            self.nodes.insert(sample.node.clone(), node);
        }
        if let Some(node) = self.nodes.get_mut(&sample.node) {
            node.window.record(sample);
        }
    }

    fn newcomer(&self, name: &str) -> Node {
        let mut node = Node::default();
        for line in &self.remembered {
            if let Some(rest) = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')) {
                node.usual.remember(rest);
            }
        }
        node
    }

    /// Judges what is known at `now`. To be called every 250 ms while looks come in, and once a second in a
    /// replay of diagnostic data; `wall` is the wall time at `now`.
    pub fn step(&mut self, now: Moment, wall: Timestamp) -> Vec<Signal> {
        self.stepped_at = Some(now);
        self.nodes.retain(|_, node| node.window.latest.is_none_or(|latest| now.since(latest) < GONE_US));
        for node in self.nodes.values_mut() {
            node.window.forget(now);
            node.usual.at(wall);
        }
        let nodes = &self.nodes;
        let views = views(nodes, now);
        let heard = Heard::from_rules(&views);
        let work = |name: &str| {
            let node = nodes.get(name)?;
            let habit = |namespace: &_, shape: &_| node.habits.of(namespace, shape);
            Some(Tallies::of(&node.window, habit, now))
        };
        let signals = self.judge.step(&heard, &views, work, now, wall);
        let quiet = self.judge.is_quiet();
        let due = self.learned_at.is_none_or(|at| now.secs_since(at) >= 1.0 || at > now);
        let figures: Vec<(Arc<str>, Figures)> = if due && quiet {
            views.iter().map(|view| (view.node.clone(), view.figures())).collect()
        } else {
            Vec::new()
        };
        drop(views);
        if due {
            self.learned_at = Some(now);
            self.learn(quiet, figures);
        }
        signals
    }

    fn learn(&mut self, quiet: bool, figures: Vec<(Arc<str>, Figures)>) {
        if !quiet {
            self.nodes.values_mut().for_each(Node::disturbed);
            return;
        }
        for (name, figures) in figures {
            if let Some(node) = self.nodes.get_mut(&name) {
                node.usual.quiet(figures);
                node.habits.note(&node.window);
            }
        }
    }

    /// Whether looks should come more often: something is suspicious.
    pub fn is_suspicious(&self) -> bool {
        !self.judge.is_quiet()
    }

    /// The last second of each node, for pages; call it once a second.
    pub fn frames(&self, now: Moment) -> Vec<(Arc<str>, Frame)> {
        views(&self.nodes, now).iter().map(|view| (view.node.clone(), frame::of(view))).collect()
    }

    /// A line of what each rule says at `now`, to see why.
    pub fn explain(&self, now: Moment) -> Option<String> {
        let views = views(&self.nodes, now);
        let lines = Heard::from_rules(&views).lines();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    /// The verdict that stands, if any.
    pub fn standing(&self) -> Option<&Verdict> {
        self.judge.standing()
    }

    /// What each node said it is when it was last heard of.
    pub fn roles(&self) -> Vec<(Arc<str>, Role)> {
        self.nodes.iter().filter_map(|(name, node)| Some((name.clone(), node.window.role?.1))).collect()
    }

    /// What was learned of quiet times, to be kept over a restart.
    pub fn baselines(&self) -> Baselines {
        let known = self.nodes.iter().flat_map(|(name, node)| node.usual.lines(name));
        // What was remembered of nodes that were not met this time is kept.
        let unmet = self
            .remembered
            .iter()
            .filter(|line| line.split_once(' ').is_some_and(|(name, _)| !self.nodes.contains_key(name)));
        Baselines { lines: known.chain(unmet.cloned()).collect() }
    }
}

/// Every node at `now`.
fn views(nodes: &BTreeMap<Arc<str>, Node>, now: Moment) -> Vec<View<'_>> {
    let mut views: Vec<View<'_>> =
        nodes.iter().map(|(name, node)| View::new(name, &node.window, &node.usual, now)).collect();
    // A member that was primary when last heard of is not if another says so since.
    let primary = nodes.iter().filter_map(|(name, node)| match node.window.role {
        Some((at, Role::Primary)) => Some((at, name)),
        _ => None,
    });
    let latest = primary.max();
    for view in &mut views {
        if view.role == Some(Role::Primary) && latest.is_some_and(|(_, name)| name != view.node) {
            view.role = Some(Role::Secondary);
        }
    }
    views
}

impl Node {
    /// The last seconds were not quiet after all.
    fn disturbed(&mut self) {
        self.usual.disturbed();
        self.habits.disturbed();
    }
}

/// What is usual, per node, hour and weekday, as lines of text that only this module understands; to be kept
/// over a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// One line per node and figure.
    pub lines: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_says_what_it_sees() {
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        let well_formed = |rule: &&Rule| rule.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert_eq!(RULES.iter().filter(well_formed).count(), RULES.len());
        assert!(RULES.iter().all(|rule| rule.doc.len() > 20));
    }
}
