//! Readings: what the nodes of watched databases measured, second by second for some hours and minute by
//! minute for some months, in bounded space.
//!
//! Seconds come in by [`keep_readings`](Store::keep_readings), a few at a time, and go into the row of their
//! node and five minutes. A block whose five minutes are over is folded once into the minutes of its six
//! hours: least, mean and greatest value of each series. Both kinds are forgotten by age. Measured on made-up
//! seconds of a busy node (`benches/readings.rs`): 0.55 MB a node for six hours of seconds, 6.6 MB for ninety
//! days of minutes.
//!
//! These are measurements and no acknowledgements: whoever writes every ten seconds loses ten seconds of them
//! when the process is killed. Never kept here: a verdict or an incident; those are timelines.

pub(crate) mod block;
mod fold;
mod read;
mod varint;

pub mod heat;

pub use read::{Line, Point};

use crate::Store;
use crate::columns::{Columns, clean, length, micros};
use crate::error::{Failure, Result};
use crate::writer::Connection;
use block::{Block, Column};
use domain::Timestamp;
use domain::detect::Baselines;
use domain::reads::Frame;
use domain::reads::frame::SERIES;
use jiff::SignedDuration;
use sqlx::Executor;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resolution: the length of a step, and how many make a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resolution {
    pub(crate) step_us: i64,
    pub(crate) slots: usize,
}

/// Seconds, in blocks of five minutes: small enough to be written again every few seconds.
pub(crate) const SECONDS: Resolution = Resolution { step_us: 1_000_000, slots: 300 };
/// Minutes, in blocks of six hours.
pub(crate) const MINUTES: Resolution = Resolution { step_us: 60_000_000, slots: 360 };

impl Resolution {
    fn block_us(self) -> i64 {
        self.step_us * i64::try_from(self.slots).unwrap_or(i64::MAX)
    }

    /// Where the block begins that holds this instant.
    fn block_of(self, at_us: i64) -> i64 {
        at_us - at_us.rem_euclid(self.block_us())
    }

    /// Its place in that block.
    fn slot_of(self, at_us: i64) -> usize {
        usize::try_from(at_us.rem_euclid(self.block_us()) / self.step_us).unwrap_or_default()
    }
}

/// One second of a node by the wall clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When; kept to the second.
    pub at: Timestamp,
    /// What was measured. Its own moment is not kept: it means nothing after a restart.
    pub frame: Frame,
}

/// For how long readings are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Second by second.
    pub seconds: SignedDuration,
    /// Minute by minute, and the read times of namespaces.
    pub minutes: SignedDuration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { seconds: SignedDuration::from_hours(6), minutes: SignedDuration::from_hours(90 * 24) }
    }
}

const LOAD: &str =
    "SELECT block FROM reading WHERE database = $1 AND node = $2 AND step_us = $3 AND from_at = $4";

const SAVE: &str = "\
INSERT INTO reading (database, node, step_us, from_at, folded, block) VALUES ($1, $2, $3, $4, $5, $6) \
ON CONFLICT (database, node, step_us, from_at) DO UPDATE SET folded = excluded.folded, block = excluded.block";

/// The key of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    node: Arc<str>,
    from_us: i64,
}

impl Store {
    /// Keeps seconds of the nodes of a database. A second that is there already is completed, so that a
    /// repeated call does no harm. Blocks that are over are folded.
    pub async fn keep_readings(&self, database: &str, readings: &[(Arc<str>, Vec<Reading>)]) -> Result<()> {
        let blocks = blocks_of(readings);
        let Some(newest) = blocks.keys().map(|key| key.from_us).max() else { return Ok(()) };
        self.write((clean(database), blocks, newest), |connection, (database, blocks, newest)| {
            Box::pin(async move {
                for (key, fresh) in blocks {
                    merge(connection, database, key, fresh).await?;
                }
                fold::fold(connection, database, *newest).await
            })
        })
        .await
    }

    /// Forgets what is older than it is kept.
    pub async fn prune_readings(&self, now: Timestamp, keep: Retention) -> Result<()> {
        let before = |length_us: i64| micros(now).saturating_sub(length_us);
        let (seconds, minutes) = (before(length(keep.seconds)), before(length(keep.minutes)));
        self.write((seconds, minutes), |connection, (seconds, minutes)| {
            Box::pin(async move {
                for (resolution, before) in [(SECONDS, *seconds), (MINUTES, *minutes)] {
                    sqlx::query("DELETE FROM reading WHERE step_us = $1 AND from_at < $2")
                        .bind(resolution.step_us)
                        .bind(before - resolution.block_us())
                        .execute(&mut *connection)
                        .await?;
                }
                heat::prune(connection, *minutes).await
            })
        })
        .await
    }

