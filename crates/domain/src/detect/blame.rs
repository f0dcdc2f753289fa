//! Who is to blame: the operation that works or holds, never one that waits; and what kind of cause it is.
//!
//! Work names the culprit: an operation that reads much yields often, a victim waits and yields little. Its
//! share of the yields since a moment ago counts, so that a long and innocent cursor beside it is not named.
//! One that holds an exclusive lock while others wait comes first. Nobody is blamed where the server works
//! no harder than usual: then it waits for something, and the kind of cause says for what.

use super::rule::Strength;
use super::usual::Figure;
use super::verdict::{Cause, Culprit};
use super::view::View;
use super::window::Window;
use crate::reads::{Failure, Group, InFlight, Metric, Moment};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Answers to `$currentOp` of the last moments that are weighed, in seconds.
const LOOK_BACK: f64 = 3.0;
/// An operation that holds a lock against readers for this long, in microseconds, while others wait.
const HELD_US: i64 = 200_000;
/// A scan of a whole collection weighs as much as this many other reads.
const SCAN_WEIGHT: f64 = 3.0;

/// Weight of a shape that was never seen in quiet times, against 1 for one that has grown.
pub(super) const NEVER_SEEN: f64 = 1.5;
/// A new shape that does this share of all work explains why the server is busy.
const MOST_OF_IT: f64 = 0.5;

/// What is found.
#[derive(Clone, Debug, Default)]
pub(super) struct Blame {
    /// Who, the likeliest first.
    pub(super) ranked: Vec<Ranked>,
    /// Whether the first holds a lock that others wait for.
    pub(super) holds: bool,
    /// Share of all work that the first does.
    pub(super) share: f64,
    /// Whether the first makes progress: it yields.
    pub(super) works: bool,
    /// Whether nothing like the first is seen in quiet times.
    pub(super) is_new: bool,
}

/// A candidate.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    pub(super) culprit: Culprit,
    pub(super) reads: bool,
}

#[derive(Default)]
struct Tally<'a> {
    latest: Option<&'a Group>,
    score: f64,
    yields: i64,
    held_us: i64,
}

