//! How much happened when: the whole span in equal steps. Never keeps more than [`MOST`] steps; when there would be
//! more, neighbours become one.

use super::table::{Column, Heading, Unit};
use super::{Section, Table};
use crate::log::{Event, Line, Severity};
use jiff::Timestamp;
use std::collections::BTreeMap;

const MOST: usize = 1_440;
/// Lengths of a step in seconds; each is a multiple of the one before it.
const LENGTHS: [i64; 8] = [1, 10, 60, 600, 3_600, 21_600, 86_400, 864_000];

static HEADING: Heading = Heading {
    name: "timeline",
    title: "Timeline",
    none: "No line has a time.",
    columns: &[
        Column::of("at", "From", Unit::Instant),
        Column::of("lines", "Lines", Unit::Count),
        Column::of("slow", "Slow operations", Unit::Count),
        Column::of("slow_ms", "Time in them", Unit::Millis),
        Column::of("connections", "New connections", Unit::Count),
        Column::of("errors", "Errors and warnings", Unit::Count),
    ],
};

/// Steps of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    length: usize,
    steps: BTreeMap<i64, Step>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Step {
    lines: u64,
    slow: u64,
    slow_ms: i64,
    connections: u64,
    errors: u64,
}

impl Step {
    fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        self.slow += other.slow;
        self.slow_ms = self.slow_ms.saturating_add(other.slow_ms);
        self.connections += other.connections;
        self.errors += other.errors;
    }
}

impl Section for Timeline {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let mut step = Step { lines: 1, ..Step::default() };
        match &line.event {
            Event::Slow(slow) => (step.slow, step.slow_ms) = (1, slow.millis),
            Event::Connection { opened: true, .. } => step.connections = 1,
            _ => {}
        }
        step.errors = u64::from(line.severity != Severity::Info);
        let second = at.as_second();
        self.steps.entry(second - second.rem_euclid(LENGTHS[self.length])).or_default().merge(step);
        self.coarsen();
    }

    fn merge(&mut self, later: Self) {
        while self.length < later.length {
            self.lengthen();
        }
        let length = LENGTHS[self.length];
        for (second, step) in later.steps {
            self.steps.entry(second - second.rem_euclid(length)).or_default().merge(step);
        }
        self.coarsen();
    }

    fn table(&self, _: usize) -> Table {
        let row = |(second, step): (&i64, &Step)| {
            vec![
                Timestamp::from_second(*second).ok().into(),
                step.lines.into(),
                step.slow.into(),
                step.slow_ms.into(),
                step.connections.into(),
                step.errors.into(),
            ]
        };
        // A gap in the middle of a chart would be a lie, so all steps are shown.
        HEADING.over(self.steps.iter().map(row).collect(), 0, MOST)
    }
}

impl Timeline {
    fn coarsen(&mut self) {
        while self.steps.len() > MOST && self.length + 1 < LENGTHS.len() {
            self.lengthen();
        }
    }

    fn lengthen(&mut self) {
        self.length += 1;
        let length = LENGTHS[self.length];
        for (second, step) in std::mem::take(&mut self.steps) {
            self.steps.entry(second - second.rem_euclid(length)).or_default().merge(step);
        }
    }
}
