//! Query shapes: whatever operation no other kind takes.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, drop, index_build, maintenance};

pub(super) const KIND: Kindred = Kindred { kind: Kind::Shape, find };

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    let others = [index_build::COMMANDS, maintenance::COMMANDS, drop::COMMANDS];
    scene.operations(Kind::Shape, |tally| !others.iter().any(|taken| taken.contains(&&*tally.group.command)))
}
