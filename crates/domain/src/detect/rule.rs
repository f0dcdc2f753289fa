//! Rules: what each sees in one node at one moment.

use super::view::View;
use crate::reads::Moment;
use crate::reads::moment::secs;

/// A detector rule: one file, one line in [`RULES`](super::RULES).
pub struct Rule {
    /// Name in evidence, such as `deadline_read`.
    pub name: &'static str,
    /// One line for people: what it sees, and from what.
    pub doc: &'static str,
    /// What it sees in one node, if anything.
    pub(crate) judge: fn(&View<'_>) -> Option<Hint>,
}

/// How much a hint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// Somebody should look at it some day; users do not notice.
    Note,
    /// The database is at hard work; users need not notice.
    Sign,
    /// Something is not as usual; says little by itself.
    Weak,
    /// Users wait, unless it passes at once.
    Strong,
}

/// What a rule saw.
#[derive(Clone, Debug)]
pub(crate) struct Hint {
    pub(crate) strength: Strength,
    /// Moment of the sample on which it rests; that of the judgement for a look on its way.
    pub(crate) basis: Moment,
    /// When that which it sees began, as far as it can tell.
    pub(crate) since: Moment,
    /// A sentence with figures.
    pub(crate) text: String,
}

impl Hint {
    pub(crate) fn new(strength: Strength, basis: Moment, since: Moment, text: String) -> Self {
        Self { strength, basis, since, text }
    }
}

/// A duration as people read it: `340 ms`, `2.1 s`, `3 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 0.001 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds < 0.95 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 120.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

/// The same of microseconds.
pub(crate) fn micros(value: i64) -> String {
    duration(secs(value))
}

/// `1 read`, `12 reads`.
pub(crate) fn count(number: f64, singular: &str) -> String {
    let plural = if (number - 1.0).abs() < 0.5 { "" } else { "s" };
    format!("{number:.0} {singular}{plural}")
}

/// ` (usually 3 ms)`, or nothing where nothing is known.
pub(crate) fn usually(known: Option<f64>, words: impl Fn(f64) -> String) -> String {
    known.map_or_else(String::new, |value| format!(" (usually {})", words(value)))
}
