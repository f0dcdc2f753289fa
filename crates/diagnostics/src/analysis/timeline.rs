//! How much happened when. Never keeps more than [`MOST`] steps.

use super::steps::Steps;
use super::table::{Column, Heading, Unit};
use super::{Section, Table};
use crate::log::{Event, Line, Severity};
use jiff::Timestamp;

const MOST: usize = 1_440;

static HEADING: Heading = Heading {
    name: "timeline",
    title: "Timeline",
    none: "No line has a time.",
    columns: &[
        Column::of("at", "From", Unit::Instant),
        Column::of("lines", "Lines", Unit::Count),
        Column::of("slow", "Slow operations", Unit::Count),
        Column::of("slow_ms", "Time in them", Unit::Millis),
        Column::of("collection_scans", "Slow collection scans", Unit::Count),
        Column::of("connections", "New connections", Unit::Count),
        Column::of("open", "Connections open at most", Unit::Count),
        Column::of("errors", "Errors and warnings", Unit::Count),
    ],
};

/// Steps of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline(Steps<Step>);

#[derive(Clone, Copy, Debug, Default)]
struct Step {
    lines: u64,
    slow: u64,
    slow_ms: i64,
    collection_scans: u64,
    connections: u64,
    open: Option<i64>,
    errors: u64,
}

impl Step {
    fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        self.slow += other.slow;
        self.slow_ms = self.slow_ms.saturating_add(other.slow_ms);
        self.collection_scans += other.collection_scans;
        self.connections += other.connections;
        self.open = self.open.max(other.open);
        self.errors += other.errors;
    }
}

impl Section for Timeline {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let mut step = Step { lines: 1, ..Step::default() };
        match &line.event {
            Event::Slow(slow) => {
                (step.slow, step.slow_ms) = (1, slow.millis);
                step.collection_scans = u64::from(slow.plan.contains("COLLSCAN"));
            }
            Event::Connection { opened, open, .. } => {
                (step.connections, step.open) = (u64::from(*opened), *open);
            }
            _ => {}
        }
        step.errors = u64::from(line.severity != Severity::Info);
        self.0.add(at, MOST, step, Step::merge);
    }

    fn merge(&mut self, later: Self) {
        self.0.merge(later.0, MOST, Step::merge);
    }

    fn table(&self, _: usize) -> Table {
        let row = |(at, step): (Timestamp, &Step)| {
            vec![
                at.into(),
                step.lines.into(),
                step.slow.into(),
                step.slow_ms.into(),
                step.collection_scans.into(),
                step.connections.into(),
                step.open.into(),
                step.errors.into(),
            ]
        };
        // A gap in the middle of a chart would be a lie, so all steps are shown.
        HEADING.over(self.0.iter().map(row).collect(), 0, MOST)
    }
}
