//! Far more reads are at work than usual, from the counters alone: for files of diagnostic data, which hold
//! no list of the operations in flight.

use super::rule::{Hint, Rule, Strength, count};
use super::usual::Figure;
use super::view::View;
use crate::reads::Metric;

/// At least as many, and this many times the usual.
const ACTIVE: (f64, f64) = (16.0, 5.0);
/// Those that complete take at least this long on average, in milliseconds, and this many times the usual.
const MEAN: (f64, f64) = (20.0, 4.0);
/// Reads a second that must complete for their mean to say anything.
const READS: f64 = 5.0;

pub(super) const RULE: Rule = Rule {
    name: "active_reads",
    doc: "sixteen reads are at work, five times the usual, and those that complete take four times as long, or few do",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    if view.groups_at.is_some() {
        return None;
    }
    let at = view.counters_at?;
    let active = view.active_reads()?;
    let usual = view.usual.high(Figure::Active)?;
    if active < view.limit(Figure::Active, ACTIVE) {
        return None;
    }
    let mean = view.read_mean_ms().unwrap_or(0.0);
    let slow = view.learned_limit(Figure::ReadMean, MEAN).is_some_and(|limit| mean > limit);
    let reads = view.rate(Metric::Reads).unwrap_or(0.0);
    let few = view.usual.low(Figure::Reads).is_some_and(|usual| reads < 0.5 * usual);
    let strength = match (slow && reads >= READS, few) {
        (true, _) | (_, true) => Strength::Strong,
        (false, false) => Strength::Sign,
    };
    let text = format!(
        "{} at work (usually {usual:.0}); {reads:.0} a second complete, in {mean:.0} ms on average",
        count(active, "read")
    );
    Some(Hint::new(strength, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::super::stage::finds;
    use super::*;

    #[test]
    fn a_list_of_operations_knows_better_than_the_counters() {
        use Metric::{ActiveReaders, ReadUs, Reads};
        let active = [(ActiveReaders, 40)];
        let few = Stage::new().counters(&active, &[(Reads, 20), (ReadUs, 20 * 5_000)]);
        assert_eq!(few.hears(&RULE), Some(Strength::Strong));
        let served = Stage::new().counters(&active, &[(Reads, 600), (ReadUs, 600 * 5_000)]);
        assert_eq!(served.hears(&RULE), Some(Strength::Sign));
        assert_eq!(few.groups(&[finds("messages", 1, 0.1)]).hears(&RULE), None);
    }
}
