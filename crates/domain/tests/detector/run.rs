//! Feeds a detector what a watcher tells, and writes down what it says.

use super::deployment::Deployment;
use super::watcher::Watcher;
use domain::detect::{Detector, Severity, Signal, Verdict};
use domain::reads::Moment;
use jiff::{SignedDuration, Timestamp};

/// The usual step of a detector, in microseconds.
pub(crate) const STEP: i64 = 250_000;

/// Something that was said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) at: i64,
    pub(crate) signal: Signal,
}

/// A story: from its opening until its close.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) opened: i64,
    /// When it was first called a stall.
    pub(crate) stalled: Option<i64>,
    pub(crate) closed: Option<i64>,
    pub(crate) last: Verdict,
}

/// Wall time of a moment: a Monday.
pub(crate) fn wall(at: i64) -> Timestamp {
    let monday = Timestamp::from_second(1_734_307_200).expect("in range");
    monday.checked_add(SignedDuration::from_micros(at)).expect("in range")
}

/// A detector that watches a deployment.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) deployment: Deployment,
    pub(crate) watcher: Watcher,
    pub(crate) detector: Detector,
    pub(crate) said: Vec<Said>,
    pub(crate) at: i64,
    /// By how many seconds the wall clock is wrong.
    pub(crate) wrong_by: i64,
}

impl Run {
    pub(crate) fn new(mut deployment: Deployment, detector: Detector) -> Self {
        let watcher = Watcher::new(&mut deployment);
        Self { deployment, watcher, detector, said: Vec::new(), at: 0, wrong_by: 0 }
    }

    /// One step of so many microseconds.
    pub(crate) fn step(&mut self, micros: i64) {
        self.at += micros;
        let detector = &mut self.detector;
        self.watcher.until(self.at, &mut self.deployment, |_, sample| detector.record(sample));
        let wall = wall(self.at + self.wrong_by * 1_000_000);
        let at = self.at;
        let signals = detector.step(Moment(at), wall);
        self.said.extend(signals.into_iter().map(|signal| Said { at, signal }));
        self.watcher.pace(self.detector.is_suspicious(), at);
    }

    pub(crate) fn until(&mut self, at: i64) {
        while self.at < at {
            self.step(STEP);
        }
    }
}

/// The stories in what was said.
pub(crate) fn stories(said: &[Said]) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    for Said { at, signal } in said {
        let verdict = signal.verdict();
        if matches!(signal, Signal::Opened(_)) {
            stories.push(Story { opened: *at, stalled: None, closed: None, last: verdict.clone() });
        }
        let story = stories.last_mut().expect("what changes or closes was opened");
        if verdict.severity == Severity::Stall {
            story.stalled.get_or_insert(*at);
        }
        if matches!(signal, Signal::Closed(_)) {
            story.closed = Some(*at);
        }
        story.last = verdict.clone();
    }
    stories
}
