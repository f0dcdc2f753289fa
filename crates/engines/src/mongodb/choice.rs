//! Which namespaces to read from: those that were asked for, or the most read ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::reads::Use;
use tokio::time::Instant;

/// Namespaces that are read from on every node.
pub(super) const MOST: usize = 5;
/// Chosen again so long after the first choice, when every node has spoken, and then seldom.
const SOON: Duration = Duration::from_secs(12);
const SELDOM: Duration = Duration::from_mins(10);

/// The choice of a target.
pub(super) struct Choice {
    asked: bool,
    chosen: Arc<[Arc<str>]>,
    uses: BTreeMap<(Arc<str>, String), Reads>,
    next: Option<Instant>,
    rounds: u32,
}

#[derive(Default)]
struct Reads {
    now: i64,
    before: i64,
}

impl Choice {
    pub(super) fn new(asked: &[String]) -> Self {
        Self {
            asked: !asked.is_empty(),
            chosen: asked.iter().take(MOST).map(|name| Arc::from(name.as_str())).collect(),
            uses: BTreeMap::new(),
            next: None,
            rounds: 0,
        }
    }

    /// The namespaces.
    pub(super) fn chosen(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.chosen)
    }

    /// Hears what a node's collections are used for; tells whether the choice changed.
    pub(super) fn used(&mut self, node: &Arc<str>, uses: &[Use], now: Instant) -> bool {
        if self.asked {
            return false;
        }
        for usage in uses {
            let reads = self.uses.entry((Arc::clone(node), usage.namespace.clone())).or_default();
            reads.now = usage.reads;
            // The node began anew.
            reads.before = reads.before.min(usage.reads);
        }
        if self.next.is_some_and(|next| now < next) || uses.is_empty() {
            return false;
        }
        self.next = Some(now + if self.rounds == 0 { SOON } else { SELDOM });
        let most_read = self.most_read();
        self.rounds += 1;
        if self.rounds > 1 {
            self.uses.values_mut().for_each(|reads| reads.before = reads.now);
        }
        let changed = most_read != self.chosen;
        self.chosen = most_read;
        changed
    }

    fn most_read(&self) -> Arc<[Arc<str>]> {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for ((_, namespace), reads) in &self.uses {
            *sums.entry(namespace).or_default() += reads.now - reads.before;
        }
        let mut list: Vec<(&str, i64)> = sums.into_iter().collect();
        list.sort_by_key(|(_, reads)| std::cmp::Reverse(*reads));
        list.into_iter().take(MOST).map(|(namespace, _)| Arc::from(namespace)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(list: &[(&str, i64)]) -> Vec<Use> {
        list.iter()
            .map(|(name, reads)| Use { namespace: (*name).to_owned(), reads: *reads, ..Use::default() })
            .collect()
    }

    fn names(choice: &Choice) -> Vec<String> {
        choice.chosen().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_most_read_namespaces_are_chosen_and_seldom_again() {
        let (mut choice, node, start) = (Choice::new(&[]), Arc::from("a:1"), Instant::now());
        let six = [("c.a", 9), ("c.b", 8), ("c.c", 7), ("c.d", 6), ("c.e", 5), ("c.f", 1)];
        assert!(!choice.used(&node, &[], start));
        assert!(choice.used(&node, &usage(&six), start));
        assert_eq!(names(&choice), ["c.a", "c.b", "c.c", "c.d", "c.e"]);
        assert!(!choice.used(&node, &usage(&[("c.f", 100)]), start + SOON / 2));
        assert!(choice.used(&node, &usage(&[("c.f", 100)]), start + SOON));
        assert_eq!(names(&choice)[0], "c.f");
        assert!(!choice.used(&node, &usage(&[("c.b", 1_000)]), start + SOON * 2));
        assert!(choice.used(&node, &usage(&[("c.b", 1_000)]), start + SOON + SELDOM));
        assert_eq!(names(&choice)[0], "c.b", "by what was read since the last choice");
    }

    #[test]
    fn who_asked_for_namespaces_gets_them() {
        let mut choice = Choice::new(&["crm.messages".to_owned()]);
        assert!(!choice.used(&Arc::from("a:1"), &usage(&[("c.a", 9)]), Instant::now()));
        assert_eq!(names(&choice), ["crm.messages"]);
    }
}
