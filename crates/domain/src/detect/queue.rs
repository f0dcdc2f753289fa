//! Reads queue for a lock or a ticket. Up to 6.x there are 128 tickets and none left means a queue; from 7.0
//! on their number is adapted and few left is normal, so only the queue itself counts.

use super::rule::{Hint, Rule, Strength, count};
use super::usual::Figure;
use super::view::View;
use crate::reads::Metric;

/// As many waiting reads are a queue, and three times what is usual.
const WAITING: (f64, f64) = (5.0, 3.0);
/// Tickets were fixed at this number before 7.0.
const FIXED_TICKETS: f64 = 128.0;
/// Time queued a second, in seconds, from which it is a queue on 7.0 and later.
const QUEUED_SECS: f64 = 2.0;

pub(super) const RULE: Rule = Rule {
    name: "queue",
    doc: "five or more reads wait for a lock or a ticket, or no ticket is left and one waits",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.counters_at?;
    let waiting = view.level(Metric::QueuedReaders).unwrap_or(0.0);
    let for_tickets = view.level(Metric::ReadQueueLength).unwrap_or(0.0);
    let longest = waiting.max(for_tickets);
    let left = view.level(Metric::ReadTicketsLeft);
    let total = view.level(Metric::ReadTicketsTotal);
    // Before 7.0, few left of a fixed number. An operator may have lowered it.
    let exhausted = view.level(Metric::ReadQueueLength).is_none()
        && left
            .zip(total)
            .is_some_and(|(left, total)| left <= 2.0 && total <= FIXED_TICKETS && waiting >= 1.0);
    let queued_secs = view.rate(Metric::ReadQueuedUs).map_or(0.0, |micros| micros / 1e6);
    let is_queue = longest >= view.limit(Figure::Queued, WAITING) || exhausted || queued_secs >= QUEUED_SECS;
    if !is_queue {
        return None;
    }
    let tickets = match left.zip(total) {
        Some((left, total)) => format!(", {left:.0} of {total:.0} read tickets left"),
        None => String::new(),
    };
    let text = format!("{} in the queue{tickets}", count(longest, "read"));
    Some(Hint::new(Strength::Strong, at, at, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    #[test]
    fn few_tickets_are_normal_from_7_0_on() {
        use Metric::{QueuedReaders, ReadQueueLength, ReadQueuedUs, ReadTicketsLeft, ReadTicketsTotal};
        let old = [(QueuedReaders, 1), (ReadTicketsLeft, 0), (ReadTicketsTotal, 128)];
        let new = [(QueuedReaders, 1), (ReadTicketsLeft, 0), (ReadTicketsTotal, 12), (ReadQueueLength, 1)];
        let cases = [
            (
                Stage::new()
                    .counters(&[(QueuedReaders, 2), (ReadTicketsLeft, 90), (ReadTicketsTotal, 128)], &[]),
                None,
            ),
            (Stage::new().counters(&old, &[]), Some(Strength::Strong)),
            (Stage::new().counters(&new, &[]), None),
            (Stage::new().counters(&new, &[(ReadQueuedUs, 3_000_000)]), Some(Strength::Strong)),
            (Stage::new().counters(&[(ReadQueueLength, 7)], &[]), Some(Strength::Strong)),
            (Stage::new().counters(&[(QueuedReaders, 6)], &[]), Some(Strength::Strong)),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
