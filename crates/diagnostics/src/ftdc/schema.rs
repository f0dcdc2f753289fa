//! The metrics of a chunk: their names, and where in the reference sample their first values lie.
//!
//! Chunk after chunk has the same metrics, so a [`Plan`] is made once and then only compared: every byte of the
//! reference sample that is neither a value nor a text must be the byte that stood there when the plan was made.
//! Never decodes deltas.

use super::{Flaw, Limits, Wanted};
use crate::bson::{Document, Element, Value, truncated};
use std::sync::Arc;

/// Deeper than any document that the server itself accepts.
const DEEPEST: usize = 200;

/// The names of a chunk's metrics, in the order of its columns. A name may occur twice.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// All names, one after another.
    text: String,
    /// Where each of them ends in it.
    ends: Vec<usize>,
    /// Which columns are decoded.
    taken: Vec<bool>,
    /// Those columns, by name; of two that share one the first comes first.
    by_name: Vec<usize>,
}

impl Schema {
    /// How many metrics there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The full dotted path of a metric.
    pub fn name(&self, index: usize) -> Option<&str> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(start..*self.ends.get(index)?)
    }

    /// The full dotted paths of all metrics.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.name(index))
    }

    /// The column of the first metric of that name, if it is decoded.
    pub fn find(&self, name: &str) -> Option<usize> {
        let at = self.by_name.partition_point(|index| self.name(*index) < Some(name));
        let index = *self.by_name.get(at)?;
        (self.name(index) == Some(name)).then_some(index)
    }

    pub(super) fn takes(&self, index: usize) -> bool {
        self.taken[index]
    }

    /// One past the last column that is decoded.
    pub(super) fn last_taken(&self) -> usize {
        self.taken.iter().rposition(|taken| *taken).map_or(0, |last| last + 1)
    }

    fn push(&mut self, name: [&str; 2], wanted: &Wanted) {
        let start = self.text.len();
        self.text.extend(name);
        self.ends.push(self.text.len());
        self.taken.push(wanted.has(&self.text[start..]));
    }

    fn sort(&mut self) {
        let mut taken: Vec<usize> = (0..self.len()).filter(|index| self.taken[*index]).collect();
        taken.sort_by_key(|index| self.name(*index));
        self.by_name = taken;
    }

    fn has_names_of(&self, other: &Self) -> bool {
        self.ends == other.ends && self.text == other.text
    }
}

/// Where the values of a reference sample lie.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) schema: Arc<Schema>,
    /// One past the last column that is decoded.
    pub(super) last_taken: usize,
    /// The reference sample of which the plan was made.
    model: Vec<u8>,
    places: Vec<Place>,
    /// The stretches of it that must stay as they are.
    fixed: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Double,
    Whole32,
    Whole64,
    Bool,
    /// The half of a timestamp that begins here.
    Half,
    Decimal,
}

impl Plan {
    /// The plan of that reference sample. Where the metrics are those of the former plan, so is the schema: texts of
    /// other lengths move everything, but change no metric.
    pub(super) fn of(
        reference: Document<'_>,
        former: Option<&Self>,
        wanted: &Wanted,
        limits: &Limits,
    ) -> Result<Self, Flaw> {
        let mut walk = Walk {
            wanted,
            limits,
            path: String::new(),
            schema: Schema::default(),
            places: Vec::new(),
            fixed: Vec::new(),
            fixed_from: 0,
        };
        walk.document(reference, 0, 0)?;
        walk.fixed.push((walk.fixed_from, reference.bytes().len()));
        let former = former.map(|former| &former.schema).filter(|former| former.has_names_of(&walk.schema));
        let schema = former.map_or_else(
            || {
                walk.schema.sort();
                Arc::new(walk.schema)
            },
            Arc::clone,
        );
        Ok(Self {
            last_taken: schema.last_taken(),
            schema,
            model: reference.bytes().to_vec(),
            places: walk.places,
            fixed: walk.fixed,
        })
    }

    /// Whether that reference sample differs from the plan's in values only.
    pub(super) fn fits(&self, reference: Document<'_>) -> bool {
        let (model, bytes) = (&self.model[..], reference.bytes());
        model.len() == bytes.len() && self.fixed.iter().all(|&(from, to)| model[from..to] == bytes[from..to])
    }

    /// The first value of a column. The reference sample must fit the plan.
    pub(super) fn first(&self, index: usize, reference: Document<'_>) -> i64 {
        let Place { at, kind } = self.places[index];
        let bytes = &reference.bytes()[at..];
        match kind {
            Kind::Double => truncated(f64::from_le_bytes(fixed(bytes))),
            Kind::Whole32 => i32::from_le_bytes(fixed(bytes)).into(),
            Kind::Whole64 => i64::from_le_bytes(fixed(bytes)),
            Kind::Bool => (bytes[0] != 0).into(),
            Kind::Half => u32::from_le_bytes(fixed(bytes)).into(),
            Kind::Decimal => whole_of_decimal(u128::from_le_bytes(fixed(bytes))),
        }
    }
}

/// The bytes of a value that the walk has already seen to be there.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

