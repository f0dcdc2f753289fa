//! Eviction by clients' threads: the cache is so full or dirty that who reads has to make room first.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, Part};
use crate::detect::verdict::Cause;
use crate::reads::Metric;

pub(super) const KIND: Kindred = Kindred { kind: Kind::Eviction, find };

/// As many pages a second are no accident; the rule on eviction takes the same.
const PAGES: f64 = 100.0;

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    let Some(pages) = scene.view.rate(Metric::AppEvictions).filter(|pages| *pages > PAGES) else {
        return Vec::new();
    };
    let part = if scene.cause == Cause::Cache { Part::Cause } else { Part::Bystander };
    let dirty = scene.view.share(Metric::CacheDirty, Metric::CacheMax);
    let dirty = dirty.map(|dirty| format!(", {:.0} % of it dirty", dirty * 100.0)).unwrap_or_default();
    let sentence = format!("clients' threads evict {pages:.0} pages a second from the cache{dirty}");
    vec![Contributor::of_server(Kind::Eviction, part, sentence)]
}
