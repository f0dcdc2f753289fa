//! Among the reads that complete, more are slow than ever in quiet times: from the histogram that the server
//! keeps of all reads. A mean would drown them.

use super::rule::{Hint, Rule, Strength, count};
use super::usual::Figure;
use super::view::View;

/// Shares of slow reads that are weak and strong evidence, each with the number of slow reads it needs.
const WEAK: (f64, f64) = (0.03, 6.0);
const STRONG: (f64, f64) = (0.12, 12.0);
/// Fewer completed reads say nothing.
const READS: f64 = 30.0;

pub(super) const RULE: Rule = Rule {
    name: "slow_reads",
    doc: "over 3 % of the reads that complete took over 100 ms and four times the usual 99th percentile",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.counters_at?;
    let completed = view.completed;
    let share = completed.slow / completed.count.max(1.0);
    let is = |(least, reads): (f64, f64)| share > least && completed.slow >= reads;
    // Without knowing what is usual, a server that has just started looks ill: its cache is cold.
    view.usual.high(Figure::ReadP99)?;
    if completed.count < READS || !is(WEAK) {
        return None;
    }
    let strength = if is(STRONG) { Strength::Strong } else { Strength::Weak };
    let text = format!(
        "{:.0} of {} that completed took over {:.0} ms",
        completed.slow,
        count(completed.count, "read"),
        completed.limit_ms
    );
    Some(Hint::new(strength, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    #[test]
    fn the_share_of_slow_reads_counts_and_not_their_number() {
        let cases = [
            (Stage::new().completed(&[(8_192, 200), (131_072, 2)]), None),
            (Stage::new().completed(&[(8_192, 900), (131_072, 9)]), None),
            (Stage::new().completed(&[(8_192, 150), (131_072, 8)]), Some(Strength::Weak)),
            (Stage::new().completed(&[(8_192, 100), (262_144, 40)]), Some(Strength::Strong)),
            (Stage::new().completed(&[(262_144, 20)]), None),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
