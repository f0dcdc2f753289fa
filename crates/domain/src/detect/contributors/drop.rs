//! What is dropped or renamed: it waits for a checkpoint to let go of the files, and holds its lock meanwhile.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred};

pub(super) const KIND: Kindred = Kindred { kind: Kind::Drop, find };
/// Commands that do it.
pub(super) const COMMANDS: &[&str] =
    &["drop", "dropDatabase", "dropIndexes", "deleteIndexes", "renameCollection"];

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    scene.operations(Kind::Drop, |tally| COMMANDS.contains(&&*tally.group.command))
}
