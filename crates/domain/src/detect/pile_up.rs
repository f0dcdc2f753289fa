//! Reads of one shape pile up. That alone is hard work, and others need not suffer. It is a stall when the pile
//! grows, so that more come than end, or when every read from the disk has to wait behind it.

use super::rule::{Hint, Rule, Strength, count, duration, micros, usually};
use super::usual::Figure;
use super::view::View;
use crate::reads::Group;

/// As many reads in flight for over a second are a pile.
const PILE: u32 = 12;
/// As many are the beginning of one, if it grows …
const BEGINNING: u32 = 8;
/// … by as many in each stride of 0.7 s.
const GROWTH: u32 = 2;
/// Mean time of a read from the disk, in milliseconds, and how many times the usual, that is a queue there.
const DISK_WAIT: (f64, f64) = (5.0, 4.5);

pub(super) const RULE: Rule = Rule {
    name: "pile_up",
    doc: "twelve reads are in flight for over a second; a stall if they become more or the disk cannot keep up",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.groups_at?;
    let worst = view.reads().max_by_key(|group| group.older[2])?;
    let old: u32 = view.reads().map(|group| group.older[2]).sum();
    let grows = grows(view, worst) && worst.older[2] >= BEGINNING;
    if old < PILE && !grows {
        return None;
    }
    let usual = view.usual.high(Figure::PageRead);
    let limit = view.learned_limit(Figure::PageRead, DISK_WAIT);
    let page_read = view.page_read_ms().filter(|now| limit.is_some_and(|limit| *now > limit));
    let mut text = format!(
        "{} in flight for over a second, most of them `{}` on {}, the oldest {}",
        count(f64::from(old), "read"),
        worst.command,
        worst.namespace,
        micros(worst.oldest_us)
    );
    if grows {
        text += "; they become more";
    }
    if let Some(now) = page_read {
        text += "; a read from the disk takes ";
        text += &duration(now / 1e3);
        text += &usually(usual, |usual| duration(usual / 1e3));
    }
    let strength = if grows || page_read.is_some() { Strength::Strong } else { Strength::Sign };
    Some(Hint::new(strength, at, at - worst.oldest_us, text))
}

/// Whether the reads of this shape became more in each of the last two strides.
fn grows(view: &View<'_>, worst: &Group) -> bool {
    let before = |groups: &[Group]| -> u32 {
        let same =
            groups.iter().filter(|group| group.shape == worst.shape && group.namespace == worst.namespace);
        same.map(|group| group.count).sum()
    };
    let [recent, earlier] = view.earlier.map(before);
    let now = before(view.groups);
    earlier >= 3 && recent >= earlier + GROWTH && now >= recent + GROWTH
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::super::stage::finds;
    use super::*;
    use crate::reads::Metric;

    #[test]
    fn a_pile_is_hard_work_and_a_growing_one_a_stall() {
        let pile = |count| vec![finds("messages", count, 1.5)];
        let growing = || [pile(8), pile(14), pile(20)];
        let slow_disk = [(Metric::AppPageReads, 100), (Metric::AppPageReadUs, 900_000)];
        let cases = [
            (Stage::new().groups(&pile(6)), None),
            (Stage::new().groups(&pile(30)), Some(Strength::Sign)),
            (Stage::new().in_flight(growing(), false), Some(Strength::Strong)),
            (Stage::new().in_flight([pile(20), pile(14), pile(13)], false), Some(Strength::Sign)),
            (Stage::new().groups(&pile(30)).counters(&[], &slow_disk), Some(Strength::Strong)),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
