//! The loop of one path: when to look, what to tell, when to give up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::reads::{Answer, Failure, Finished, Look, Moment, Path, Sample};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::Pace;

/// A look that has not come back by then is given up.
pub(super) const DEADLINE: Duration = Duration::from_secs(9);
/// What we tell the server: it should give up first, so that nothing of ours is left there.
pub(super) const MAX_TIME_MS: i32 = 8_000;
/// Who may not look tries again after this long: somebody may grant it.
const FORBIDDEN: Duration = Duration::from_secs(10);

/// A clock that never steps.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Reads a line of the server's log: the operation that it says is over, if it says so.
pub type ReadLine = fn(&str) -> Option<Finished>;

/// Where samples go. A reader that is too slow loses samples; a look never waits for it.
#[derive(Clone)]
pub(super) struct Outlet {
    samples: mpsc::Sender<Sample>,
    dropped: Arc<AtomicU64>,
}

impl Outlet {
    pub(super) fn new(samples: mpsc::Sender<Sample>) -> Self {
        Self { samples, dropped: Arc::default() }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Hands a sample over. The last quarter of the channel is kept for what shows a stall.
    pub(super) fn send(&self, sample: Sample) {
        let minor = matches!(sample.path, Path::Top | Path::Host | Path::Profile | Path::Log);
        let crowded = self.samples.capacity() < self.samples.max_capacity() / 4;
        if minor && crowded || self.samples.try_send(sample).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A way of looking.
pub(super) trait Looker: Send {
    /// Whether there is anything to look at yet.
    fn ready(&mut self) -> bool {
        true
    }

    /// How long from one look to the next.
    fn period(&self, pace: Pace) -> Duration;

    /// Looks. It may be dropped at any moment, and is then asked again.
    fn look(&mut self) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// What every path of a target has.
#[derive(Clone)]
pub(super) struct Scout {
    pub(super) clock: Clock,
    pub(super) outlet: Outlet,
    pub(super) pace: watch::Receiver<Pace>,
    pub(super) read_line: ReadLine,
    /// Held by everything that runs for the target, so that its end can be awaited.
    pub(super) _alive: mpsc::Sender<()>,
}

impl Scout {
    /// Looks for ever. `phase`, a share of the period, keeps the paths of many nodes apart.
    pub(super) async fn run(mut self, node: Arc<str>, path: Path, phase: f64, mut looker: impl Looker) {
        let pace = *self.pace.borrow_and_update();
        let mut last = Instant::now();
        let mut next = last + looker.period(pace).mul_f64(phase.clamp(0.0, 1.0));
        loop {
            tokio::select! {
                () = sleep_until(next) => {}
                Ok(()) = self.pace.changed() => {
                    let pace = *self.pace.borrow_and_update();
                    next = next.min(last + looker.period(pace));
                    continue;
                }
            }
            last = next;
            let mut pause = Duration::ZERO;
            if looker.ready() {
                let failure = self.look(&node, &path, &mut looker).await;
                if matches!(failure, Some(Failure::Forbidden(_))) {
                    pause = FORBIDDEN;
                }
            }
            let period = looker.period(*self.pace.borrow()).max(pause);
            next = turn_after(last, period, Instant::now());
        }
    }

    async fn look(&self, node: &Arc<str>, path: &Path, looker: &mut impl Looker) -> Option<Failure> {
        let began = (self.clock)();
        let tell = |look| {
            self.outlet.send(Sample { node: Arc::clone(node), path: path.clone(), began, look });
        };
        tell(Look::Began);
        let result = timeout(DEADLINE, looker.look()).await.unwrap_or(Err(Failure::TimedOut));
        let took = (self.clock)().since(began);
        match result {
            Ok(answer) => {
                tell(Look::Answered(took, answer));
                None
            }
            Err(failure) => {
                tell(Look::Failed(took, failure.clone()));
                Some(failure)
            }
        }
    }
}

/// The first turn after `now` on the grid of `last`: turns that were missed are left out, not made up for.
fn turn_after(last: Instant, period: Duration, now: Instant) -> Instant {
    let period = period.max(Duration::from_millis(10));
    let missed = now.saturating_duration_since(last).as_micros() / period.as_micros();
    last + period * u32::try_from(missed + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_turns_are_left_out() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        for (now, turn) in [(0, 250), (249, 250), (250, 500), (260, 500), (9_010, 9_250)] {
            assert_eq!(turn_after(start, ms(250), start + ms(now)), start + ms(turn), "at {now}");
        }
    }
}
