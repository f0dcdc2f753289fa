//! Checkpoints: the server writes what is dirty to the disk, and reads share the disk with it.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, Part};
use crate::reads::Metric;

pub(super) const KIND: Kindred = Kindred { kind: Kind::Checkpoint, find };

/// One comes every minute; only what takes longer than this, in milliseconds, is worth a line.
const SLOW_MS: f64 = 5_000.0;

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    let view = scene.view;
    let running = view.level(Metric::CheckpointRunning).is_some_and(|running| running > 0.0);
    let Some(last_ms) = view.level(Metric::CheckpointMs).filter(|last_ms| running && *last_ms > SLOW_MS)
    else {
        return Vec::new();
    };
    let sentence = format!("a checkpoint is being written; the last one took {:.0} s", last_ms / 1_000.0);
    vec![Contributor::of_server(Kind::Checkpoint, Part::Bystander, sentence)]
}
