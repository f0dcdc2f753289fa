//! Reads of several shapes are in flight for long: what they have in common is the database.

use super::rule::{Hint, Rule, Strength, count, micros};
use super::view::View;
use crate::reads::Group;

/// Old means over a second: index 2 of [`Group::AGES`].
const OLD: usize = 2;
/// Shapes that are enough by themselves; with fewer, reads that are needed.
const SHAPES: usize = 3;
const READS_OF_TWO: u32 = 6;

pub(super) const RULE: Rule = Rule {
    name: "old_reads",
    doc: "reads of three shapes, or six of two shapes, are in flight for over a second",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.groups_at?;
    let old: Vec<&Group> = view.reads().filter(|group| group.older[OLD] > 0).collect();
    let mut shapes: Vec<(&str, &str)> = old.iter().map(|group| (&*group.namespace, &*group.shape)).collect();
    shapes.sort_unstable();
    shapes.dedup();
    let reads: u32 = old.iter().map(|group| group.older[OLD]).sum();
    let enough = shapes.len() >= SHAPES || (shapes.len() == 2 && reads >= READS_OF_TWO);
    if !enough {
        return None;
    }
    let oldest = old.iter().map(|group| group.oldest_us).max()?;
    let reads = count(f64::from(reads), "read");
    let text = format!(
        "{reads} of {} shapes in flight for over a second, the oldest {}",
        shapes.len(),
        micros(oldest)
    );
    Some(Hint::new(Strength::Strong, at, at - oldest, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::super::stage::finds;
    use super::*;
    use crate::reads::Group;

    #[test]
    fn one_slow_report_is_no_stall() {
        let tailing = Group { tailing: true, ..finds("events", 9, 60.0) };
        let cases = [
            (Stage::new().groups(&[finds("messages", 1, 40.0)]), None),
            (Stage::new().groups(&[finds("messages", 40, 4.0)]), None),
            (Stage::new().groups(&[finds("messages", 2, 2.0), finds("orgs", 1, 2.0), tailing]), None),
            (
                Stage::new().groups(&[finds("messages", 5, 2.0), finds("orgs", 1, 2.0)]),
                Some(Strength::Strong),
            ),
            (
                Stage::new().groups(&[
                    finds("messages", 1, 2.0),
                    finds("orgs", 1, 2.0),
                    finds("events", 1, 1.5),
                ]),
                Some(Strength::Strong),
            ),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
