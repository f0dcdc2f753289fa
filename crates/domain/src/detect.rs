//! The detector: a window of samples → verdicts.
//!
//! [`Detector`] is fed every [`Sample`] of one database, in whatever order they come, and stepped a few times
//! a second. It never asks a clock: moments and wall time are arguments.

pub mod verdict;

pub use verdict::{CAUSES, Cause, Culprit, Evidence, Severity, Signal, Verdict};

use crate::reads::{Frame, Moment, Sample};
use jiff::Timestamp;
use std::sync::Arc;

/// Judges one database from what is seen of its nodes.
#[derive(Debug, Default)]
pub struct Detector {}

impl Detector {
    /// A detector that starts from what earlier ones learned.
    pub fn new(_baselines: Baselines) -> Self {
        Self {}
    }

    /// Takes note of a look. Late, doubled and disordered ones do no harm.
    pub fn record(&mut self, _sample: Sample) {}

    /// Judges what is known at `now`. To be called every 250 ms while looks come in, and once a second in a
    /// replay of diagnostic data; `wall` is the wall time at `now`.
    pub fn step(&mut self, _now: Moment, _wall: Timestamp) -> Vec<Signal> {
        Vec::new()
    }

    /// Whether looks should come more often: something is suspicious.
    pub fn is_suspicious(&self) -> bool {
        false
    }

    /// The last second of each node, for pages; call it once a second.
    pub fn frames(&mut self, _now: Moment) -> Vec<(Arc<str>, Frame)> {
        Vec::new()
    }

    /// The verdict that stands, if any.
    pub fn standing(&self) -> Option<&Verdict> {
        None
    }

    /// What was learned of quiet times, to be kept over a restart.
    pub fn baselines(&self) -> Baselines {
        Baselines::default()
    }
}

/// What is usual, per node, hour and weekday, as lines of text that only this module understands; to be kept
/// over a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baselines {
    /// One line per node and figure.
    pub lines: Vec<String>,
}
