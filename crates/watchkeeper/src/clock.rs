//! The only clock. Everything else is told what time it is.
//!
//! This module never measures how long something took: limits on waiting belong to the runtime.

use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::watch;

/// Where the time comes from. A clone shows the same time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only when it is stepped, so that a test can live through a day in a moment.
    Stepped(watch::Sender<Timestamp>),
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

    #[tokio::test]
    async fn the_machines_clock_does_not_wait_for_the_past() {
        let clock = Clock::System;
        let before = clock.now();
        assert!(clock.sleep_until(before).now_or_never().is_some());
        assert!(clock.now() >= before);
        assert_eq!(before, to_microsecond(before));
    }
}
