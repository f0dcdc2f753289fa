//! The cache is so full or dirty that clients' threads have to evict pages themselves before they may go on
//! (Harness, 4 February 2025; SERVER-48395).

use super::rule::{Hint, Rule, Strength, count};
use super::view::View;
use crate::reads::Metric;

/// The engine lets clients' threads evict from 20 % dirty on; a little below is at the limit.
const DIRTY: f64 = 0.195;
/// And from 95 % in use on.
const USED: f64 = 0.95;
/// Pages a second that clients' threads evict.
const EVICTIONS: f64 = 100.0;

pub(super) const RULE: Rule = Rule {
    name: "eviction",
    doc: "20 % of the cache is dirty, or 95 % in use, and clients' threads evict over 100 pages a second",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let at = view.counters_at?;
    let dirty = view.share(Metric::CacheDirty, Metric::CacheMax)?;
    let used = view.share(Metric::CacheUsed, Metric::CacheMax)?;
    let evictions = view.rate(Metric::AppEvictions)?;
    if evictions < EVICTIONS || (dirty < DIRTY && used < USED) {
        return None;
    }
    let text = format!(
        "clients' threads evict {} a second; the cache is {:.0} % full and {:.0} % dirty",
        count(evictions, "page"),
        used * 100.0,
        dirty * 100.0
    );
    Some(Hint::new(Strength::Weak, at, at - 1_000_000, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    #[test]
    fn a_dirty_cache_is_heard_when_clients_have_to_clean_it() {
        let cache =
            |used, dirty| [(Metric::CacheMax, 1_000), (Metric::CacheUsed, used), (Metric::CacheDirty, dirty)];
        let evicts = [(Metric::AppEvictions, 400)];
        assert_eq!(Stage::new().counters(&cache(800, 210), &evicts).hears(&RULE), Some(Strength::Weak));
        assert_eq!(Stage::new().counters(&cache(970, 20), &evicts).hears(&RULE), Some(Strength::Weak));
        assert_eq!(Stage::new().counters(&cache(800, 60), &evicts).hears(&RULE), None);
        assert_eq!(Stage::new().counters(&cache(800, 210), &[(Metric::AppEvictions, 5)]).hears(&RULE), None);
    }
}
