//! What a file would not yield, and where. Never a reason to stop reading.

use std::fmt;

/// A part of a file that could not be read. Offsets count from the file's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The file ends inside the document that begins here: the server was stopped while it wrote.
    Torn {
        /// Where the document begins.
        at: usize,
    },
    /// Bytes that are no document of FTDC were stepped over.
    Skipped {
        /// Where they begin.
        at: usize,
        /// How many they are.
        bytes: usize,
    },
    /// A document of a type that no version we know writes.
    Unknown {
        /// Where it begins.
        at: usize,
        /// Its type.
        kind: i32,
    },
    /// A document whose samples cannot be trusted, and why.
    Broken {
        /// Where it begins.
        at: usize,
        /// What is wrong with it.
        flaw: Flaw,
    },
}

/// Why a chunk was refused. A chunk is taken whole or not at all: a wrong number is worse than a missing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The document or the reference sample is not BSON.
    Bson,
    /// Its bytes do not inflate to what was declared, or their checksum is wrong.
    Inflate,
    /// The reference sample has another number of metrics than was declared.
    Metrics {
        /// What the chunk says.
        declared: usize,
        /// What its reference sample holds.
        found: usize,
    },
    /// The deltas end too early, go on too long, or are no numbers.
    Deltas,
    /// It claims more than the named limit.
    TooLarge(&'static str),
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn { at } => write!(formatter, "the file ends inside the document at byte {at}"),
            Self::Skipped { at, bytes } => write!(formatter, "{bytes} bytes at byte {at} are no document"),
            Self::Unknown { at, kind } => {
                write!(formatter, "the document at byte {at} has the unknown type `{kind}`")
            }
            Self::Broken { at, flaw } => write!(formatter, "the document at byte {at} {flaw}"),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bson => write!(formatter, "is not BSON"),
            Self::Inflate => write!(formatter, "does not inflate to what it declares"),
            Self::Metrics { declared, found } => {
                write!(formatter, "declares {declared} metrics and holds {found}")
            }
            Self::Deltas => write!(formatter, "has deltas that do not add up to its samples"),
            Self::TooLarge(limit) => write!(formatter, "exceeds the limit of {limit}"),
        }
    }
}
