//! Which part an operation plays: cause, victim or bystander.
//!
//! Who is slow because others are looks much like who makes others slow: both are old and many. What tells them
//! apart is what one of them does itself. Waiting is never a cause; work is one where it is most of all work and
//! more than the same shape does in quiet times.

use super::Part;
use super::scene::Scene;
use super::tally::Tally;
use crate::detect::verdict::Cause;

/// A share of all work below which nobody is the cause.
const FAIR_SHARE: f64 = 0.15;
/// Older than this, in microseconds, a read is one that waits.
const OLD_US: i64 = 300_000;
/// One operation that yielded so often has worked for some time: a server yields every 10 ms or 128 documents.
const WORKED: f64 = 5.0;
/// One operation does so many times the work that it does in quiet times.
const GROWN: f64 = 3.0;

/// The part of an operation.
pub(super) fn of(scene: &Scene<'_>, tally: &Tally) -> Part {
    if scene.tallies.holds && tally.held_us > 0 {
        return Part::Cause;
    }
    if waits(tally) {
        return Part::Victim;
    }
    let blames = matches!(scene.cause, Cause::SlowQuery | Cause::Tickets | Cause::Cache);
    if blames && is_heavy(scene, tally) {
        return Part::Cause;
    }
    if tally.group.oldest_us > OLD_US { Part::Victim } else { Part::Bystander }
}

/// Whether most of them wait for a lock.
fn waits(tally: &Tally) -> bool {
    tally.group.waiting * 2 > tally.group.count
        || tally.group.count == 0 && tally.finished.waited_us * 2 > tally.finished.took_us
}

/// Whether it does much of the work, and more than it does in quiet times.
fn is_heavy(scene: &Scene<'_>, tally: &Tally) -> bool {
    let total: f64 = scene.tallies.lines.iter().map(|line| line.score).sum();
    let much = tally.score >= FAIR_SHARE * total;
    let usual = tally.habit.as_ref().map_or(0.0, |habit| habit.yields_each);
    much && tally.yields_each >= WORKED.max(GROWN * usual)
}
