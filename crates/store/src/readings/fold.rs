//! Folding: seconds that are over become minutes.
//!
//! Never folds a block that may still grow, and none twice.

use super::block::{Block, Column};
use super::{Key, MINUTES, SECONDS, load, save};
use crate::columns::Columns;
use crate::error::{Failure, Result};
use crate::writer::Connection;
use domain::reads::frame::SERIES;
use std::collections::BTreeMap;

/// Blocks of one transaction: after a long pause the rest follows with the next call.
const AT_A_TIME: i64 = 200;

const UNFOLDED: &str = "\
SELECT node, from_at, block FROM reading WHERE database = $1 AND folded = 0 AND from_at < $2 ORDER BY from_at \
LIMIT $3";

const MARK: &str =
    "UPDATE reading SET folded = 1 WHERE database = $1 AND node = $2 AND step_us = $3 AND from_at = $4";

/// Folds every block of seconds that begins before `newest_us`.
pub(super) async fn fold(connection: &mut Connection, database: &str, newest_us: i64) -> Result<(), Failure> {
    let find = sqlx::query(UNFOLDED).bind(database).bind(newest_us).bind(AT_A_TIME);
    let rows = find.fetch_all(&mut *connection).await?;
    let mut minutes: BTreeMap<Key, Block> = BTreeMap::new();
    for row in &rows {
        let (node, from_us) = (row.text("node")?, row.number::<i64>("from_at")?);
        let bytes: Vec<u8> = row.column("block")?;
        if let Ok(seconds) = Block::unpack(&bytes, |_| true) {
            let key = Key { node: node.as_str().into(), from_us: MINUTES.block_of(from_us) };
            if !minutes.contains_key(&key) {
                let kept = load(connection, database, &key, MINUTES).await?;
                minutes.insert(key.clone(), kept);
            }
            if let Some(block) = minutes.get_mut(&key) {
                add(block, MINUTES.slot_of(from_us), &seconds);
            }
        }
        let mark = sqlx::query(MARK).bind(database).bind(node).bind(SECONDS.step_us).bind(from_us);
        mark.execute(&mut *connection).await?;
    }
    for (key, block) in &minutes {
        // Minutes are never folded any further.
        save(connection, database, key, MINUTES, true, block).await?;
    }
    Ok(())
}

/// Adds the minutes of a block of seconds, the first at this slot.
pub(super) fn add(minutes: &mut Block, first_slot: usize, seconds: &Block) {
    const PER_MINUTE: usize = 60;
    for line in SERIES {
        for minute in 0..seconds.slots().div_ceil(PER_MINUTE) {
            let slots = minute * PER_MINUTE..(minute + 1) * PER_MINUTE;
            let values = slots.filter_map(|slot| seconds.get_raw(Column::mean(line.series), slot));
            let Some((least, mean, greatest)) = summarise(values) else { continue };
            let slot = first_slot + minute;
            minutes.set_raw(Column::least(line.series), slot, least);
            minutes.set_raw(Column::mean(line.series), slot, mean);
            minutes.set_raw(Column::greatest(line.series), slot, greatest);
        }
    }
}

fn summarise(values: impl Iterator<Item = i64>) -> Option<(i64, i64, i64)> {
    let (mut count, mut sum, mut least, mut greatest) = (0_i128, 0_i128, i64::MAX, i64::MIN);
    for value in values {
        count += 1;
        sum += i128::from(value);
        least = least.min(value);
        greatest = greatest.max(value);
    }
    if count == 0 {
        return None;
    }
    Some((least, i64::try_from(sum / count).unwrap_or(greatest), greatest))
}
