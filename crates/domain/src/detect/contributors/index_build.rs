//! Index builds: up to 4.0 one in the foreground locks its whole database, from 4.2 on at its beginning and end.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred};

pub(super) const KIND: Kindred = Kindred { kind: Kind::IndexBuild, find };
/// Commands that do it.
pub(super) const COMMANDS: &[&str] = &["createIndexes"];

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    scene.operations(Kind::IndexBuild, |tally| COMMANDS.contains(&&*tally.group.command))
}
