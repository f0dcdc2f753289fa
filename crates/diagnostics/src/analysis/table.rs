//! A table of a report, neutral: terminals, JSON and HTML show it each in its way. Never formats anything.

use jiff::Timestamp;

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is about.
    pub heading: &'static Heading,
    /// Its rows; each has a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Rows that there are besides.
    pub left_out: usize,
}

/// What a table is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Heading {
    /// What programs call it, such as `index_builds`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it means that it is empty.
    pub none: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

impl Heading {
    /// The table of the first so many of these rows, to which `left_out` more belong.
    pub(super) fn over(&'static self, mut rows: Vec<Vec<Cell>>, left_out: usize, most: usize) -> Table {
        let left_out = left_out + rows.len().saturating_sub(most);
        rows.truncate(most);
        Table { heading: self, rows, left_out }
    }
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What programs call it.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What its numbers count.
    pub unit: Unit,
}

impl Column {
    /// A column.
    pub const fn of(name: &'static str, title: &'static str, unit: Unit) -> Self {
        Self { name, title, unit }
    }
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Words.
    Words,
    /// How many.
    Count,
    /// Milliseconds.
    Millis,
    /// An instant.
    Instant,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Words(String),
    /// A number in the unit of its column.
    Number(i64),
    /// An instant.
    At(Timestamp),
    /// Nothing is known.
    Absent,
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Cell {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::At(at)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}
