//! Indexes that nobody used on any member, for as long as members remember.

use super::collection::{Collection, Index};
use super::redundant::may_go;

/// Reports of a month are common; what nobody used for so long, in seconds, is not waiting for one.
pub const LONG_ENOUGH_S: u64 = 30 * 86_400;

/// Those that nobody used. Members that could not be asked, or that were started lately, leave it open.
pub fn unused(collection: &Collection) -> Vec<&Index> {
    let idle = |index: &&Index| {
        let Some(uses) = index.uses else { return false };
        uses.count == 0 && !uses.incomplete && uses.since_s >= LONG_ENOUGH_S
    };
    collection.known().iter().filter(idle).filter(|index| may_go(index, collection)).collect()
}
