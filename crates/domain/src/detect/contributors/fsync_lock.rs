//! `fsyncLock`: writes wait, and readers behind them, for as long as somebody has not unlocked. No operation is left
//! of it, only a flag.

use super::scene::Scene;
use super::{Contributor, Kind, Kindred, Part, Shares};
use crate::detect::verdict::Cause;

pub(super) const KIND: Kindred = Kindred { kind: Kind::FsyncLock, find };

fn find(scene: &Scene<'_>) -> Vec<Contributor> {
    if !scene.view.fsync_locked {
        return Vec::new();
    }
    let blocks = scene.cause == Cause::BlockingOp && !scene.tallies.holds;
    let part = if blocks { Part::Cause } else { Part::Bystander };
    let sentence = "fsyncLock is held: every write waits, and reads behind it".to_owned();
    let shares = Shares { lock: blocks.then_some(100), ..Shares::default() };
    vec![Contributor {
        command: "fsync".into(),
        shape: "fsync lock".into(),
        message: "fsyncLock is held".into(),
        shares,
        ..Contributor::of_server(Kind::FsyncLock, part, sentence)
    }]
}