/// Weighs the operations of one node.
pub(super) fn weigh(window: &Window, known: impl Fn(&Group) -> f64, now: Moment) -> Blame {
    let answers: Vec<(f64, &InFlight)> = window
        .in_flight
        .iter()
        .filter(|(at, _)| *at <= now && now.secs_since(*at) < LOOK_BACK)
        .map(|(at, seen)| (now.secs_since(*at), &**seen))
        .collect();
    let mut tallies: BTreeMap<(&str, &str, &str), Tally<'_>> = BTreeMap::new();
    let mut waiting = 0;
    for (age, seen) in &answers {
        for group in seen.groups.iter().filter(|group| group.is_work()) {
            waiting += group.waiting;
            let tally = tallies.entry((&group.namespace, &group.command, &group.shape)).or_default();
            tally.score += work(group) * 0.7_f64.powf(*age) * known(group);
            tally.yields = tally.yields.max(group.yields);
            if group.exclusive_us > HELD_US {
                tally.held_us = tally.held_us.max(group.exclusive_us);
            }
            let larger = tally.latest.is_none_or(|latest| group.oldest_us >= latest.oldest_us);
            if larger {
                tally.latest = Some(group);
            }
        }
    }
    let holds = waiting >= 2 && tallies.values().any(|tally| tally.held_us > 0);
    let total: f64 = tallies.values().map(|tally| tally.score).sum();
    let mut ranked: Vec<(bool, f64, &Tally<'_>)> = tallies
        .values()
        .map(|tally| (holds && tally.held_us > 0, tally.score, tally))
        .filter(|(holder, score, _)| *holder || *score > 0.0)
        .collect();
    ranked.sort_by(|one, other| other.0.cmp(&one.0).then(other.1.total_cmp(&one.1)));
    let works = ranked.first().is_some_and(|(_, _, tally)| tally.yields >= 20);
    let is_new =
        ranked.first().and_then(|(_, _, tally)| tally.latest).is_some_and(|group| known(group) >= NEVER_SEEN);
    let share = ranked.first().map_or(0.0, |(_, score, _)| score / total.max(1e-9));
    let ranked = ranked.into_iter().take(5).filter_map(|(_, _, tally)| {
        let group = tally.latest?;
        Some(Ranked { culprit: culprit(group), reads: group.reads })
    });
    Blame { ranked: ranked.collect(), holds, share, works, is_new }
}

/// How much of the node's work a group does: those that wait for a lock do none.
fn work(group: &Group) -> f64 {
    let running = f64::from(group.count - group.waiting.min(group.count)) / f64::from(group.count.max(1));
    let plan = if group.plan.contains("COLLSCAN") { SCAN_WEIGHT } else { 1.0 };
    running
        * plan
        * (super::view::float(group.yields) + f64::from(group.older[2]) + 0.1 * f64::from(group.older[1]))
}

fn culprit(group: &Group) -> Culprit {
    Culprit {
        namespace: group.namespace.clone(),
        command: group.command.clone(),
        shape: group.shape.clone(),
        app: group.app.clone(),
        plan: group.plan.clone(),
        message: group.message.clone(),
        count: group.count,
        oldest_us: group.oldest_us,
    }
}

/// Who is blamed where `fsyncLock` is held, of which no operation is left.
pub(super) fn fsync_lock() -> Culprit {
    let word = |text: &str| -> Arc<str> { text.into() };
    Culprit {
        namespace: word(""),
        command: word("fsync"),
        shape: word("fsync lock"),
        app: word(""),
        plan: word(""),
        message: word("fsyncLock is held"),
        count: 0,
        oldest_us: 0,
    }
}

/// Which rules say something at the moment, and how loudly.
pub(super) struct Said<'a> {
    pub(super) rules: &'a [(&'static str, Strength)],
    /// Whether the database is a replica set of which another member answers.
    pub(super) others_answer: bool,
    /// Whether the application's way is bad.
    pub(super) app_is_bad: bool,
}

impl Said<'_> {
    /// Whether one of these rules says anything at all.
    fn is_told_of(&self, rules: &[&str]) -> bool {
        self.rules.iter().any(|(name, _)| rules.contains(name))
    }

    fn says(&self, rule: &str) -> bool {
        self.rules.iter().any(|(name, strength)| *name == rule && *strength >= Strength::Weak)
    }
}

/// Kind of cause of what one node shows. `None` where nothing on the node itself explains it.
pub(super) fn cause(view: &View<'_>, blame: &Blame, heard: &Said<'_>) -> Option<Cause> {
    if heard.says("silence") {
        return Some(Cause::Process);
    }
    if heard.says("no_answer") {
        return Some(silent(view, heard));
    }
    if view.fsync_locked && heard.says("lock_wait") || blame.holds {
        return Some(Cause::BlockingOp);
    }
    // Where a crowd of newcomers fights for the processor, the machine is not to blame.
    let crowded = blame.is_new && blame.works && blame.share >= MOST_OF_IT && heard.is_told_of(&["pile_up"]);
    if heard.is_told_of(&["frozen"]) && !crowded && view.cpu.is_none_or(|cpu| cpu < 0.5) {
        return Some(Cause::Host);
    }
    if heard.says("eviction") {
        return Some(Cause::Cache);
    }
    let few_tickets = view.level(Metric::ReadTicketsTotal).is_some_and(|total| total < 64.0);
    if heard.says("queue") && few_tickets {
        return Some(Cause::Tickets);
    }
    let hot_is_slow = view.hot.iter().any(|(_, wait)| wait.secs > 0.5);
    let inside = [
        "deadline_read",
        "old_reads",
        "lock_wait",
        "queue",
        "slow_reads",
        "slow_probe",
        "collapse",
        "active_reads",
        "disk_wait",
    ];
    let inside = inside.into_iter().any(|rule| heard.says(rule)) || hot_is_slow;
    if heard.app_is_bad && !inside {
        return Some(Cause::Network);
    }
    if works_harder(view, blame) {
        let usual = view.usual.high(Figure::Requests).unwrap_or(f64::INFINITY);
        let busier = view.rate(Metric::Requests).is_some_and(|requests| requests > 1.8 * usual);
        let dominated = blame.is_new && blame.share >= 0.8;
        let writes =
            blame.ranked.first().is_some_and(|first| !first.reads && first.culprit.oldest_us > 300_000);
        if writes && !busier {
            return Some(Cause::Cache);
        }
        return Some(if busier && !dominated { Cause::Capacity } else { Cause::SlowQuery });
    }
    let hard_work = heard.is_told_of(&["scan", "pile_up"]).then_some(Cause::SlowQuery);
    let connections = || heard.is_told_of(&["connections"]).then_some(Cause::Connections);
    if inside { Some(waits_for(view)) } else { hard_work.or_else(connections) }
}