    /// Nodes of a database of which something is kept since `from`.
    pub async fn reading_nodes(&self, database: &str, from: Timestamp) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT node FROM reading WHERE database = $1 AND from_at >= $2 ORDER BY node";
        let from = micros(from) - MINUTES.block_us();
        let rows = sqlx::query(sql).bind(clean(database)).bind(from).fetch_all(self.readers()).await?;
        rows.iter().map(|row| row.text("node")).collect()
    }

    /// Bytes that the blocks of a node take: of seconds, and of minutes.
    pub async fn reading_bytes(&self, database: &str, node: &str) -> Result<(u64, u64)> {
        let sql = "SELECT step_us, CAST(sum(length(block)) AS BIGINT) AS size_bytes FROM reading \
                   WHERE database = $1 AND node = $2 GROUP BY step_us";
        let rows = sqlx::query(sql).bind(clean(database)).bind(clean(node)).fetch_all(self.readers()).await?;
        let mut bytes = (0, 0);
        for row in &rows {
            let size = row.number("size_bytes")?;
            if row.number::<i64>("step_us")? == SECONDS.step_us { bytes.0 = size } else { bytes.1 = size }
        }
        Ok(bytes)
    }

    /// Keeps what the detector has learned of a database, in place of what was kept before.
    pub async fn keep_baselines(&self, database: &str, baselines: &Baselines) -> Result<()> {
        let lines = clean(&baselines.lines.join("\n"));
        self.write((clean(database), lines), |connection, (database, lines)| {
            Box::pin(async move {
                let sql = "INSERT INTO baseline (database, lines) VALUES ($1, $2) \
                           ON CONFLICT (database) DO UPDATE SET lines = excluded.lines";
                sqlx::query(sql).bind(database.as_str()).bind(lines.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// What the detector has learned of a database; nothing where it has never been kept.
    pub async fn baselines(&self, database: &str) -> Result<Baselines> {
        let find = sqlx::query("SELECT lines FROM baseline WHERE database = $1").bind(clean(database));
        let row = self.readers().fetch_optional(find).await?;
        let text = row.map(|row| row.text("lines")).transpose()?.unwrap_or_default();
        Ok(Baselines { lines: text.lines().map(str::to_owned).collect() })
    }
}

/// Puts seconds into the blocks to which they belong.
fn blocks_of(readings: &[(Arc<str>, Vec<Reading>)]) -> BTreeMap<Key, Block> {
    let mut blocks = BTreeMap::new();
    for (node, readings) in readings {
        for reading in readings {
            let at_us = micros(reading.at);
            let key = Key { node: clean(node).into(), from_us: SECONDS.block_of(at_us) };
            let block: &mut Block = blocks.entry(key).or_insert_with(|| Block::new(SECONDS.slots));
            for line in SERIES {
                if let Some(value) = reading.frame.get(line.series) {
                    block.set(Column::mean(line.series), SECONDS.slot_of(at_us), value);
                }
            }
        }
    }
    blocks
}

async fn merge(connection: &mut Connection, database: &str, key: &Key, fresh: &Block) -> Result<(), Failure> {
    let mut block = load(connection, database, key, SECONDS).await?;
    block.merge(fresh);
    save(connection, database, key, SECONDS, false, &block).await
}

/// A block as it is kept, or an empty one. One that cannot be read is given up: it is a measurement, and
/// must not keep the next ones from being kept.
async fn load(
    connection: &mut Connection,
    database: &str,
    key: &Key,
    resolution: Resolution,
) -> Result<Block, Failure> {
    let find = sqlx::query(LOAD).bind(database).bind(&*key.node).bind(resolution.step_us).bind(key.from_us);
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(Block::new(resolution.slots)) };
    let bytes: Vec<u8> = row.column("block").map_err(Failure::from)?;
    Ok(Block::unpack(&bytes, |_| true).unwrap_or_else(|error| {
        tracing::warn!(%error, node = %key.node, "a block of readings cannot be read and is begun anew");
        Block::new(resolution.slots)
    }))
}

async fn save(
    connection: &mut Connection,
    database: &str,
    key: &Key,
    resolution: Resolution,
    folded: bool,
    block: &Block,
) -> Result<(), Failure> {
    sqlx::query(SAVE)
        .bind(database)
        .bind(&*key.node)
        .bind(resolution.step_us)
        .bind(key.from_us)
        .bind(i64::from(folded))
        .bind(block.pack()?)
        .execute(connection)
        .await?;
    Ok(())
}
