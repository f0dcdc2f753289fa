//! What each kind of operation did on a node in the last seconds: one line per namespace, command and shape.

use crate::detect::view::float;
use crate::detect::window::Window;
use crate::reads::{Finished, Group, InFlight, Moment};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks at operations of the last moments that are weighed, in seconds.
const LOOK_BACK: f64 = 3.0;
/// What finished counts for longer: a log tells of an operation only at its end.
const FINISHED_BACK: f64 = 10.0;
/// An operation that holds a lock against readers for this long, in microseconds, while others wait.
const HELD_US: i64 = 200_000;
/// A scan of a whole collection weighs as much as this many other reads.
const SCAN_WEIGHT: f64 = 3.0;
/// Weight of a shape that was never seen in quiet times, against 1 for one that has grown.
pub(in crate::detect) const NEVER_SEEN: f64 = 1.5;
/// Weight of what runs like this every day.
const EVERY_DAY: f64 = 0.1;

/// How a shape behaves in quiet times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::detect) struct Habit {
    /// Work of all that are in flight together, a maximum that fades.
    pub(in crate::detect) yields: f64,
    /// Work of one, a maximum that fades.
    pub(in crate::detect) yields_each: f64,
    /// Age of its oldest operation, a maximum that fades, in microseconds.
    pub(in crate::detect) oldest_us: f64,
    /// Plans that it has.
    pub(in crate::detect) plans: Vec<Arc<str>>,
}

/// Namespace, command and shape.
type Name = (Arc<str>, Arc<str>, Arc<str>);

/// What one kind of operation did.
#[derive(Clone, Debug)]
pub(in crate::detect) struct Tally {
    /// As last seen: in flight at its oldest, or as it finished.
    pub(in crate::detect) group: Group,
    /// How it behaves in quiet times; nothing where it was never seen then.
    pub(in crate::detect) habit: Option<Habit>,
    /// Its claim to be the one who works, by work and novelty.
    pub(super) score: f64,
    /// Work seen in flight at once, at its most.
    pub(in crate::detect) yields: i64,
    /// Work of one operation, at its most.
    pub(super) yields_each: f64,
    /// For how long it has held a lock that keeps others out, in microseconds.
    pub(super) held_us: i64,
    /// Work without regard to novelty.
    pub(super) work: f64,
    /// Sums of those that finished.
    pub(super) finished: Sums,
}

/// Sums over finished operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) count: u32,
    pub(super) docs_examined: i64,
    pub(super) bytes_read: i64,
    pub(super) took_us: i64,
    pub(super) waited_us: i64,
    pub(super) replanned: u32,
}

impl Sums {
    fn add(&mut self, one: &Finished) {
        self.count = self.count.saturating_add(1);
        self.docs_examined = self.docs_examined.saturating_add(one.docs_examined);
        self.bytes_read = self.bytes_read.saturating_add(one.bytes_read);
        self.took_us = self.took_us.saturating_add(one.took_us);
        self.waited_us = self.waited_us.saturating_add(one.waited_us);
        self.replanned = self.replanned.saturating_add(u32::from(one.replanned));
    }
}

/// Everything that operations of a node did, the likeliest culprit first.
#[derive(Clone, Debug, Default)]
pub(in crate::detect) struct Tallies {
    pub(in crate::detect) lines: Vec<Tally>,
    /// Whether the first holds a lock that others wait for.
    pub(in crate::detect) holds: bool,
    /// Share of all work that the first does.
    pub(in crate::detect) share: f64,
}

impl Tallies {
    /// Counts what a window shows. `habit` tells how a shape behaves in quiet times.
    pub(in crate::detect) fn of(
        window: &Window,
        habit: impl Fn(&Arc<str>, &Arc<str>) -> Option<Habit>,
        now: Moment,
    ) -> Self {
        let mut lines: BTreeMap<Name, Tally> = BTreeMap::new();
        let mut waiting = 0;
        for (age, seen) in in_flight(window, now) {
            for group in seen.groups.iter().filter(|group| group.is_work()) {
                waiting += group.waiting;
                let name = (group.namespace.clone(), group.command.clone(), group.shape.clone());
                let line = lines
                    .entry(name)
                    .or_insert_with(|| Tally::new(group, habit(&group.namespace, &group.shape)));
                line.see(group, age);
            }
        }
        let recent =
            window.finished.iter().filter(|(at, _)| *at <= now && now.secs_since(*at) < FINISHED_BACK);
        for (at, one) in recent {
            let name = (one.namespace.clone(), one.command.clone(), one.shape.clone());
            let line = lines
                .entry(name)
                .or_insert_with(|| Tally::new(&group_of(one), habit(&one.namespace, &one.shape)));
            line.hear(one, now.secs_since(*at));
        }
        let holds = waiting >= 2 && lines.values().any(|line| line.held_us > 0);
        let total: f64 = lines.values().map(|line| line.score).sum();
        let mut lines: Vec<Tally> = lines.into_values().collect();
        let holder = |line: &Tally| holds && line.held_us > 0;
        lines.sort_by(|one, other| holder(other).cmp(&holder(one)).then(other.score.total_cmp(&one.score)));
        let share = lines.first().map_or(0.0, |first| first.score / total.max(1e-9));
        Self { lines, holds, share }
    }

