//! Several writes are in flight for long: bulk rewrites that fill the cache with dirty pages, behind which reads
//! wait later.

use super::rule::{Hint, Rule, Strength, count, micros};
use super::view::View;
use crate::reads::Group;

/// As many writes over a second (index 2 of [`Group::AGES`]) are more than one batch job.
const WRITES: u32 = 2;

pub(super) const RULE: Rule = Rule {
    name: "long_writes",
    doc: "two or more writes are in flight for over a second and wait for no lock",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.groups_at?;
    let is_write = |group: &&Group| {
        matches!(&*group.command, "update" | "remove" | "delete" | "insert" | "findAndModify")
    };
    let writes: Vec<&Group> =
        view.work().filter(is_write).filter(|group| group.older[2] > 0 && group.waiting == 0).collect();
    let long: u32 = writes.iter().map(|group| group.older[2]).sum();
    if long < WRITES {
        return None;
    }
    let oldest = writes.iter().max_by_key(|group| group.oldest_us)?;
    let text = format!(
        "{} in flight for over a second, the oldest, of {}, for {}",
        count(f64::from(long), "write"),
        oldest.namespace,
        micros(oldest.oldest_us)
    );
    Some(Hint::new(Strength::Weak, at, at - oldest.oldest_us, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, finds};
    use super::*;

    #[test]
    fn one_batch_job_is_none_of_our_business() {
        let updates =
            |count, secs| Group { command: "update".into(), reads: false, ..finds("messages", count, secs) };
        assert_eq!(Stage::new().groups(&[updates(1, 9.0)]).hears(&RULE), None);
        assert_eq!(Stage::new().groups(&[updates(30, 0.2)]).hears(&RULE), None);
        assert_eq!(Stage::new().groups(&[finds("messages", 4, 9.0)]).hears(&RULE), None);
        assert_eq!(Stage::new().groups(&[updates(4, 2.0)]).hears(&RULE), Some(Strength::Weak));
    }
}
