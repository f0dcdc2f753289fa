//! The files in `diagnostic.data`: MongoDB's full-time diagnostic data capture, versions 3.4 to 8.2.
//!
//! ```text
//! file     = document*                    metrics.DATE-NUMBER grows by documents, metrics.interim is one of them
//! document = { _id: date, type: int32, … } 0: doc, what the node is · 1: data, a chunk · 2: count, doc, what changed
//! data     = u32 length ++ zlib(chunk)
//! chunk    = reference sample (BSON) ++ u32 metrics ++ u32 further samples ++ deltas
//! deltas   = metric after metric, the differences of its further samples as varints, see `deltas`
//! metrics  = the numbers of the reference sample in the order of its bytes; doubles lose their fraction, bools are
//!            0 and 1, dates milliseconds, timestamps two metrics: seconds, then `.inc`
//! ```
//!
//! [`Reader::read`] gives piece after piece. Keys may occur twice, metrics come and go from chunk to chunk, and a file
//! may end anywhere: each of these is met in real files. What cannot be read is a [`Trouble`] between the pieces
//! that can. Never makes more of its input than [`Limits`] allow.

mod chunk;
mod deltas;
mod limits;
mod metadata;
mod schema;
mod trouble;
mod wanted;

pub use chunk::{Chunk, Column};
pub use limits::Limits;
pub use metadata::Metadata;
pub use schema::Schema;
pub use trouble::{Flaw, Trouble};
pub use wanted::Wanted;

use crate::bson::{Document, Value};
use chunk::Span;
use deltas::Deltas;
use flate2::{Decompress, FlushDecompress, Status};
use schema::Plan;

/// What every document of FTDC begins with, after its length: `_id`, eight bytes of a date, `type`.
const ID: &[u8] = b"\x09_id\0";
const TYPE: &[u8] = b"\x10type\0";
const TYPE_AT: usize = 4 + ID.len() + 8;
const HEADER: usize = TYPE_AT + TYPE.len() + 4;

/// One piece of a file.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'r> {
    /// What the node is, or what has changed about it.
    Metadata(Metadata<'r>),
    /// Samples.
    Chunk(Chunk<'r>),
    /// Something that could not be read.
    Trouble(Trouble),
}

/// Reads a file piece by piece, in its order.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    wanted: Wanted,
    limits: Limits,
    inflater: Decompress,
    inflated: Vec<u8>,
    plan: Option<Plan>,
    spans: Vec<Span>,
    values: Vec<i64>,
}

/// A document's place in the file.
enum Found {
    Document { at: usize, length: usize },
    Trouble(Trouble),
}