/// A decimal without its fraction; 0 for what is no number, and the nearest `i64` for what is too large.
fn whole_of_decimal(bits: u128) -> i64 {
    let negative = bits >> 127 == 1;
    // The two bits after the sign tell the usual form from the one whose coefficient is over-long, which counts as 0.
    if bits >> 125 & 3 == 3 {
        let infinite = bits >> 122 & 31 == 30;
        return if !infinite {
            0
        } else if negative {
            i64::MIN
        } else {
            i64::MAX
        };
    }
    let exponent = i32::try_from(bits >> 113 & 0x3FFF).unwrap_or(0) - 6_176;
    let mut whole = bits & ((1 << 113) - 1);
    let ten_to = |power: u32| 10_u128.checked_pow(power);
    whole = match ten_to(exponent.unsigned_abs()) {
        Some(power) if exponent < 0 => whole / power,
        Some(power) => whole.saturating_mul(power),
        None if exponent < 0 || whole == 0 => 0,
        None => u128::MAX,
    };
    let whole = i64::try_from(whole).unwrap_or(i64::MAX);
    if negative { -whole } else { whole }
}

struct Walk<'w> {
    wanted: &'w Wanted,
    limits: &'w Limits,
    path: String,
    schema: Schema,
    places: Vec<Place>,
    fixed: Vec<(usize, usize)>,
    fixed_from: usize,
}

impl Walk<'_> {
    fn document(&mut self, document: Document<'_>, base: usize, depth: usize) -> Result<(), Flaw> {
        if depth > DEEPEST {
            return Err(Flaw::TooLarge("nesting"));
        }
        for element in document.elements() {
            let element = element.map_err(|_| Flaw::Bson)?;
            let parent = self.path.len();
            if depth > 0 {
                self.path.push('.');
            }
            self.path.push_str(&String::from_utf8_lossy(element.key));
            self.element(element, base + element.at, depth)?;
            self.path.truncate(parent);
        }
        Ok(())
    }

    fn element(&mut self, element: Element<'_>, at: usize, depth: usize) -> Result<(), Flaw> {
        match element.value {
            Value::Document(inner) | Value::Array(inner) => self.document(inner, at, depth + 1),
            Value::Double(_) => self.metric(at, 8, Kind::Double),
            Value::Int64(_) | Value::DateTime(_) => self.metric(at, 8, Kind::Whole64),
            Value::Int32(_) => self.metric(at, 4, Kind::Whole32),
            Value::Bool(_) => self.metric(at, 1, Kind::Bool),
            Value::Decimal(_) => self.metric(at, 16, Kind::Decimal),
            Value::Timestamp { .. } => {
                // Seconds come first among the metrics, but last among the bytes.
                self.name("", Place { at: at + 4, kind: Kind::Half })?;
                self.name(".inc", Place { at, kind: Kind::Half })?;
                self.free(at, 8);
                Ok(())
            }
            Value::Text(text) => {
                self.free(at + 4, text.len());
                Ok(())
            }
            Value::Binary(bytes) => {
                self.free(at + 5, bytes.len());
                Ok(())
            }
            Value::ObjectId(id) => {
                self.free(at, id.len());
                Ok(())
            }
            Value::Other => Ok(()),
        }
    }

    fn metric(&mut self, at: usize, length: usize, kind: Kind) -> Result<(), Flaw> {
        self.free(at, length);
        self.name("", Place { at, kind })
    }

    fn name(&mut self, suffix: &str, place: Place) -> Result<(), Flaw> {
        if self.places.len() >= self.limits.metrics {
            return Err(Flaw::TooLarge("metrics"));
        }
        if self.schema.text.len() + self.path.len() > self.limits.names {
            return Err(Flaw::TooLarge("names"));
        }
        self.places.push(place);
        self.schema.push([&self.path, suffix], self.wanted);
        Ok(())
    }

    /// Bytes that may differ from chunk to chunk.
    fn free(&mut self, at: usize, length: usize) {
        self.fixed.push((self.fixed_from, at));
        self.fixed_from = at + length;
    }
}

#[cfg(test)]
mod tests {
    use super::whole_of_decimal;

    #[test]
    fn decimals_lose_their_fraction_and_saturate() {
        let decimal = |sign: u128, coefficient: u128, exponent: i32| {
            sign << 127 | u128::try_from(exponent + 6_176).expect("an exponent") << 113 | coefficient
        };
        let cases = [
            (decimal(0, 0, 0), 0),
            (decimal(0, 12_345, -2), 123),
            (decimal(1, 12_345, -2), -123),
            (decimal(0, 7, 3), 7_000),
            (decimal(0, 7, -40), 0),
            (decimal(0, 0, 6_000), 0),
            (decimal(0, 1, 19), i64::MAX),
            (decimal(1, 1, 6_000), -i64::MAX),
            (0x7800 << 112, i64::MAX),
            (0xF800 << 112, i64::MIN),
            (0x7C00 << 112, 0),
        ];
        for (bits, expected) in cases {
            assert_eq!(whole_of_decimal(bits), expected, "{bits:032x}");
        }
    }
}
