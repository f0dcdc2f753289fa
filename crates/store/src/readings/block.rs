//! A block: the columns of one node over a stretch of time, packed.
//!
//! One byte for the version of the format, then gzip of: number of slots, number of columns, and of each
//! column its code, the length of the rest and the rest: how many slots are empty and how many are not, in
//! turn, and then the values that there are, each as its difference to the one before. Values are kept in
//! hundredths: 10 µs of a latency, a hundredth of a percent.
//!
//! Nothing here knows a database or a clock, and nothing is unpacked without a limit.

use super::varint;
use crate::error::{Error, Result};
use domain::reads::Series;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// Version of the format; a later one gets another number and keeps this one readable.
const VERSION: u8 = 1;
/// Largest block that is unpacked: ten times the largest that is ever packed.
const LARGEST: u64 = 4 << 20;
/// Most slots of a block.
const MOST_SLOTS: usize = 4_096;
/// Hundredths.
const SCALE: f32 = 100.0;

/// Which figure of which series a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Column(pub(crate) u64);

impl Column {
    /// The value itself, or the mean.
    pub(crate) fn mean(series: Series) -> Self {
        Self(code(series) * 4)
    }

    /// The least.
    pub(crate) fn least(series: Series) -> Self {
        Self(code(series) * 4 + 1)
    }

    /// The greatest.
    pub(crate) fn greatest(series: Series) -> Self {
        Self(code(series) * 4 + 2)
    }
}

/// Number of a series in stored blocks. It is never given to another one.
fn code(series: Series) -> u64 {
    match series {
        Series::HotMs => 0,
        Series::ColdMs => 1,
        Series::AppMs => 2,
        Series::HelloMs => 3,
        Series::FreshMs => 4,
        Series::OldestReadMs => 5,
        Series::InFlight => 6,
        Series::OldReads => 7,
        Series::QueuedReaders => 8,
        Series::ReadTicketsOut => 9,
        Series::ReadsPerS => 10,
        Series::WritesPerS => 11,
        Series::ReadMs => 12,
        Series::CacheUsedPercent => 13,
        Series::CacheDirtyPercent => 14,
        Series::AppEvictionsPerS => 15,
        Series::PagesReadPerS => 16,
        Series::ScannedPerS => 17,
        Series::Connections => 18,
    }
}

/// Columns over the same slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    slots: usize,
    columns: BTreeMap<Column, Vec<Option<i64>>>,
}

impl Block {
    /// A block of which nothing is known.
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, columns: BTreeMap::new() }
    }

    /// How many slots it has.
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Sets a value; one that is no number is left out.
    #[expect(clippy::cast_possible_truncation, reason = "the cast ends at the limits of the type")]
    pub(crate) fn set(&mut self, column: Column, slot: usize, value: f32) {
        if value.is_finite() {
            self.set_raw(column, slot, (f64::from(value) * f64::from(SCALE)).round() as i64);
        }
    }

    /// Sets a value as it is kept.
    pub(crate) fn set_raw(&mut self, column: Column, slot: usize, value: i64) {
        let slots = self.slots;
        let values = self.columns.entry(column).or_insert_with(|| vec![None; slots]);
        if let Some(place) = values.get_mut(slot) {
            *place = Some(value);
        }
    }

    /// A value.
    #[expect(clippy::cast_precision_loss, reason = "it came from the same type")]
    pub(crate) fn get(&self, column: Column, slot: usize) -> Option<f32> {
        self.get_raw(column, slot).map(|value| value as f32 / SCALE)
    }

    /// A value as it is kept.
    pub(crate) fn get_raw(&self, column: Column, slot: usize) -> Option<i64> {
        *self.columns.get(&column)?.get(slot)?
    }

    /// Takes over what the other has.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (column, values) in &other.columns {
            for (slot, value) in values.iter().enumerate() {
                if let Some(value) = value {
                    self.set_raw(*column, slot, *value);
                }
            }
        }
    }

    /// Its bytes.
    pub(crate) fn pack(&self) -> Result<Vec<u8>> {
        let mut plain = Vec::new();
        varint::write(&mut plain, self.slots as u64);
        varint::write(&mut plain, self.columns.len() as u64);
        for (column, values) in &self.columns {
            let body = pack_column(values);
            varint::write(&mut plain, column.0);
            varint::write(&mut plain, body.len() as u64);
            plain.extend_from_slice(&body);
        }
        let mut encoder = GzEncoder::new(vec![VERSION], Compression::default());
        let packed = encoder.write_all(&plain).and_then(|()| encoder.finish());
        packed.map_err(|error| Error::Unavailable(format!("cannot pack readings: {error}")))
    }

    /// Reads the wanted columns of a block back.
    pub(crate) fn unpack(bytes: &[u8], wanted: impl Fn(Column) -> bool) -> Result<Self> {
        let broken = |why: &str| Error::Corrupt(format!("readings: {why}"));
        let packed = match bytes.split_first() {
            Some((&VERSION, packed)) => packed,
            Some((version, _)) => return Err(broken(&format!("version `{version}` is not known"))),
            None => return Err(broken("an empty block")),
        };
        let mut plain = Vec::new();
        let unpacked = GzDecoder::new(packed).take(LARGEST).read_to_end(&mut plain);
        unpacked.map_err(|error| broken(&error.to_string()))?;
        unpack_columns(&plain, wanted).ok_or_else(|| broken("the block is torn"))
    }
}

fn pack_column(values: &[Option<i64>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len());
    // Runs of empty and filled slots in turn, beginning with empty ones.
    let mut runs = vec![0_u64];
    let mut filled = false;
    for value in values {
        if value.is_some() != filled {
            filled = !filled;
            runs.push(0);
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    varint::write(&mut out, runs.len() as u64);
    for run in runs {
        varint::write(&mut out, run);
    }
    let mut before = 0_i64;
    for value in values.iter().flatten() {
        varint::write_signed(&mut out, value.wrapping_sub(before));
        before = *value;
    }
    out
}

fn unpack_columns(mut plain: &[u8], wanted: impl Fn(Column) -> bool) -> Option<Block> {
    let bytes = &mut plain;
    let slots = usize::try_from(varint::read(bytes)?).ok().filter(|slots| *slots <= MOST_SLOTS)?;
    let mut block = Block::new(slots);
    for _ in 0..varint::read(bytes)? {
        let column = Column(varint::read(bytes)?);
        let length = usize::try_from(varint::read(bytes)?).ok()?;
        let (body, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        if wanted(column) {
            block.columns.insert(column, unpack_column(body, slots)?);
        }
    }
    Some(block)
}

fn unpack_column(mut body: &[u8], slots: usize) -> Option<Vec<Option<i64>>> {
    let bytes = &mut body;
    let mut filled = Vec::with_capacity(slots);
    for run in 0..varint::read(bytes)? {
        let length = usize::try_from(varint::read(bytes)?).ok()?;
        let length = length.min(slots - filled.len());
        filled.extend(std::iter::repeat_n(run % 2 == 1, length));
    }
    let mut before = 0_i64;
    let mut values = vec![None; slots];
    for (value, _) in values.iter_mut().zip(filled).filter(|(_, filled)| *filled) {
        before = before.wrapping_add(varint::read_signed(bytes)?);
        *value = Some(before);
    }
    Some(values)
}

#[cfg(test)]
mod tests;
