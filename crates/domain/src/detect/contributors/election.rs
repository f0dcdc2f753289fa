//! Elections: while a replica set has no primary, whoever asks one waits.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, Part};
use crate::detect::verdict::Cause;
use crate::reads::Metric;

pub(super) const KIND: Kindred = Kindred { kind: Kind::Election, find };

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    let called = [Metric::Elections, Metric::StepDowns];
    let called = called.into_iter().any(|metric| scene.view.rate(metric).is_some_and(|rate| rate > 0.0));
    let sentence = match (scene.cause == Cause::Cluster, called) {
        (true, true) => "the replica set is choosing a primary",
        (true, false) => "the replica set has no primary that answers",
        (false, true) => "an election was called",
        (false, false) => return Vec::new(),
    };
    let part = if scene.cause == Cause::Cluster { Part::Cause } else { Part::Bystander };
    vec![Contributor::of_server(Kind::Election, part, sentence.to_owned())]
}
