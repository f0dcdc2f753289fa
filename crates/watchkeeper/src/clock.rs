//! The only clock. Everything else is told what time it is.
//!
//! This module never bounds a wait: limits on waiting belong to the runtime.

use domain::reads::Moment;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The runtime's timers are no finer.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// Where the time comes from. A clone shows the same time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only when it is stepped, so that a test can live through a day in a moment.
    Stepped(watch::Sender<Timestamp>),
    /// A day that is lived again, faster.
    Replay(Replay),
}

/// A stretch of time lived again: faster than life, with one leap, and at the pace of life once it is told.
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    /// The real moment at which it starts.
    pub began: Instant,
    /// What the clock shows then.
    pub starts_at: Timestamp,
    /// When it leaps.
    pub leaps_at: Timestamp,
    /// Where it goes on.
    pub resumes_at: Timestamp,
    /// When it has nothing more to tell and goes on at the pace of life.
    pub settles_at: Timestamp,
    /// How many times faster than life it runs until then.
    pub speed: u32,
}

impl Replay {
    fn now(&self) -> Timestamp {
        self.at(self.began.elapsed())
    }

    /// What the clock shows after so much real time.
    fn at(&self, real: Duration) -> Timestamp {
        let after = |from: Timestamp, by: Duration| from.saturating_add(by).unwrap_or(Timestamp::MAX);
        let first = length(self.starts_at, self.leaps_at);
        let second = length(self.resumes_at, self.settles_at);
        let lived = real * self.speed;
        if lived < first {
            after(self.starts_at, lived)
        } else if lived < first + second {
            after(self.resumes_at, lived.saturating_sub(first))
        } else {
            after(self.settles_at, real.saturating_sub((first + second) / self.speed))
        }
    }

    /// Real time to wait for `at`, at most to the next change of pace.
    fn wait_for(&self, at: Timestamp) -> Duration {
        let now = self.now();
        match now {
            now if now < self.leaps_at => length(now, at.min(self.leaps_at)) / self.speed,
            now if now < self.settles_at => length(now, at.min(self.settles_at)) / self.speed,
            now => length(now, at),
        }
    }
}

/// From one instant to a later one.
fn length(from: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(from)).unwrap_or_default()
}

impl Clock {
    /// A clock that stands at `start`.
    pub fn stepped(start: Timestamp) -> Self {
        Self::Stepped(watch::Sender::new(start))
    }

    /// What time it is, to the microsecond that the store keeps.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => to_microsecond(system_now()),
            Self::Stepped(time) => *time.borrow(),
            Self::Replay(replay) => to_microsecond(replay.now()),
        }
    }

    /// Moves a stepped clock on. The machine's clock is left alone: it moves by itself.
    pub fn step(&self, by: Duration) {
        if let Self::Stepped(time) = self {
            time.send_modify(|now| *now = now.saturating_add(by).unwrap_or(Timestamp::MAX));
        }
    }

    /// Waits until it is `at`, not at all if it is already.
    pub async fn sleep_until(&self, at: Timestamp) {
        match self {
            Self::System => {
                // The machine's clock may be set back while we sleep, so look again.
                while let Ok(left) = Duration::try_from(at.duration_since(self.now()))
                    && !left.is_zero()
                {
                    tokio::time::sleep(left).await;
                }
            }
            Self::Stepped(time) => {
                // Cannot fail: the sender lives in this clock.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
            Self::Replay(replay) => {
                while replay.now() < at {
                    tokio::time::sleep(replay.wait_for(at).max(SHORTEST_SLEEP)).await;
                }
            }
        }
    }

    /// Waits for as long as `wait`.
    pub async fn sleep(&self, wait: Duration) {
        let at = self.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.sleep_until(at).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

/// A clock for ages and delays: it never steps, and it stands still while this program does not run. Otherwise
/// every look that is on its way when the machine sleeps, or when the program is stopped, would seem to hang.
/// A clone shows the same time.
#[derive(Clone, Debug)]
pub struct Moments(Arc<Mutex<Passed>>);

#[derive(Debug)]
struct Passed {
    asked_at: Instant,
    so_far: Duration,
}

/// Whoever uses the clock asks it several times a second, so a longer silence means that nobody ran.
const LONGEST_SILENCE: Duration = Duration::from_secs(1);

impl Default for Moments {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Passed { asked_at: Instant::now(), so_far: Duration::ZERO })))
    }
}

impl Moments {
    /// What moment it is.
    pub fn now(&self) -> Moment {
        let mut passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        passed.ask(Instant::now())
    }
}

impl Passed {
    fn ask(&mut self, now: Instant) -> Moment {
        self.so_far += now.saturating_duration_since(self.asked_at).min(LONGEST_SILENCE);
        self.asked_at = now;
        Moment(i64::try_from(self.so_far.as_micros()).unwrap_or(i64::MAX))
    }
}

fn to_microsecond(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn a_stepped_clock_wakes_those_whose_time_has_come() {
        let clock = Clock::stepped(Timestamp::UNIX_EPOCH);
        let other = clock.clone();
        let mut minute = std::pin::pin!(other.sleep(Duration::from_mins(1)));
        assert!(minute.as_mut().now_or_never().is_none());
        clock.step(Duration::from_secs(59));
        assert!(minute.as_mut().now_or_never().is_none());
        clock.step(Duration::from_secs(1));
        assert!(minute.as_mut().now_or_never().is_some());
        assert_eq!(clock.now(), Timestamp::from_second(60).expect("in range"));
    }

    #[test]
    fn moments_stand_still_while_nobody_runs() {
        let start = Instant::now();
        let mut passed = Passed { asked_at: start, so_far: Duration::ZERO };
        assert_eq!(passed.ask(start + Duration::from_millis(250)), Moment(250_000));
        assert_eq!(passed.ask(start + Duration::from_mins(10)), Moment(1_250_000));
        assert_eq!(passed.ask(start), Moment(1_250_000));
    }

    #[tokio::test]
    async fn a_replayed_day_runs_faster_leaps_once_and_settles() {
        let at = |text: &str| text.parse::<Timestamp>().expect("RFC 3339");
        let replay = Replay {
            began: Instant::now(),
            starts_at: at("2024-12-14T17:00:00Z"),
            leaps_at: at("2024-12-14T18:00:00Z"),
            resumes_at: at("2025-02-10T16:00:00Z"),
            settles_at: at("2025-02-10T16:10:00Z"),
            speed: 60,
        };
        let cases = [
            (0, "2024-12-14T17:00:00Z"),
            (30, "2024-12-14T17:30:00Z"),
            (61, "2025-02-10T16:01:00Z"),
            (70, "2025-02-10T16:10:00Z"),
            (130, "2025-02-10T16:11:00Z"),
        ];
        for (real, expected) in cases {
            assert_eq!(replay.at(Duration::from_secs(real)), at(expected), "after {real} s");
        }
        let clock = Clock::Replay(Replay { speed: 3_600, ..replay });
        clock.sleep_until(at("2024-12-14T17:00:36Z")).await;
        assert!(clock.now() >= at("2024-12-14T17:00:36Z"));
    }

    #[tokio::test]
    async fn the_machines_clock_does_not_wait_for_the_past() {
        let clock = Clock::System;
        let before = clock.now();
        assert!(clock.sleep_until(before).now_or_never().is_some());
        assert!(clock.now() >= before);
        assert_eq!(before, to_microsecond(before));
    }
}
