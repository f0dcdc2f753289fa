//! What the server warns of, grouped by its words; at its start it warns in lines that it does not call warnings.

use super::messages::{COLUMNS, Messages};
use super::table::Heading;
use super::{Section, Table};
use crate::log::{Event, Line, Severity};
use jiff::Timestamp;

static HEADING: Heading =
    Heading { name: "warnings", title: "Warnings", none: "No warnings.", columns: COLUMNS };

/// Groups of such lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Warnings(Messages);

impl Section for Warnings {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let Event::Other(message) = &line.event else { return };
        if line.severity == Severity::Warning || message.starts_with("** WARNING") {
            self.0.add(at, message);
        }
    }

    fn merge(&mut self, later: Self) {
        self.0.merge(later.0);
    }

    fn table(&self, rows: usize) -> Table {
        let (found, left_out) = self.0.rows();
        HEADING.over(found, left_out, rows)
    }
}
