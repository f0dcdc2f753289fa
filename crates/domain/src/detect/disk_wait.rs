//! A page that a client's thread has to read from the disk takes far longer than usual: the disk has become
//! slow, or more is asked of it than it gives.

use super::rule::{Hint, Rule, Strength, count};
use super::usual::Figure;
use super::view::View;
use crate::reads::Metric;

/// Mean time of a page read, in milliseconds, and how many times the usual: weak evidence and strong.
const WEAK: (f64, f64) = (5.0, 5.0);
const STRONG: (f64, f64) = (15.0, 12.0);
/// Fewer page reads a second say nothing.
const READS: f64 = 30.0;

pub(super) const RULE: Rule = Rule {
    name: "disk_wait",
    doc: "a page read from the disk takes over 5 ms and five times the usual; strong over 15 ms and twelve times",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.counters_at?;
    let usual = view.usual.high(Figure::PageRead)?;
    let reads = view.rate(Metric::AppPageReads).filter(|reads| *reads >= READS)?;
    let now = view.page_read_ms()?;
    let over = |limits| now > view.limit(Figure::PageRead, limits);
    let strength = match (over(STRONG), over(WEAK)) {
        (true, _) => Strength::Strong,
        (false, true) => Strength::Weak,
        (false, false) => return None,
    };
    let text = format!(
        "a page read from the disk takes {now:.0} ms (usually {usual:.1} ms), at {} a second",
        count(reads, "read")
    );
    Some(Hint::new(strength, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    #[test]
    fn a_disk_is_slow_when_its_pages_take_many_times_the_usual() {
        let reads = |count, us| [(Metric::AppPageReads, count), (Metric::AppPageReadUs, count * us)];
        let cases = [
            (Stage::new().counters(&[], &reads(200, 2_000)), None),
            (Stage::new().counters(&[], &reads(200, 8_000)), Some(Strength::Weak)),
            (Stage::new().counters(&[], &reads(200, 40_000)), Some(Strength::Strong)),
            (Stage::new().counters(&[], &reads(4, 40_000)), None),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
