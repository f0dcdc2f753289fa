//! Checkpoints that took long, and answers of `serverStatus` that did: the server itself was slow. Never keeps more
//! than a thousand of them.

use super::list::List;
use super::table::{Cell, Column, Heading, Unit};
use super::{Section, Table};
use crate::log::{Event, Line};
use jiff::Timestamp;
use std::cmp::Reverse;

static HEADING: Heading = Heading {
    name: "stalls",
    title: "Slow checkpoints and slow answers of the server itself, longest first",
    none: "No slow checkpoint, and serverStatus answered in time.",
    columns: &[
        Column::of("at", "At", Unit::Instant),
        Column::of("what", "What took long", Unit::Words),
        Column::of("took_ms", "Took", Unit::Millis),
    ],
};

/// What took long.
#[derive(Clone, Debug, Default)]
pub(super) struct Stalls(List<(Reverse<i64>, Timestamp, &'static str)>);

impl Section for Stalls {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        match line.event {
            Event::SlowCheckpoint(seconds) => {
                self.0.push((Reverse(seconds.saturating_mul(1_000)), at, "checkpoint"));
            }
            Event::SlowStatus(millis) => self.0.push((Reverse(millis), at, "serverStatus")),
            _ => {}
        }
    }

    fn merge(&mut self, later: Self) {
        self.0.merge(later.0);
    }

    fn table(&self, rows: usize) -> Table {
        let row = |(Reverse(millis), at, what): (Reverse<i64>, Timestamp, &str)| -> Vec<Cell> {
            vec![at.into(), what.into(), millis.into()]
        };
        self.0.table(&HEADING, rows, row)
    }
}
