//! The deltas of a chunk: column after column, each difference a varint, zeros counted.
//!
//! A zero byte is always followed by the number of further zeros, and such a run goes on into the next columns.
//! So a column that stands still costs nothing to find out, and most do. Never knows which metric it decodes.

use super::Flaw;

/// Reads deltas in their order.
#[derive(Clone, Debug)]
pub(super) struct Deltas<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Zeros still to come before the next varint.
    zeros: u64,
}

impl<'a> Deltas<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, zeros: 0 }
    }

    /// Whether the next `count` deltas belong to a run that has begun; if so they are consumed.
    pub(super) fn stand_still(&mut self, count: usize) -> bool {
        let still = self.zeros >= count as u64;
        if still {
            self.zeros -= count as u64;
        }
        still
    }

    /// Whether nothing is left.
    pub(super) fn are_over(&self) -> bool {
        self.zeros == 0 && self.at == self.bytes.len()
    }

    /// Writes one value for each place in `values`, the first being `last` plus the first delta.
    pub(super) fn decode(&mut self, mut last: i64, values: &mut [i64]) -> Result<(), Flaw> {
        let mut next = 0;
        while next < values.len() {
            if self.zeros > 0 {
                let run = self.take_zeros(values.len() - next);
                values[next..next + run].fill(last);
                next += run;
                continue;
            }
            let delta = self.varint()?;
            if delta == 0 {
                // This zero, and as many as are counted.
                self.zeros = self.varint()?.checked_add(1).ok_or(Flaw::Deltas)?;
            } else {
                last = last.wrapping_add_unsigned(delta);
                values[next] = last;
                next += 1;
            }
        }
        Ok(())
    }

    /// Steps over `count` deltas.
    pub(super) fn skip(&mut self, mut count: usize) -> Result<(), Flaw> {
        while count > 0 {
            if self.zeros > 0 {
                count -= self.take_zeros(count);
                continue;
            }
            if self.varint()? == 0 {
                self.zeros = self.varint()?.checked_add(1).ok_or(Flaw::Deltas)?;
            } else {
                count -= 1;
            }
        }
        Ok(())
    }

    fn take_zeros(&mut self, most: usize) -> usize {
        let run = usize::try_from(self.zeros).map_or(most, |zeros| zeros.min(most));
        self.zeros -= run as u64;
        run
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Flaw> {
        let first = *self.bytes.get(self.at).ok_or(Flaw::Deltas)?;
        self.at += 1;
        if first < 0x80 { Ok(first.into()) } else { self.long_varint(first) }
    }

    fn long_varint(&mut self, first: u8) -> Result<u64, Flaw> {
        let mut number = u64::from(first & 0x7F);
        for shift in (7..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(Flaw::Deltas)?;
            self.at += 1;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Flaw::Deltas)
    }
}
