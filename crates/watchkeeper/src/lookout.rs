//! A lookout over one database: an engine that looks, a detector that judges, and the pace that the one sets
//! for the other. Serving and recording both stand on it, so that a recording shows what serving would see.
//!
//! This module never writes anything down and never opens an incident.

use crate::clock::{Clock, Moments};
use crate::config::DatabaseConfig;
use domain::detect::{Baselines, Detector, Signal};
use domain::reads::{Moment, Sample};
use engines::mongodb::{self, Pace, Target, Watch};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Between two judgements.
const STEP: Duration = Duration::from_millis(250);
/// Looks that wait to be heard of: some seconds of a large replica set. More are lost rather than kept.
const BACKLOG: usize = 4_096;

/// A lookout over one database. It ends when it is dropped.
pub struct Lookout {
    /// What judges.
    pub detector: Detector,
    samples: mpsc::Receiver<Sample>,
    pace: watch::Sender<Pace>,
    steps: Interval,
    clock: Clock,
    moments: Moments,
    _engine: Watch,
}

/// What was judged at one moment.
#[derive(Debug)]
pub struct Step {
    /// Which moment.
    pub now: Moment,
    /// Wall time of it.
    pub wall: Timestamp,
    /// What is new.
    pub signals: Vec<Signal>,
}

/// What is to be looked at, as the configuration names it.
pub fn target(config: &DatabaseConfig) -> Result<Target, mongodb::Error> {
    let app_uri = config.app_uri.as_ref().map(crate::config::database::Uri::as_str);
    Target::new(config.uri.as_str(), app_uri, config.namespaces.clone())
}

impl Lookout {
    /// Begins to look. It is no error that the database cannot be reached; that is what it is there to see.
    pub fn start(target: Target, baselines: Baselines, clock: Clock, moments: &Moments) -> Self {
        let (sender, samples) = mpsc::channel(BACKLOG);
        let (pace, set_pace) = watch::channel(Pace::default());
        let engine_clock = moments.clone();
        let engine = Watch::start(
            target,
            Arc::new(move || engine_clock.now()),
            sender,
            set_pace,
            diagnostics::log::finished,
        );
        let mut steps = interval(STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (detector, moments) = (Detector::new(baselines), moments.clone());
        Self { detector, samples, pace, steps, clock, moments, _engine: engine }
    }

    /// Takes in what is seen until the next judgement is due, and judges. Whatever is seen is told to `heard`.
    /// It may be dropped while it waits, and loses nothing by that.
    pub async fn step(&mut self, mut heard: impl FnMut(&Sample)) -> Step {
        loop {
            tokio::select! {
                Some(sample) = self.samples.recv() => {
                    heard(&sample);
                    self.detector.record(sample);
                }
                _ = self.steps.tick() => break,
            }
        }
        // What was answered counts before what is judged from its absence.
        while let Ok(sample) = self.samples.try_recv() {
            heard(&sample);
            self.detector.record(sample);
        }
        let (now, wall) = (self.moments.now(), self.clock.now());
        let signals = self.detector.step(now, wall);
        let pace = if self.detector.is_suspicious() { Pace::Alert } else { Pace::Calm };
        self.pace.send_if_modified(|known| std::mem::replace(known, pace) != pace);
        Step { now, wall, signals }
    }
}
