//! What kind of cause it is: where an operation works or holds, it is one of those; else the server waits for
//! something, and what it does and does not do says for what.

use super::contributors::tally::{Tallies, Tally};
use super::rule::Strength;
use super::usual::Figure;
use super::verdict::Cause;
use super::view::View;
use crate::reads::{Failure, Metric};

/// A new shape that does this share of all work explains why the server is busy.
const MOST_OF_IT: f64 = 0.5;
/// Work of a culprit that makes progress, in yields.
const PROGRESS: i64 = 20;

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
pub(super) fn cause(view: &View<'_>, work: &Tallies, heard: &Said<'_>) -> Option<Cause> {
    if heard.says("silence") {
        return Some(Cause::Process);
    }
    if heard.says("no_answer") {
        return Some(silent(view, heard));
    }
    if view.fsync_locked && heard.says("lock_wait") || work.holds {
        return Some(Cause::BlockingOp);
    }
    // Where a crowd of newcomers fights for the processor, the machine is not to blame.
    let crowded = is_new(work) && works(work) && work.share >= MOST_OF_IT && heard.is_told_of(&["pile_up"]);
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
    if works_harder(view, work) {
        let usual = view.usual.high(Figure::Requests).unwrap_or(f64::INFINITY);
        let busier = view.rate(Metric::Requests).is_some_and(|requests| requests > 1.8 * usual);
        let dominated = is_new(work) && work.share >= 0.8;
        let writes = work.first().is_some_and(|first| !first.group.reads && first.group.oldest_us > 300_000);
        if writes && !busier {
            return Some(Cause::Cache);
        }
        return Some(if busier && !dominated { Cause::Capacity } else { Cause::SlowQuery });
    }
    let hard_work = heard.is_told_of(&["scan", "pile_up"]).then_some(Cause::SlowQuery);
    let connections = || heard.is_told_of(&["connections"]).then_some(Cause::Connections);
    if inside { Some(waits_for(view)) } else { hard_work.or_else(connections) }
}

/// Whether the likeliest culprit makes progress: it yields.
fn works(work: &Tallies) -> bool {
    work.first().is_some_and(|first| first.yields >= PROGRESS)
}

/// Whether nothing like it is seen in quiet times.
fn is_new(work: &Tallies) -> bool {
    work.first().is_some_and(Tally::is_new)
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
fn works_harder(view: &View<'_>, work: &Tallies) -> bool {
    let more = |metric, figure, times: f64| {
        view.rate(metric)
            .zip(view.usual.high(figure))
            .is_some_and(|(now, usual)| now > times * usual.max(1.0))
    };
    let pages = more(Metric::PagesRead, Figure::Pages, 1.4);
    let cpu = view.cpu.zip(view.usual.high(Figure::Cpu)).is_some_and(|(now, usual)| now > usual + 0.4);
    let requests = more(Metric::Requests, Figure::Requests, 1.8);
    // A file of diagnostic data has no list of operations in which their work could be seen.
    let works = works(work) || view.offline;
    let by_a_newcomer = is_new(work) && work.share >= MOST_OF_IT;
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
