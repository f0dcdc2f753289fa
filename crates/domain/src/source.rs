//! How it stands with the watching of one page: whether we can see it, since when not, and when to look
//! again. A page that we cannot see is unknown, never what it was.

use crate::component::ComponentState;
use jiff::{SignedDuration, Timestamp};

/// Longest wait between two looks at a page that fails.
const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_mins(30);
/// A page counts as out of sight after this many intervals without a good look. One lost answer is the
/// network's ordinary noise and no news.
const INTERVALS_UNTIL_UNKNOWN: i32 = 3;

/// What is known of our own looking at a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The last look that worked.
    pub last_ok_at: Option<Timestamp>,
    /// The first of the failed looks since then.
    pub failing_since: Option<Timestamp>,
    /// How many failed since then.
    pub failures: u32,
    /// Why the last one failed, one sentence.
    pub last_error: Option<String>,
}

/// How one look went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The page answered and was understood, changed or not.
    Good {
        /// For how long the page said its answer may be kept.
        max_age: Option<SignedDuration>,
    },
    /// It did not answer, or what it answered could not be understood.
    Failed {
        /// Why, one sentence.
        error: String,
        /// Whether trying again soon is worth it (a timeout) or not (not found, refused).
        soon: bool,
        /// How long the page asked us to stay away.
        retry_after: Option<SignedDuration>,
    },
}

impl Health {
    /// What is known after one more look.
    #[must_use]
    pub fn after(&self, look: &Look, now: Timestamp) -> Self {
        match look {
            Look::Good { .. } => Self { last_ok_at: Some(now), ..Self::default() },
            Look::Failed { error, .. } => Self {
                last_ok_at: self.last_ok_at,
                failing_since: self.failing_since.or(Some(now)),
                failures: self.failures.saturating_add(1),
                last_error: Some(error.clone()),
            },
        }
    }

    /// Since when the page is out of our sight, if it is: `watched_since` stands in where no look ever
    /// worked.
    pub fn unknown_since(
        &self,
        watched_since: Timestamp,
        interval: SignedDuration,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let seen_at = self.last_ok_at.unwrap_or(watched_since);
        let never_seen = self.last_ok_at.is_none();
        let overdue = now.duration_since(seen_at) > interval * INTERVALS_UNTIL_UNKNOWN;
        (never_seen || overdue).then_some(seen_at)
    }

    /// The state to show for a page whose last good look gave `recorded`.
    pub fn shown(
        &self,
        recorded: ComponentState,
        watched_since: Timestamp,
        interval: SignedDuration,
        now: Timestamp,
    ) -> ComponentState {
        match self.unknown_since(watched_since, interval, now) {
            Some(_) => ComponentState::Unknown,
            None => recorded,
        }
    }
}

/// When to look again. `jitter` is a random number in 0..1, drawn by the caller, that spreads the looks
/// over a tenth of the interval so that many pages do not come due together.
pub fn next_look_at(
    health: &Health,
    look: &Look,
    interval: SignedDuration,
    jitter: f64,
    now: Timestamp,
) -> Timestamp {
    let wait = match look {
        // A page may ask us to come less often, up to five times; it may not make us blind.
        Look::Good { max_age } => max_age.unwrap_or(interval).clamp(interval, interval * 5),
        Look::Failed { soon, retry_after, .. } => {
            let base = if *soon { interval / 2 } else { interval * 2 };
            let doublings = health.failures.saturating_sub(1).min(8);
            let backoff = (base * 2_i32.pow(doublings)).min(LONGEST_BACKOFF.max(interval));
            backoff.max(retry_after.unwrap_or(SignedDuration::ZERO).min(SignedDuration::from_hours(24)))
        }
    };
    let spread = interval.mul_f64((jitter.clamp(0.0, 1.0) - 0.5) * 0.1);
    let at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    at.saturating_add(spread).unwrap_or(Timestamp::MAX).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn failed() -> Look {
        Look::Failed { error: "timeout".into(), soon: true, retry_after: None }
    }

    #[test]
    fn a_page_that_fails_becomes_unknown_since_its_last_good_look() {
        let good = Look::Good { max_age: None };
        let health = Health::default().after(&good, at(1_000));
        let one = health.after(&failed(), at(1_060));
        assert_eq!(one.unknown_since(at(0), MINUTE, at(1_060)), None);
        let more = one.after(&failed(), at(1_200));
        assert_eq!(more.unknown_since(at(0), MINUTE, at(1_200)), Some(at(1_000)));
        assert_eq!(more.failing_since, Some(at(1_060)));
        assert_eq!(
            more.shown(ComponentState::Operational, at(0), MINUTE, at(1_200)),
            ComponentState::Unknown
        );
        let back = more.after(&good, at(1_260));
        assert_eq!(
            back.shown(ComponentState::Operational, at(0), MINUTE, at(1_261)),
            ComponentState::Operational
        );
    }

    #[test]
    fn a_page_never_seen_is_unknown_from_the_first_moment() {
        assert_eq!(Health::default().unknown_since(at(5), MINUTE, at(5)), Some(at(5)));
    }

    #[test]
    fn failures_back_off_to_a_bound_and_retry_after_is_honoured() {
        let mut health = Health::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            health = health.after(&failed(), at(0));
            waits.push(next_look_at(&health, &failed(), MINUTE, 0.5, at(0)).as_second());
        }
        assert_eq!(waits[..4], [30, 60, 120, 240]);
        assert_eq!(waits[11], 30 * 60);
        let asked = Look::Failed { error: "429".into(), soon: true, retry_after: Some(MINUTE * 10) };
        assert_eq!(next_look_at(&Health::default(), &asked, MINUTE, 0.5, at(0)), at(600));
    }

    #[test]
    fn max_age_stretches_the_interval_within_bounds_and_jitter_stays_small() {
        let look = |age: i64| Look::Good { max_age: Some(SignedDuration::from_secs(age)) };
        let next =
            |age, jitter| next_look_at(&Health::default(), &look(age), MINUTE, jitter, at(0)).as_second();
        assert_eq!(next(5, 0.5), 60);
        assert_eq!(next(90, 0.5), 90);
        assert_eq!(next(86_400, 0.5), 300);
        assert_eq!((next(5, 0.0), next(5, 1.0)), (57, 63));
    }
}
