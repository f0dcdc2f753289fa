//! When a message is tried again. Pure.
//!
//! Never sooner than the receiver asked for.

use domain::Timestamp;
use std::time::Duration;

/// Waits vary by this much in either direction, so that what failed together does not come back together.
const JITTER: f64 = 0.1;

/// When to try again after try number `attempt`, from 1; `None` when enough was tried. `chance` is any number from
/// 0 to 1, `asked` is how long the receiver asks us to wait.
pub fn next_try(
    waits: &[Duration],
    attempt: u32,
    now: Timestamp,
    asked: Option<Duration>,
    chance: f64,
) -> Option<Timestamp> {
    let wait = waits.get(usize::try_from(attempt).ok()?.checked_sub(1)?)?;
    let varied = wait.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance.clamp(0.0, 1.0));
    // What the receiver asks for is a least wait; those whom it told the same still come apart.
    let asked = asked.map_or(Duration::ZERO, |asked| asked + asked.mul_f64(JITTER * chance.clamp(0.0, 1.0)));
    now.saturating_add(varied.max(asked)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DeliveryConfig;

    #[test]
    fn a_subscriber_is_tried_for_seventy_five_hours_and_a_channel_at_once() {
        let config = DeliveryConfig::default();
        let total: Duration = config.retries.iter().sum();
        assert_eq!(total, Duration::from_secs(75 * 3_600 + 35 * 60 + 5));
        assert_eq!(config.channel_retries[0], Duration::from_secs(1));
        let sorted = |waits: &[Duration]| waits.is_sorted();
        assert!(sorted(&config.retries) && sorted(&config.channel_retries));
    }

    #[test]
    fn waits_vary_honour_the_receiver_and_end() {
        let waits = [Duration::from_secs(10), Duration::from_secs(100)];
        let at = |attempt, asked: Option<u64>, chance| {
            let asked = asked.map(Duration::from_secs);
            next_try(&waits, attempt, Timestamp::UNIX_EPOCH, asked, chance).map(Timestamp::as_millisecond)
        };
        assert_eq!(at(1, None, 0.5), Some(10_000));
        assert_eq!((at(1, None, 0.0), at(1, None, 1.0)), (Some(9_000), Some(11_000)));
        assert_eq!(at(2, Some(30), 0.5), Some(100_000));
        assert_eq!((at(1, Some(30), 0.0), at(1, Some(30), 1.0)), (Some(30_000), Some(33_000)));
        assert_eq!((at(3, Some(30), 0.5), at(0, None, 0.5)), (None, None));
    }
}
