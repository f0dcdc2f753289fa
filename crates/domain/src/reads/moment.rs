//! A clock that never steps.

use std::fmt;
use std::ops::{Add, Sub};

/// A moment on a clock that never steps: microseconds since a point that only its source knows, such as
/// the start of the watcher. Wall clocks are set back and forth; ages and delays are never taken from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// `count` whole seconds after the zero point.
    pub const fn from_secs(count: i64) -> Self {
        Self(count * 1_000_000)
    }

    /// Microseconds from `earlier` to this; 0 where it is not earlier.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }

    /// Seconds from `earlier` to this; 0 where it is not earlier.
    pub fn secs_since(self, earlier: Self) -> f64 {
        secs(self.since(earlier))
    }
}

/// Microseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^52 microseconds, 142 years, nobody cares")]
pub fn secs(micros: i64) -> f64 {
    micros as f64 / 1e6
}

impl Add<i64> for Moment {
    type Output = Self;

    /// This many microseconds later.
    fn add(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }
}

impl Sub<i64> for Moment {
    type Output = Self;

    /// This many microseconds earlier.
    fn sub(self, micros: i64) -> Self {
        Self(self.0.saturating_sub(micros))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", secs(self.0))
    }
}