/// It does not say hello.
fn silent(view: &View<'_>, heard: &Said<'_>) -> Cause {
    let refuses = |failure: &Option<Failure>| matches!(failure, Some(Failure::Refused | Failure::Closed));
    let kept_is_well = view.hello.failures == 0 && view.hello.secs < 0.5;
    if kept_is_well {
        return Cause::Connections;
    }
    if heard.others_answer {
        return Cause::Cluster;
    }
    if refuses(&view.hello.failure) || refuses(&view.fresh.failure) {
        return Cause::Process;
    }
    match view.stopped {
        Some(stopped) if stopped < 0.5 => Cause::Network,
        None if matches!(view.fresh.failure, Some(Failure::Unreachable(_))) => Cause::Network,
        _ => Cause::Process,
    }
}

/// Whether the server does more than usual: pages from the disk, processor, or the culprit's own progress.
fn works_harder(view: &View<'_>, blame: &Blame) -> bool {
    let more = |metric, figure, times: f64| {
        view.rate(metric)
            .zip(view.usual.high(figure))
            .is_some_and(|(now, usual)| now > times * usual.max(1.0))
    };
    let pages = more(Metric::PagesRead, Figure::Pages, 1.4);
    let cpu = view.cpu.zip(view.usual.high(Figure::Cpu)).is_some_and(|(now, usual)| now > usual + 0.4);
    let requests = more(Metric::Requests, Figure::Requests, 1.8);
    // A file of diagnostic data has no list of operations in which their work could be seen.
    let works = blame.works || view.offline;
    let by_a_newcomer = blame.is_new && blame.share >= MOST_OF_IT;
    (works && (pages || cpu || by_a_newcomer || (view.offline && scans(view)))) || requests
}

/// Whether far more documents are examined than usual.
fn scans(view: &View<'_>) -> bool {
    let usual = view.usual.high(Figure::Scanned).unwrap_or(f64::INFINITY);
    view.rate(Metric::ScannedDocuments).is_some_and(|now| now > 1_000.0_f64.max(5.0 * usual))
}

/// Reads are old, nobody holds a lock, nobody works: the disk, or the server itself.
fn waits_for(view: &View<'_>) -> Cause {
    // One hot read may have lost its page; if most hang, it is not the disk.
    let slow = view.hot.iter().filter(|(_, wait)| wait.secs > 0.5).count();
    let hot_is_slow = slow * 2 > view.hot.len();
    let cold_is_slow = view.cold.iter().any(|(_, wait)| wait.secs > 0.5);
    let usual = view.usual.high(Figure::PageRead).unwrap_or(5.0);
    let page_reads_are_slow = view.page_read_ms().is_some_and(|now| now > 10.0 && now > 3.0 * usual);
    if page_reads_are_slow || (cold_is_slow && !hot_is_slow) { Cause::Storage } else { Cause::Engine }
}
