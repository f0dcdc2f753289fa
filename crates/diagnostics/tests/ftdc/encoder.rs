//! A tiny encoder of diagnostic data, so that the tests can write files no server would.

use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// Elements of a BSON document, one after another.
#[derive(Clone, Default)]
pub(crate) struct Bson(Vec<u8>);

impl Bson {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn raw(mut self, kind: u8, key: &str, value: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend_from_slice(key.as_bytes());
        self.0.push(0);
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn double(self, key: &str, value: f64) -> Self {
        self.raw(0x01, key, &value.to_le_bytes())
    }

    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        let length = u32::try_from(value.len() + 1).expect("short");
        self.raw(0x02, key, &[&length.to_le_bytes(), value.as_bytes(), &[0]].concat())
    }

    pub(crate) fn document(self, key: &str, value: &Self) -> Self {
        self.raw(0x03, key, &value.bytes())
    }

    pub(crate) fn array(self, key: &str, value: &Self) -> Self {
        self.raw(0x04, key, &value.bytes())
    }

    pub(crate) fn binary(self, key: &str, value: &[u8]) -> Self {
        let length = u32::try_from(value.len()).expect("short");
        self.raw(0x05, key, &[&length.to_le_bytes()[..], &[0], value].concat())
    }

    pub(crate) fn flag(self, key: &str, value: bool) -> Self {
        self.raw(0x08, key, &[value.into()])
    }

    pub(crate) fn date(self, key: &str, value: i64) -> Self {
        self.raw(0x09, key, &value.to_le_bytes())
    }

    pub(crate) fn int(self, key: &str, value: i32) -> Self {
        self.raw(0x10, key, &value.to_le_bytes())
    }

    pub(crate) fn timestamp(self, key: &str, seconds: u32, increment: u32) -> Self {
        self.raw(0x11, key, &[increment.to_le_bytes(), seconds.to_le_bytes()].concat())
    }

    pub(crate) fn long(self, key: &str, value: i64) -> Self {
        self.raw(0x12, key, &value.to_le_bytes())
    }

    /// The whole document.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.0.len() + 5).expect("short");
        [&length.to_le_bytes()[..], &self.0, &[0]].concat()
    }
}

/// A chunk before it is compressed: the reference sample and the further values of each metric.
#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) reference: Bson,
    pub(crate) metrics: u32,
    pub(crate) further: u32,
    pub(crate) deltas: Vec<u8>,
}

impl Plain {
    /// Encodes columns whose first values stand in the reference sample.
    pub(crate) fn new(reference: Bson, columns: &[Vec<i64>]) -> Self {
        let further = columns.first().map_or(0, |column| column.len() - 1);
        assert!(columns.iter().all(|column| column.len() == further + 1), "columns are of one length");
        let deltas = columns
            .iter()
            .flat_map(|column| column.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]).cast_unsigned()));
        let mut encoded = Vec::new();
        let mut zeros = 0_u64;
        for delta in deltas {
            if delta == 0 {
                zeros += 1;
            } else {
                end_run(&mut encoded, &mut zeros);
                varint(&mut encoded, delta);
            }
        }
        end_run(&mut encoded, &mut zeros);
        Self {
            reference,
            metrics: u32::try_from(columns.len()).expect("few"),
            further: u32::try_from(further).expect("few"),
            deltas: encoded,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let numbers = [self.metrics.to_le_bytes(), self.further.to_le_bytes()].concat();
        [self.reference.bytes(), numbers, self.deltas.clone()].concat()
    }

    /// As a document of the file.
    pub(crate) fn document(&self, id: i64) -> Vec<u8> {
        chunk(id, self.bytes().len(), &self.bytes())
    }
}

/// A chunk of those bytes that declares that length.
pub(crate) fn chunk(id: i64, declared: usize, plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).expect("memory");
    let declared = u32::try_from(declared).expect("short");
    let data = [&declared.to_le_bytes()[..], &encoder.finish().expect("memory")].concat();
    Bson::new().date("_id", id).int("type", 1).binary("data", &data).bytes()
}

pub(crate) fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn end_run(out: &mut Vec<u8>, zeros: &mut u64) {
    if *zeros > 0 {
        out.push(0);
        varint(out, *zeros - 1);
        *zeros = 0;
    }
}