impl<'a> Reader<'a> {
    /// A reader of the whole content of a file, for the metrics that are wanted.
    pub fn new(bytes: &'a [u8], wanted: Wanted) -> Self {
        Self {
            bytes,
            at: 0,
            wanted,
            limits: Limits::default(),
            inflater: Decompress::new(true),
            inflated: Vec::new(),
            plan: None,
            spans: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Goes on with another file and what has been learnt about metrics: cheaper than a reader for each.
    pub fn turn_to(&mut self, bytes: &'a [u8]) {
        self.bytes = bytes;
        self.at = 0;
    }

    /// The next piece of the file; nothing at its end.
    pub fn read(&mut self) -> Option<Piece<'_>> {
        let (at, length) = match self.find()? {
            Found::Document { at, length } => (at, length),
            Found::Trouble(trouble) => return Some(Piece::Trouble(trouble)),
        };
        let document = &self.bytes[at..at + length];
        Some(self.piece(document, at).unwrap_or_else(|flaw| Piece::Trouble(Trouble::Broken { at, flaw })))
    }

    /// The next document, or what lies in its place. Moves past it.
    fn find(&mut self) -> Option<Found> {
        let at = self.at;
        let rest = &self.bytes[at..];
        if rest.is_empty() {
            return None;
        }
        let length = length(rest);
        if let Some(length) = length
            && length <= rest.len()
            && length <= self.limits.document
        {
            self.at += length;
            return Some(Found::Document { at, length });
        }
        let next = next_header(rest);
        self.at = next.map_or(self.bytes.len(), |next| at + next);
        let torn =
            next.is_none() && (rest.len() < HEADER || length.is_some_and(|length| length > rest.len()));
        Some(Found::Trouble(if torn {
            Trouble::Torn { at }
        } else {
            Trouble::Skipped { at, bytes: self.at - at }
        }))
    }

    fn piece(&mut self, bytes: &'a [u8], at: usize) -> Result<Piece<'_>, Flaw> {
        let document = Document::read(bytes).map_err(|_| Flaw::Bson)?;
        let (Some(Value::DateTime(id_ms)), Some(Value::Int32(kind))) =
            (document.get("_id"), document.get("type"))
        else {
            return Err(Flaw::Bson);
        };
        match kind {
            0 | 2 => {
                let Some(Value::Document(inner)) = document.get("doc") else { return Err(Flaw::Bson) };
                let count = match document.get("count") {
                    Some(Value::Int32(count)) if kind == 2 => Some(count),
                    _ => None,
                };
                Ok(Piece::Metadata(Metadata { id_ms, count, document: inner }))
            }
            1 => {
                let Some(Value::Binary(data)) = document.get("data") else { return Err(Flaw::Bson) };
                self.chunk(id_ms, data).map(Piece::Chunk)
            }
            _ => Ok(Piece::Trouble(Trouble::Unknown { at, kind })),
        }
    }

    fn chunk(&mut self, id: i64, data: &[u8]) -> Result<Chunk<'_>, Flaw> {
        self.inflate(data)?;
        let reference = Document::read(&self.inflated).map_err(|_| Flaw::Bson)?;
        let rest = &self.inflated[reference.bytes().len()..];
        let (metrics, rest) = number(rest).ok_or(Flaw::Deltas)?;
        let (further, deltas) = number(rest).ok_or(Flaw::Deltas)?;
        if (further + 1).checked_mul(metrics).is_none_or(|points| points > self.limits.points) {
            return Err(Flaw::TooLarge("points"));
        }
        if !self.plan.as_ref().is_some_and(|plan| plan.fits(reference)) {
            self.plan = Some(Plan::of(reference, self.plan.as_ref(), &self.wanted, &self.limits)?);
        }
        let Some(plan) = &self.plan else { return Err(Flaw::Bson) };
        let found = plan.schema.len();
        if found != metrics {
            return Err(Flaw::Metrics { declared: metrics, found });
        }
        decode(plan, reference, Deltas::new(deltas), further, &mut self.spans, &mut self.values)?;
        Ok(Chunk {
            id,
            schema: &plan.schema,
            reference,
            samples: further + 1,
            spans: &self.spans,
            values: &self.values,
        })
    }

    fn inflate(&mut self, data: &[u8]) -> Result<(), Flaw> {
        let (declared, compressed) = number(data).ok_or(Flaw::Inflate)?;
        if declared > self.limits.inflated {
            return Err(Flaw::TooLarge("inflated bytes"));
        }
        self.inflated.resize(declared, 0);
        self.inflater.reset(true);
        let status = self.inflater.decompress(compressed, &mut self.inflated, FlushDecompress::Finish);
        let whole = matches!(status, Ok(Status::StreamEnd)) && self.inflater.total_out() == declared as u64;
        if whole { Ok(()) } else { Err(Flaw::Inflate) }
    }
}

/// Fills `spans` and `values` with the columns that the plan takes.
fn decode(
    plan: &Plan,
    reference: Document<'_>,
    mut deltas: Deltas<'_>,
    further: usize,
    spans: &mut Vec<Span>,
    values: &mut Vec<i64>,
) -> Result<(), Flaw> {
    spans.clear();
    values.clear();
    for index in 0..plan.last_taken {
        let taken = plan.schema.takes(index);
        let span = if deltas.stand_still(further) {
            if taken { Span::Still(plan.first(index, reference)) } else { Span::Unasked }
        } else if taken {
            let (first, start) = (plan.first(index, reference), values.len());
            values.push(first);
            values.resize(start + 1 + further, 0);
            deltas.decode(first, &mut values[start + 1..])?;
            Span::From(start)
        } else {
            deltas.skip(further)?;
            Span::Unasked
        };
        spans.push(span);
    }
    // Where the tail was of no interest it was not looked at; its checksum was.
    if plan.last_taken == plan.schema.len() && !deltas.are_over() {
        return Err(Flaw::Deltas);
    }
    Ok(())
}

/// The length of the document that begins here; nothing where none of FTDC's does.
fn length(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER)?;
    let marked = header[4..].starts_with(ID) && header[TYPE_AT..].starts_with(TYPE);
    let (length, _) = number(header)?;
    (marked && length >= HEADER).then_some(length)
}

/// Where the next document begins after the first byte.
fn next_header(bytes: &[u8]) -> Option<usize> {
    let candidates = memchr::memmem::find_iter(bytes.get(5..)?, ID).map(|at| at + 1);
    candidates.into_iter().find(|at| length(&bytes[*at..]).is_some())
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}
