//! One chunk: a few minutes of samples, column by column. Never holds a value twice where a column stands still.

use super::{Metadata, Schema};
use crate::bson::Document;
use std::sync::Arc;

/// Samples that follow each other, in columns. Borrows from its reader until the next piece is read.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'r> {
    pub(super) id: i64,
    pub(super) schema: &'r Arc<Schema>,
    pub(super) reference: Document<'r>,
    pub(super) samples: usize,
    pub(super) spans: &'r [Span],
    pub(super) values: &'r [i64],
}

/// What is kept of a column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span {
    /// Nobody asked for it.
    Unasked,
    /// Every sample has this value.
    Still(i64),
    /// Its values begin here.
    From(usize),
}

/// The values of one metric, one for each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column<'r> {
    /// The same value in so many samples.
    Still {
        /// The value.
        value: i64,
        /// How often it stands there.
        samples: usize,
    },
    /// The values of the samples in their order.
    Moving(&'r [i64]),
}

impl<'r> Chunk<'r> {
    /// When the chunk was begun, in milliseconds since 1970.
    pub fn id_ms(&self) -> i64 {
        self.id
    }

    /// Its metrics. The same allocation as the chunk's before where they are the same: compare with [`Arc::ptr_eq`].
    pub fn schema(&self) -> &'r Arc<Schema> {
        self.schema
    }

    /// The full dotted paths of its metrics, in the order of its columns.
    pub fn names(&self) -> impl Iterator<Item = &'r str> {
        self.schema.names()
    }

    /// How many samples it holds.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The first sample as the server gave it, texts included.
    pub fn reference(&self) -> Document<'r> {
        self.reference
    }

    /// The reference sample as what it says about the node.
    pub fn metadata(&self) -> Metadata<'r> {
        Metadata { id_ms: self.id, count: None, document: self.reference }
    }

    /// A metric's values; nothing where there is no such column, or where nobody asked for it.
    pub fn column(&self, index: usize) -> Option<Column<'r>> {
        match *self.spans.get(index)? {
            Span::Unasked => None,
            Span::Still(value) => Some(Column::Still { value, samples: self.samples }),
            Span::From(start) => self.values.get(start..start + self.samples).map(Column::Moving),
        }
    }

    /// The values of the first metric of that name.
    pub fn named(&self, name: &str) -> Option<Column<'r>> {
        self.column(self.schema.find(name)?)
    }
}

impl<'r> Column<'r> {
    /// The value in one sample.
    pub fn get(&self, sample: usize) -> Option<i64> {
        match self {
            Self::Still { value, samples } => (sample < *samples).then_some(*value),
            Self::Moving(values) => values.get(sample).copied(),
        }
    }

    /// Its values in their order.
    pub fn iter(&self) -> impl Iterator<Item = i64> + use<'r> {
        let (still, moving) = match *self {
            Self::Still { value, samples } => (std::iter::repeat_n(value, samples), &[][..]),
            Self::Moving(values) => (std::iter::repeat_n(0, 0), values),
        };
        still.chain(moving.iter().copied())
    }
}
