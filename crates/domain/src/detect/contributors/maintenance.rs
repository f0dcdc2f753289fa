//! Work on a whole collection at once: most of it holds a lock that keeps readers out while it lasts.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred};

pub(super) const KIND: Kindred = Kindred { kind: Kind::Maintenance, find };
/// Commands that do it.
pub(super) const COMMANDS: &[&str] = &[
    "compact",
    "reIndex",
    "validate",
    "collMod",
    "convertToCapped",
    "cloneCollectionAsCapped",
    "repairDatabase",
];

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    scene.operations(Kind::Maintenance, |tally| COMMANDS.contains(&&*tally.group.command))
}
