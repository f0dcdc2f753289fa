//! The order in which a detector would have heard of things: each look once when it began and once when it
//! ended.
//!
//! Lines stand about in the order in which looks ended, so events wait in a heap until no earlier one can
//! come any more. This module never holds more than a few minutes of a recording.

use super::line::Line;
use domain::reads::{Look, Moment, Path, Sample};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A line may stand this much after its place, in microseconds: far more than the longest look takes.
const DISORDER_US: i64 = 60_000_000;

/// What happens in a replay.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It was this time.
    Wall(Timestamp),
    /// A look began or ended.
    Sample(Sample),
}

/// The events of a recording in the order of their moments.
pub fn in_order(lines: impl Iterator<Item = Line>) -> impl Iterator<Item = (Moment, Event)> {
    InOrder { lines, waiting: BTreeMap::new(), count: 0, newest: None, begun: BTreeSet::new() }
}

struct InOrder<L> {
    lines: L,
    waiting: BTreeMap<(Moment, u64), Event>,
    count: u64,
    newest: Option<Moment>,
    /// Looks of which it was told that they began; those of the last minutes.
    begun: BTreeSet<OneLook>,
}

/// What makes a look one: when it began, on which node, along which path.
type OneLook = (Moment, Arc<str>, Path);

impl<L: Iterator<Item = Line>> InOrder<L> {
    fn put(&mut self, at: Moment, event: Event) {
        self.count += 1;
        self.waiting.insert((at, self.count), event);
    }

    fn take_in(&mut self, line: Line) {
        let at = match &line {
            Line::Header(_) => return,
            Line::Wall(at, _) => *at,
            Line::Sample(sample) => sample.began,
        };
        self.newest = self.newest.max(Some(at));
        match line {
            Line::Header(_) => {}
            Line::Wall(at, wall) => self.put(at, Event::Wall(wall)),
            Line::Sample(sample) => self.take_in_look(sample),
        }
    }

    fn take_in_look(&mut self, sample: Sample) {
        let Sample { node, path, began, look } = sample;
        if self.begun.insert((began, Arc::clone(&node), path.clone())) {
            let (node, path) = (Arc::clone(&node), path.clone());
            self.put(began, Event::Sample(Sample { node, path, began, look: Look::Began }));
        }
        let ended = match look {
            Look::Began => return,
            Look::Answered(took_us, _) | Look::Failed(took_us, _) => began + took_us,
        };
        self.put(ended, Event::Sample(Sample { node, path, began, look }));
    }

    fn forget(&mut self, before: Moment) {
        while self.begun.first().is_some_and(|(began, ..)| *began < before) {
            self.begun.pop_first();
        }
    }
}

impl<L: Iterator<Item = Line>> Iterator for InOrder<L> {
    type Item = (Moment, Event);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let settled = self.newest.map(|newest| newest - DISORDER_US);
            let first = self.waiting.first_key_value().map(|((at, _), _)| *at);
            if first.is_some() && first <= settled {
                break;
            }
            match self.lines.next() {
                Some(line) => self.take_in(line),
                None => break,
            }
        }
        if let Some(newest) = self.newest {
            self.forget(newest - 2 * DISORDER_US);
        }
        self.waiting.pop_first().map(|((at, _), event)| (at, event))
    }
}
