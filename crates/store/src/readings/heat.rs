//! Read times: how long the reads of each namespace took, minute by minute; one row per database and hour.
//!
//! Never keeps more namespaces than [`MOST`] a minute: those with the longest times, and the rest as one.

use super::block::{Block, Column};
use crate::Store;
use crate::columns::{Columns, clean, instant, micros};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use domain::Timestamp;
use domain::time::Window;
use jiff::SignedDuration;
use sqlx::Executor as _;
use std::collections::BTreeMap;

/// Most namespaces of one minute, and twice as many of one hour.
pub const MOST: usize = 40;
/// What the rest is called; no namespace has that name.
pub const REST: &str = "*";

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
const SLOTS: usize = 60;

/// How long the reads of one namespace took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTime {
    /// `database.collection`, or [`REST`].
    pub namespace: String,
    /// Sum over the step, in microseconds.
    pub read_us: i64,
}

/// One row of the heat map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeatRow {
    /// `database.collection`, or [`REST`].
    pub namespace: String,
    /// Sum over the window, in microseconds.
    pub total_us: i64,
    /// Steps in which there was any, oldest first.
    pub cells: Vec<(Timestamp, i64)>,
}

impl Store {
    /// Keeps the read times of one minute, in place of what was kept of it before.
    pub async fn keep_read_times(&self, database: &str, minute: Timestamp, times: &[ReadTime]) -> Result<()> {
        let times = longest(times, MOST);
        self.write((clean(database), micros(minute), times), |connection, (database, at_us, times)| {
            Box::pin(async move {
                let from_us = at_us - at_us.rem_euclid(HOUR_US);
                let find = sqlx::query("SELECT block FROM read_time WHERE database = $1 AND from_at = $2");
                let row = find.bind(database.as_str()).bind(from_us).fetch_optional(&mut *connection).await?;
                let bytes: Option<Vec<u8>> = row.map(|row| row.column("block")).transpose()?;
                let mut hour =
                    bytes.map(|bytes| unpack(&bytes)).transpose().unwrap_or_default().unwrap_or_default();
                hour.add(usize::try_from((at_us - from_us) / MINUTE_US).unwrap_or_default(), times);
                sqlx::query(
                    "INSERT INTO read_time (database, from_at, block) VALUES ($1, $2, $3) \
                     ON CONFLICT (database, from_at) DO UPDATE SET block = excluded.block",
                )
                .bind(database.as_str())
                .bind(from_us)
                .bind(hour.pack()?)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The namespaces that reads took longest on in a window, the longest first.
    pub async fn read_times(
        &self,
        database: &str,
        window: Window,
        step: SignedDuration,
        limit: usize,
    ) -> Result<Vec<HeatRow>> {
        let sql = "SELECT from_at, block FROM read_time WHERE database = $1 AND from_at > $2 AND from_at < $3 \
                   ORDER BY from_at";
        let (from_us, until_us) = (micros(window.from), window.until.map_or(i64::MAX, micros));
        let find = sqlx::query(sql).bind(clean(database)).bind(from_us - HOUR_US).bind(until_us);
        let rows = find.fetch_all(self.readers()).await?;
        let mut hours: Vec<(i64, Vec<u8>)> = Vec::with_capacity(rows.len());
        for row in &rows {
            hours.push((row.number("from_at")?, row.column("block")?));
        }
        let step_us = i64::try_from(step.as_micros()).unwrap_or(i64::MAX).max(MINUTE_US);
        let task = tokio::task::spawn_blocking(move || gather(&hours, from_us, until_us, step_us, limit));
        task.await.map_err(|error| Error::Unavailable(format!("reading was stopped: {error}")))?
    }
}

/// Forgets hours that ended before.
pub(super) async fn prune(connection: &mut Connection, before_us: i64) -> Result<(), Failure> {
    let sql = "DELETE FROM read_time WHERE from_at < $1";
    connection.execute(sqlx::query(sql).bind(before_us - HOUR_US)).await?;
    Ok(())
}

/// The longest of them, and the rest as one.
fn longest(times: &[ReadTime], most: usize) -> Vec<ReadTime> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for time in times.iter().filter(|time| time.read_us > 0) {
        let sum = sums.entry(clean(&time.namespace)).or_default();
        *sum = sum.saturating_add(time.read_us);
    }
    let mut sums: Vec<(String, i64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, read_us)| std::cmp::Reverse(*read_us));
    let rest = sums.split_off(sums.len().min(most));
    let rest_us = rest.iter().fold(0_i64, |sum, (_, read_us)| sum.saturating_add(*read_us));
    if rest_us > 0 {
        match sums.iter_mut().find(|(namespace, _)| namespace == REST) {
            Some((_, read_us)) => *read_us = read_us.saturating_add(rest_us),
            None => sums.push((REST.to_owned(), rest_us)),
        }
    }
    sums.into_iter().map(|(namespace, read_us)| ReadTime { namespace, read_us }).collect()
}

/// An hour: names, and a block with one column for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Hour {
    names: Vec<String>,
    minutes: Option<Block>,
}

impl Hour {
    fn add(&mut self, slot: usize, times: &[ReadTime]) {
        for time in times {
            let full = self.names.len() >= 2 * MOST;
            let name = if full && !self.names.contains(&time.namespace) { REST } else { &time.namespace };
            let index = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
                self.names.push(name.to_owned());
                self.names.len() - 1
            });
            let block = self.minutes.get_or_insert_with(|| Block::new(SLOTS));
            let before = if name == REST && full { block.get_raw(Column(index as u64), slot) } else { None };
            block.set_raw(Column(index as u64), slot, before.unwrap_or(0).saturating_add(time.read_us));
        }
    }

