//! Far more documents are examined than usual: queries without a fitting index.

use super::rule::{Hint, Rule, Strength, count, usually};
use super::usual::Figure;
use super::view::View;
use crate::reads::Metric;

/// At least this many documents a second, and this many times the usual.
const SCANNED: (f64, f64) = (50_000.0, 20.0);
/// And this many for each one returned.
const PER_RETURNED: f64 = 100.0;

pub(super) const RULE: Rule = Rule {
    name: "scan",
    doc: "over 50,000 documents are examined a second, twenty times the usual and a hundred for each returned",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.counters_at?;
    let usual = view.usual.high(Figure::Scanned);
    let scanned = view.rate(Metric::ScannedDocuments)?;
    let returned = view.rate(Metric::Returned)?.max(1.0);
    if scanned < view.limit(Figure::Scanned, SCANNED) || scanned < PER_RETURNED * returned {
        return None;
    }
    let words = |value| count(value, "document");
    let text = format!(
        "{} examined a second{}, {:.0} for each returned",
        words(scanned),
        usually(usual, words),
        scanned / returned
    );
    Some(Hint::new(Strength::Sign, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    #[test]
    fn many_documents_for_few_are_a_scan() {
        let rates = |scanned, returned| [(Metric::ScannedDocuments, scanned), (Metric::Returned, returned)];
        assert_eq!(Stage::new().counters(&[], &rates(400_000, 100)).hears(&RULE), Some(Strength::Sign));
        assert_eq!(Stage::new().counters(&[], &rates(400_000, 390_000)).hears(&RULE), None);
        assert_eq!(Stage::new().counters(&[], &rates(9_000, 1)).hears(&RULE), None);
    }
}
