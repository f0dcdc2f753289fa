//! A read of one document by its id takes far longer than it may. Such a read is the least that a database
//! does: where it hangs, users hang. In a total stall every counter stays as it was; this sees it first.

use super::rule::{Hint, Rule, Strength, duration, usually};
use super::usual::Figure;
use super::view::View;
use super::window::Wait;
use std::sync::Arc;

/// A hot read must not take longer, in seconds, nor this many times the usual.
const HOT: (f64, f64) = (0.7, 12.0);
/// A cold one: a disk at its limit makes one read wait behind others.
const COLD: (f64, f64) = (1.6, 10.0);

pub(super) const RULE: Rule = Rule {
    name: "deadline_read",
    doc: "a read by id takes over 0.7 s from the cache, or over 1.6 s from the disk, and far more than usual",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let late = |reads: &[(Arc<str>, Wait)], figure, limits| {
        let limit = view.limit(figure, limits);
        let late = reads.iter().filter(|(_, wait)| wait.secs > limit || wait.failures > 0);
        late.max_by(|(_, one), (_, other)| one.secs.total_cmp(&other.secs)).cloned()
    };
    let hot = late(&view.hot, Figure::Hot, HOT).map(|found| (found, "hot", Figure::Hot));
    let cold = || late(&view.cold, Figure::Cold, COLD).map(|found| (found, "cold", Figure::Cold));
    let ((namespace, wait), kind, figure) = hot.or_else(cold)?;
    let usual = usually(view.usual.high(figure), duration);
    let text = match &wait.failure {
        Some(failure) if !wait.on_its_way => format!("{kind} read of {namespace} failed: {failure}"),
        _ => {
            let verb = if wait.on_its_way { "on its way for" } else { "took" };
            format!("{kind} read of {namespace} {verb} {}{usual}", duration(wait.secs))
        }
    };
    Some(Hint::new(Strength::Strong, wait.basis(view.now)?, wait.since?, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::reads::{Failure, Path};

    #[test]
    fn a_read_that_hangs_is_heard_and_one_that_is_merely_slow_is_not() {
        let hot = || Path::Hot("crm.messages".into());
        let cold = || Path::Cold("crm.messages".into());
        let cases = [
            (Stage::new().took(hot(), 0.004), None),
            (Stage::new().took(hot(), 0.4), None),
            (Stage::new().waits(hot(), 0.9), Some(Strength::Strong)),
            (Stage::new().took(hot(), 1.2), Some(Strength::Strong)),
            (Stage::new().took(cold(), 1.2), None),
            (Stage::new().waits(cold(), 1.8), Some(Strength::Strong)),
            (Stage::new().failed(hot(), Failure::TimedOut), Some(Strength::Strong)),
            (Stage::new().failed(hot(), Failure::Forbidden("find".to_owned())), None),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }
}
