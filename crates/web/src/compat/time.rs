//! Instants as Statuspage writes them: UTC, with milliseconds.

use domain::Timestamp;
use serde::{Serialize, Serializer};

/// An instant, `2024-12-14T17:33:00.000Z`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}
