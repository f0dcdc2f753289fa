//! Operations wait for a lock that somebody holds: an index build in the foreground, reIndex, validate, a
//! drop behind a checkpoint, `fsyncLock`. While it lasts, no counter of completed operations moves.

use super::rule::{Hint, Rule, Strength, count, micros};
use super::view::View;

/// As many waiting operations are no accident.
const WAITING: u32 = 4;
/// One that holds a lock which keeps readers out for this long, in microseconds, is a holder …
const HELD_US: i64 = 250_000;
/// … if at least this many wait.
const BEHIND: u32 = 2;

pub(super) const RULE: Rule = Rule {
    name: "lock_wait",
    doc: "four or more operations wait for a lock, or two behind an exclusive holder, or any behind fsyncLock",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.groups_at?;
    let waiting: u32 = view.work().map(|group| group.waiting).sum();
    let oldest =
        view.work().filter(|group| group.waiting > 0).map(|group| group.oldest_us).max().unwrap_or(0);
    let holder = view
        .groups
        .iter()
        .filter(|group| group.exclusive_us > HELD_US)
        .max_by_key(|group| group.exclusive_us);
    let behind = holder.is_some() && waiting >= BEHIND;
    let locked = view.fsync_locked && waiting >= 1;
    if waiting < WAITING && !behind && !locked {
        return None;
    }
    let by = match holder {
        Some(group) => {
            let what = if group.message.is_empty() { &group.command } else { &group.message };
            format!("; {what} on {} holds it for {}", group.namespace, micros(group.exclusive_us))
        }
        None if view.fsync_locked => "; fsyncLock is held".to_owned(),
        None => String::new(),
    };
    let waiting = count(f64::from(waiting), "operation");
    let text = format!("{waiting} waiting for a lock, the oldest for {}{by}", micros(oldest));
    Some(Hint::new(Strength::Strong, at, at - oldest, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::super::stage::{finds, holder, waiting};
    use super::*;

    #[test]
    fn waiters_need_company_or_a_holder() {
        let cases = [
            (Stage::new().groups(&[finds("messages", 30, 2.0)]), None),
            (Stage::new().groups(&[waiting(2, 0.5)]), None),
            (Stage::new().groups(&[waiting(4, 0.5)]), Some(Strength::Strong)),
            (Stage::new().groups(&[waiting(2, 0.5), holder(0.6)]), Some(Strength::Strong)),
            (Stage::new().groups(&[holder(9.0)]), None),
            (Stage::new().in_flight([vec![], vec![], vec![]], true), None),
            (Stage::new().in_flight([vec![], vec![], vec![waiting(1, 0.2)]], true), Some(Strength::Strong)),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