    /// The likeliest culprit, if anybody works or holds at all.
    pub(in crate::detect) fn first(&self) -> Option<&Tally> {
        self.lines.first().filter(|first| first.score > 0.0 || self.holds)
    }
}

/// Looks at operations in flight, each with its age in seconds.
fn in_flight(window: &Window, now: Moment) -> impl Iterator<Item = (f64, &InFlight)> {
    let answers = window.in_flight.iter();
    let recent = answers.filter(move |(at, _)| *at <= now && now.secs_since(*at) < LOOK_BACK);
    recent.map(move |(at, seen)| (now.secs_since(*at), &**seen))
}

impl Tally {
    fn new(group: &Group, habit: Option<Habit>) -> Self {
        let group = Group { oldest_us: 0, ..group.clone() };
        Self {
            group,
            habit,
            score: 0.0,
            yields: 0,
            yields_each: 0.0,
            held_us: 0,
            work: 0.0,
            finished: Sums::default(),
        }
    }

    /// Takes note of operations that were in flight `age` seconds ago.
    fn see(&mut self, group: &Group, age: f64) {
        let work = work(group) * 0.7_f64.powf(age);
        let plan = if group.plan.contains("COLLSCAN") { SCAN_WEIGHT } else { 1.0 };
        self.work += work;
        self.score += work * plan * self.novelty(group);
        self.yields = self.yields.max(group.yields);
        self.yields_each = self.yields_each.max(float(group.yields) / f64::from(group.count.max(1)));
        if group.exclusive_us > HELD_US {
            self.held_us = self.held_us.max(group.exclusive_us);
        }
        if group.oldest_us >= self.group.oldest_us {
            self.group = group.clone();
        }
    }

    /// Takes note of one that finished `age` seconds ago.
    fn hear(&mut self, one: &Finished, age: f64) {
        self.finished.add(one);
        self.yields_each = self.yields_each.max(float(one.yields));
        let usual = self.habit.as_ref().map(|habit| habit.yields_each);
        let weight = usual.map_or(NEVER_SEEN, |usual| grown(float(one.yields), usual));
        let plan = if one.plan.contains("COLLSCAN") { SCAN_WEIGHT } else { 1.0 };
        let work = float(one.yields) * 0.7_f64.powf(age);
        self.work += work;
        self.score += work * plan * weight;
    }

    /// How new a group is: from 0.1 for what runs like this every day to 1 for what has grown, and more for what
    /// was never seen in quiet times. An innocent long cursor beside a fault must not be named.
    fn novelty(&self, group: &Group) -> f64 {
        self.habit.as_ref().map_or(NEVER_SEEN, |habit| grown(float(group.yields), habit.yields))
    }

    /// Whether nothing like it is seen in quiet times.
    pub(in crate::detect) fn is_new(&self) -> bool {
        self.habit.is_none()
    }

    /// The plan that it has in quiet times, where it has another one now.
    pub(super) fn usual_plan(&self) -> Option<Arc<str>> {
        let plans = &self.habit.as_ref()?.plans;
        let other = !self.group.plan.is_empty() && !plans.contains(&self.group.plan);
        plans.last().filter(|_| other).cloned()
    }
}

/// Weight of work that was `usual` once.
fn grown(now: f64, usual: f64) -> f64 {
    (((now + 1.0) / (usual + 1.0) - 1.0) / 2.0).clamp(EVERY_DAY, 1.0)
}

/// How much of the node's work a group does: those that wait for a lock do none.
fn work(group: &Group) -> f64 {
    let running = f64::from(group.count - group.waiting.min(group.count)) / f64::from(group.count.max(1));
    running * (float(group.yields) + f64::from(group.older[2]) + 0.1 * f64::from(group.older[1]))
}

/// What is known of an operation of which only the end was told.
fn group_of(one: &Finished) -> Group {
    Group {
        namespace: one.namespace.clone(),
        command: one.command.clone(),
        shape: one.shape.clone(),
        app: one.app.clone(),
        plan: one.plan.clone(),
        ..Group::default()
    }
}
