//! What the server calls an error or worse, grouped by its words.

use super::messages::{COLUMNS, Messages};
use super::table::Heading;
use super::{Section, Table};
use crate::log::{Event, Line, Severity};
use jiff::Timestamp;

static HEADING: Heading = Heading { name: "errors", title: "Errors", none: "No errors.", columns: COLUMNS };

/// Groups of such lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(Messages);

impl Section for Errors {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let Event::Other(message) = &line.event else { return };
        if matches!(line.severity, Severity::Error | Severity::Fatal) {
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