    /// The length of the names, the names line by line, and the block.
    fn pack(&self) -> Result<Vec<u8>> {
        let names = self.names.join("\n");
        let mut bytes = Vec::new();
        super::varint::write(&mut bytes, names.len() as u64);
        bytes.extend_from_slice(names.as_bytes());
        bytes.extend(self.minutes.clone().unwrap_or_else(|| Block::new(SLOTS)).pack()?);
        Ok(bytes)
    }
}

fn unpack(mut bytes: &[u8]) -> Result<Hour> {
    let broken = || Error::Corrupt("read times: the block is torn".to_owned());
    let length = super::varint::read(&mut bytes).and_then(|length| usize::try_from(length).ok());
    let (names, block) = bytes.split_at_checked(length.ok_or_else(broken)?).ok_or_else(broken)?;
    let names = std::str::from_utf8(names).map_err(|_| broken())?;
    let names = names.lines().map(str::to_owned).collect();
    Ok(Hour { names, minutes: Some(Block::unpack(block, |_| true)?) })
}

fn gather(
    hours: &[(i64, Vec<u8>)],
    from_us: i64,
    until_us: i64,
    step_us: i64,
    limit: usize,
) -> Result<Vec<HeatRow>> {
    let mut cells: BTreeMap<String, BTreeMap<i64, i64>> = BTreeMap::new();
    for (hour_us, bytes) in hours {
        let hour = unpack(bytes)?;
        let Some(block) = hour.minutes else { continue };
        for (index, name) in hour.names.iter().enumerate() {
            let mut at_us = *hour_us;
            for slot in 0..block.slots() {
                let inside = at_us + MINUTE_US > from_us && at_us < until_us;
                if let Some(read_us) = block.get_raw(Column(index as u64), slot).filter(|_| inside) {
                    let row = cells.entry(name.clone()).or_default();
                    *row.entry(at_us - at_us.rem_euclid(step_us)).or_default() += read_us;
                }
                at_us += MINUTE_US;
            }
        }
    }
    let mut rows = Vec::with_capacity(cells.len());
    for (namespace, cells) in cells {
        let total_us = cells.values().sum();
        let cells = cells.into_iter().map(|(at_us, read_us)| Ok((instant(at_us)?, read_us)));
        rows.push(HeatRow { namespace, total_us, cells: cells.collect::<Result<_>>()? });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.total_us));
    rows.truncate(limit);
    Ok(rows)
}
