//! Feeds a detector with events as they happened and writes down what it says.
//!
//! This module never looks ahead: at every step the detector knows what it would have known then.

use crate::recording::Event;
use domain::detect::{Detector, Severity, Signal, Verdict};
use domain::reads::{Look, Moment, Path};
use jiff::{SignedDuration, Timestamp};

/// Between two steps, in microseconds: as in life.
const STEP_US: i64 = 250_000;
/// The same where there are only counters, which come once a second.
const COUNTERS_STEP_US: i64 = 1_000_000;
/// A longer silence is a gap, in microseconds.
const GAP_US: i64 = 5_000_000;
/// A gap longer than this, in microseconds, is not stepped through: a laptop slept, the server was shut down,
/// or the files are not all there. It is told as a gap, and is no stall.
const STEPPED_GAP_US: i64 = 30_000_000;

/// What the detector said of one database.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// What began, in the order in which it did.
    pub(super) stories: Vec<Story>,
    /// Looks that ended.
    pub(super) samples: u64,
    /// Stretches of which nothing is known.
    pub(super) gaps: Vec<Gap>,
}

/// Everything that was said of one verdict.
#[derive(Debug)]
pub(super) struct Story {
    /// The first, and every one that followed: when it was said, and what.
    pub(super) told: Vec<(Timestamp, Verdict)>,
    over: bool,
}

/// A stretch of which nothing is known.
#[derive(Debug)]
pub(super) struct Gap {
    /// The node that is silent; `None` where all are.
    pub(super) node: Option<String>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Whether the node was started anew meanwhile.
    pub(super) restarted: bool,
}

impl Gap {
    /// A gap in the diagnostic data of a node.
    pub(super) fn of_node(node: String, gap: &diagnostics::readings::Gap) -> Self {
        Self { node: Some(node), from: gap.from, to: gap.until, restarted: gap.restarted }
    }
}

/// How often to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stepping {
    /// As in life; once a second while there are only counters.
    AsLooks,
    /// Once a second: nothing is known more often.
    Second,
}

impl Story {
    /// The verdict as it was told last.
    pub(super) fn last(&self) -> &Verdict {
        &self.told[self.told.len() - 1].1
    }

    /// How bad it was at its worst.
    pub(super) fn severity(&self) -> Severity {
        self.told.iter().map(|(_, verdict)| verdict.severity).max().unwrap_or(Severity::Strain)
    }

    /// When it was first said to be as bad as it was.
    pub(super) fn detected_at(&self) -> Timestamp {
        let worst = self.severity();
        let first = self.told.iter().find(|(_, verdict)| verdict.severity == worst);
        first.map_or(self.last().detected_at, |(at, _)| *at)
    }
}

/// Runs the detector over all events.
pub(super) fn judge(
    mut detector: Detector,
    stepping: Stepping,
    events: impl Iterator<Item = (Moment, Event)>,
) -> Judgement {
    let mut hearing = Hearing::new(stepping);
    for (at, event) in events {
        hearing.step_until(&mut detector, at);
        match event {
            Event::Wall(wall) => hearing.wall = Some((at, wall)),
            Event::Sample(sample) => {
                hearing.only_counters &= sample.path == Path::Counters;
                hearing.judgement.samples += u64::from(sample.look != Look::Began);
                detector.record(sample);
            }
        }
    }
    if let Some(last) = hearing.last {
        hearing.step(&mut detector, last + 1);
    }
    hearing.judgement
}

struct Hearing {
    judgement: Judgement,
    stepping: Stepping,
    wall: Option<(Moment, Timestamp)>,
    next_step: Option<Moment>,
    last: Option<Moment>,
    only_counters: bool,
}

impl Hearing {
    fn new(stepping: Stepping) -> Self {
        let judgement = Judgement::default();
        Self { judgement, stepping, wall: None, next_step: None, last: None, only_counters: true }
    }

    fn step_us(&self) -> i64 {
        let rarely = self.stepping == Stepping::Second || self.only_counters;
        if rarely { COUNTERS_STEP_US } else { STEP_US }
    }

    /// Steps through the time until `at`, at which something happens; not before it is known what time it is.
    fn step_until(&mut self, detector: &mut Detector, at: Moment) {
        if self.wall.is_none() {
            return;
        }
        let every = self.step_us();
        let last = self.last.unwrap_or(at);
        let mut next = self.next_step.unwrap_or(at + every);
        if at.since(last) > GAP_US {
            let (from, to) = (self.wall_at(last), self.wall_at(at));
            self.judgement.gaps.push(Gap { node: None, from, to, restarted: false });
        }
        if at.since(last) > STEPPED_GAP_US {
            next = at + every;
        }
        while next <= at {
            self.step(detector, next);
            next = next + every;
        }
        self.next_step = Some(next);
        self.last = Some(last.max(at));
    }

    fn step(&mut self, detector: &mut Detector, now: Moment) {
        let wall = self.wall_at(now);
        for signal in detector.step(now, wall) {
            self.write_down(wall, signal);
        }
    }

    fn write_down(&mut self, wall: Timestamp, signal: Signal) {
        let (new, over) = (matches!(signal, Signal::Opened(_)), matches!(signal, Signal::Closed(_)));
        let (Signal::Opened(verdict) | Signal::Changed(verdict) | Signal::Closed(verdict)) = signal;
        let stories = &mut self.judgement.stories;
        // One verdict stands at a time, so what changes or ends is the last.
        match stories.last_mut().filter(|story| !new && !story.over) {
            Some(story) => {
                story.told.push((wall, verdict));
                story.over = over;
            }
            None => stories.push(Story { told: vec![(wall, verdict)], over }),
        }
    }

    /// Wall time of a moment, from the last time that both were known.
    fn wall_at(&self, now: Moment) -> Timestamp {
        let (at, wall) = self.wall.unwrap_or_default();
        wall.saturating_add(SignedDuration::from_micros(now.0.saturating_sub(at.0))).unwrap_or(wall)
    }
}
