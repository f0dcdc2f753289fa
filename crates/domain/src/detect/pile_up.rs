//! Reads of one shape pile up. The database works hard; whether others suffer is for other rules to say.

use super::rule::{Hint, Rule, Strength, count, micros};
use super::view::View;

/// As many reads in flight for over a second are a pile.
const PILE: u32 = 12;

pub(super) const RULE: Rule = Rule {
    name: "pile_up",
    doc: "twelve or more reads are in flight for over a second",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.groups_at?;
    let old: u32 = view.reads().map(|group| group.older[2]).sum();
    if old < PILE {
        return None;
    }
    let worst = view.reads().max_by_key(|group| group.older[2])?;
    let text = format!(
        "{} in flight for over a second, most of them `{}` on {}, the oldest {}",
        count(f64::from(old), "read"),
        worst.command,
        worst.namespace,
        micros(worst.oldest_us)
    );
    Some(Hint::new(Strength::Sign, at, at - worst.oldest_us, text))
}
