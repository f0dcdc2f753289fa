//! Several of our own reads take much longer than usual, though none is dead.

use super::rule::{Hint, Rule, Strength, duration, usually};
use super::usual::Figure;
use super::view::View;

/// Limits of a hot and of a cold read: at least this many seconds, and this many times the usual.
const HOT: (f64, f64) = (0.2, 10.0);
const COLD: (f64, f64) = (0.35, 8.0);

pub(super) const RULE: Rule = Rule {
    name: "slow_probe",
    doc: "two or more of our reads by id take over 0.2 s and ten times the usual",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let (hot, cold) = (view.limit(Figure::Hot, HOT), view.limit(Figure::Cold, COLD));
    let slow_hot = view.hot.iter().filter(|(_, wait)| wait.secs > hot);
    let slow_cold = view.cold.iter().filter(|(_, wait)| wait.secs > cold);
    let slow: Vec<_> = slow_hot.chain(slow_cold).collect();
    if slow.len() < 2 {
        return None;
    }
    let worst = slow.iter().max_by(|one, other| one.1.secs.total_cmp(&other.1.secs))?;
    let since = slow.iter().filter_map(|(_, wait)| wait.since).min()?;
    let basis = slow.iter().filter_map(|(_, wait)| wait.basis(view.now)).max()?;
    let usual = usually(view.usual.high(Figure::Hot), duration);
    let text = format!(
        "{} of {} reads by id are slow, the slowest, of {}, {}{usual}",
        slow.len(),
        view.hot.len() + view.cold.len(),
        worst.0,
        duration(worst.1.secs)
    );
    Some(Hint::new(Strength::Weak, basis, since, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::reads::Path;

    #[test]
    fn one_slow_read_is_an_accident_and_two_are_not() {
        let one = Stage::new().took(Path::Hot("crm.a".into()), 0.3);
        assert_eq!(one.hears(&RULE), None);
        let two = one.took(Path::Hot("crm.b".into()), 0.3);
        assert_eq!(two.hears(&RULE), Some(Strength::Weak));
    }
}
