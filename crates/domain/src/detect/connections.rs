//! Connections are made in a storm, or none is left.

use super::rule::{Hint, Rule, Strength, count, usually};
use super::usual::Figure;
use super::view::View;
use crate::reads::Metric;

/// Connections made a second that are a storm, and how many times the usual.
const STORM: (f64, f64) = (200.0, 10.0);
/// Share of all connections that is still free when they count as exhausted.
const LEFT: f64 = 0.01;

pub(super) const RULE: Rule = Rule {
    name: "connections",
    doc: "over 200 connections are made a second, ten times the usual, or fewer than 1 % are left",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.counters_at?;
    let left = view.level(Metric::ConnectionsLeft).zip(view.level(Metric::Connections));
    if let Some((left, open)) = left.filter(|(left, open)| *left < LEFT * (left + open)) {
        let text = format!("{} open, {left:.0} left", count(open, "connection"));
        return Some(Hint::new(Strength::Weak, at, at, text));
    }
    let usual = view.usual.high(Figure::ConnectionsMade);
    let made = view.rate(Metric::ConnectionsMade)?;
    if made < view.limit(Figure::ConnectionsMade, STORM) {
        return None;
    }
    let words = |value| count(value, "connection");
    let text = format!("{} made a second{}", words(made), usually(usual, words));
    Some(Hint::new(Strength::Sign, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    #[test]
    fn a_storm_is_hard_work_and_none_left_is_more() {
        use Metric::{Connections, ConnectionsLeft, ConnectionsMade};
        assert_eq!(
            Stage::new().counters(&[], &[(ConnectionsMade, 2_000)]).hears(&RULE),
            Some(Strength::Sign)
        );
        assert_eq!(Stage::new().counters(&[], &[(ConnectionsMade, 40)]).hears(&RULE), None);
        let exhausted = [(Connections, 995), (ConnectionsLeft, 5)];
        assert_eq!(Stage::new().counters(&exhausted, &[]).hears(&RULE), Some(Strength::Weak));
    }
}
