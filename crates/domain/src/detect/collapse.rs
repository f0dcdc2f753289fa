//! Reads stop completing although some are on their way. A database nobody asks anything looks alike in the
//! counters; there, nothing is in flight.

use super::rule::{Hint, Rule, Strength};
use super::usual::Figure;
use super::view::View;
use crate::reads::Metric;

/// Below this rate, in reads a second, nothing can be said to collapse.
const USUAL: f64 = 15.0;
/// Share of the usual rate that is a collapse.
const SHARE: f64 = 0.35;
/// Operations in flight that are needed.
const IN_FLIGHT: f64 = 4.0;

pub(super) const RULE: Rule = Rule {
    name: "collapse",
    doc: "fewer than a third of the usual reads complete, with some in flight",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let usual = view.usual.low(Figure::Reads).filter(|usual| *usual >= USUAL)?;
    let reads = view.client_reads().filter(|reads| *reads < SHARE * usual)?;
    let at = view.counters_at?;
    // A file of diagnostic data has no list of operations, but says how many are at work.
    let in_flight = match view.groups_at {
        Some(_) => view.work().map(|group| f64::from(group.count)).sum(),
        None => view.level(Metric::ActiveReaders)? + view.level(Metric::QueuedReaders).unwrap_or(0.0),
    };
    if in_flight < IN_FLIGHT {
        return None;
    }
    let text =
        format!("{reads:.0} reads a second complete (usually {usual:.0}), with {in_flight:.0} in flight");
    Some(Hint::new(Strength::Strong, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::super::stage::finds;
    use super::*;

    #[test]
    fn idle_is_no_collapse() {
        let idle = Stage::new().counters(&[], &[(Metric::Reads, 3)]).groups(&[]);
        assert_eq!(idle.hears(&RULE), None);
        let hanging = Stage::new().counters(&[], &[(Metric::Reads, 3)]).groups(&[finds("messages", 9, 0.5)]);
        assert_eq!(hanging.hears(&RULE), Some(Strength::Strong));
        let busy = Stage::new().counters(&[], &[(Metric::Reads, 110)]).groups(&[finds("messages", 9, 0.5)]);
        assert_eq!(busy.hears(&RULE), None);
    }
}
