//! What an index would cost: its size, the work of every write, and how long its building takes.
//!
//! Estimates, from what a sample says; what was measured on a copy replaces them.

use super::collection::{Collection, Spec};
use std::fmt;

/// How long building takes, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Below a minute.
    Seconds,
    /// Below an hour.
    Minutes,
    /// Longer.
    Hours,
}

/// What an index would cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Its size, in bytes, before it is compressed.
    pub size_bytes: Option<u64>,
    /// Entries more for each document that is inserted or removed.
    pub entries: u32,
    /// How much more indexes a write has to maintain, as a share of those that there are.
    pub more_work: Option<f64>,
    /// Entries more a second, at the present rate of writes.
    pub entries_per_second: Option<f64>,
    /// How long building takes.
    pub build: Option<Build>,
}

/// What an entry of an index has beside its values, in bytes: a type for each field, and the place of the document.
const ENTRY_BYTES: f64 = 4.0;
const TYPE_BYTES: f64 = 1.0;
/// A field of which no sample tells, in bytes: a number or a date.
const UNKNOWN_BYTES: f64 = 9.0;
/// Documents whose index is built in a minute, and in an hour, on a server that has other work.
const A_MINUTE: u64 = 1_000_000;
const AN_HOUR: u64 = 60 * A_MINUTE;

/// What these indexes would cost together.
#[expect(clippy::cast_precision_loss, reason = "nobody has so many indexes")]
pub fn cost(collection: &Collection, create: &[Spec], replaces: usize) -> Cost {
    let known = collection.indexes.as_ref().map(Vec::len).filter(|count| *count > 0);
    let more = create.len() as f64 - replaces as f64;
    let entries = u32::try_from(create.len()).unwrap_or(u32::MAX);
    let sizes = create.iter().map(|spec| size(collection, spec)).collect::<Option<Vec<_>>>();
    let changed = collection.writes.map(|(inserted, updated)| (inserted + updated) * more.max(0.0));
    Cost {
        size_bytes: sizes.map(|sizes| sizes.iter().sum()),
        entries,
        more_work: known.map(|known| more / known as f64),
        entries_per_second: changed,
        build: collection.documents.map(|documents| match documents {
            ..A_MINUTE => Build::Seconds,
            A_MINUTE..AN_HOUR => Build::Minutes,
            _ => Build::Hours,
        }),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an estimate"
)]
fn size(collection: &Collection, spec: &Spec) -> Option<u64> {
    let documents = collection.documents? as f64;
    let field = |path: &str| collection.field(path).map_or(UNKNOWN_BYTES, |field| field.bytes) + TYPE_BYTES;
    let entry = ENTRY_BYTES + spec.paths().map(field).sum::<f64>();
    let share = |(path, condition): &(String, crate::reads::shape::Term)| {
        let known = collection.field(path)?;
        Some(match condition {
            crate::reads::shape::Term::Bool(true) => known.truth,
            crate::reads::shape::Term::Bool(false) => known.present - known.truth,
            _ => known.present,
        })
    };
    let part: f64 = spec.partial.iter().flatten().filter_map(share).product();
    Some((documents * entry * part) as u64)
}

impl Build {
    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size_bytes {
            Some(bytes) => write!(f, "about {}", size_words(bytes))?,
            None => write!(f, "size unknown until a sample is read")?,
        }
        let many = if self.entries == 1 { "entry" } else { "entries" };
        write!(f, "; {} {many} more for each document that is inserted or removed", self.entries)?;
        if let Some(more) = self.more_work {
            write!(f, " ({:+.0} % indexes to maintain)", more * 100.0)?;
        }
        if let Some(rate) = self.entries_per_second {
            write!(f, ", at most {rate:.1} a second at the present rate")?;
        }
        if let Some(build) = self.build {
            write!(f, "; building takes {}", build.as_str())?;
        }
        Ok(())
    }
}

/// A size in the largest unit in which it is at least one.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub fn size_words(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, word)) => format!("{:.1} {word}", bytes as f64 / *unit as f64),
        None => format!("{bytes} bytes"),
    }
}
