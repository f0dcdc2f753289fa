//! Looking and judging, without ever waiting for our own database.
//!
//! This module never tells: it lays verdicts on the desk and seconds aside.

use super::post::Post;
use crate::app::Parts;
use crate::lookout::{Lookout, Step};
use domain::Timestamp;
use domain::detect::{Baselines, Severity, Signal};
use domain::evidence::Captures;
use domain::reads::{Answer, Look, Moment, Sample};
use std::pin::pin;
use web::live::Standing;

/// Between two drawings of the last second, in microseconds.
const SECOND_US: i64 = 1_000_000;
/// Between two writings of what was learned, in microseconds.
const LEARNED_US: i64 = 300 * SECOND_US;

/// Looks and judges until `relieved`.
pub(super) async fn observe(
    parts: &Parts,
    post: &Post,
    baselines: Baselines,
    relieved: impl Future<Output = ()>,
) {
    let mut lookout = Lookout::start(post.target.clone(), baselines, parts.clock.clone(), &parts.moments);
    let mut relieved = pin!(relieved);
    let mut captures = Captures::default();
    let (mut second, mut learned) = (Every::new(SECOND_US), Every::new(LEARNED_US));
    loop {
        let step = tokio::select! {
            step = lookout.step(|sample| show(parts, post, sample)) => step,
            () = &mut relieved => break,
        };
        let is_new = !step.signals.is_empty();
        if second.is_due(step.now) || is_new {
            note_health(post, &lookout, step.wall);
            show_standing(parts, post, &lookout);
        }
        if second.passed(step.now) {
            let frames = lookout.detector.frames(step.now);
            parts.site.live().frames(post.slug().as_str(), step.wall, &frames);
            post.measured().add(step.wall, frames);
        }
        if learned.passed(step.now) {
            post.measured().learned = Some(lookout.detector.baselines());
        }
        lay_down(post, step, &mut captures);
    }
    post.measured().learned = Some(lookout.detector.baselines());
}

/// Something that comes round.
struct Every {
    every_us: i64,
    last: Moment,
}

impl Every {
    fn new(every_us: i64) -> Self {
        Self { every_us, last: Moment(0) }
    }

    fn is_due(&self, now: Moment) -> bool {
        now.since(self.last) >= self.every_us
    }

    fn passed(&mut self, now: Moment) -> bool {
        let due = self.is_due(now);
        if due {
            self.last = now;
        }
        due
    }
}

/// Shows pages what a look showed.
fn show(parts: &Parts, post: &Post, sample: &Sample) {
    let (live, name, at) = (parts.site.live(), post.slug().as_str(), parts.clock.now());
    post.queries().take_in(sample, at);
    match &sample.look {
        Look::Answered(_, Answer::Role(role)) => live.role(name, &sample.node, at, *role),
        Look::Answered(_, Answer::InFlight(in_flight)) => live.in_flight(name, &sample.node, at, in_flight),
        Look::Answered(_, Answer::Top(uses)) => {
            if let Some(minute) = live.uses(name, &sample.node, at, uses) {
                post.measured().add_minute(minute);
            }
        }
        Look::Failed(_, failure) => live.look_failed(name, &sample.node, at, &sample.path, failure),
        Look::Began | Look::Answered(..) => {}
    }
}

/// Remembers since when nothing speaks against the database, and it answers.
fn note_health(post: &Post, lookout: &Lookout, at: Timestamp) {
    let detector = &lookout.detector;
    let well = !detector.is_suspicious() && detector.standing().is_none() && !detector.roles().is_empty();
    let mut desk = post.desk();
    desk.well_since = if well { desk.well_since.or(Some(at)) } else { None };
}

fn show_standing(parts: &Parts, post: &Post, lookout: &Lookout) {
    let incident = post.desk().incident().cloned();
    let standing = lookout.detector.standing().cloned().map(|verdict| Standing { verdict, incident });
    parts.site.live().verdict(post.slug().as_str(), standing);
}

fn lay_down(post: &Post, step: Step, captures: &mut Captures) {
    for signal in step.signals {
        log(post, &signal);
        if let Some(capture) = captures.take(&signal, step.wall) {
            post.ask(capture);
        }
        post.desk().take(signal);
        post.news.notify_one();
    }
}

fn log(post: &Post, signal: &Signal) {
    let verdict = signal.verdict();
    let (cause, severity) = (verdict.cause.as_str(), verdict.severity.as_str());
    let name = post.slug();
    match signal {
        Signal::Opened(_) if verdict.severity == Severity::Stall => {
            tracing::warn!(database.name = %name, cause, sentence = verdict.sentence, "reads stall");
        }
        Signal::Opened(_) => {
            tracing::info!(database.name = %name, cause, sentence = verdict.sentence, "reads are strained");
        }
        Signal::Changed(_) => {
            tracing::info!(database.name = %name, cause, severity, sentence = verdict.sentence, "a verdict changed");
        }
        Signal::Closed(_) => tracing::info!(database.name = %name, cause, severity, "reads are well again"),
    }
}
