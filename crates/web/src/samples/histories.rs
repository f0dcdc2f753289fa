//! Histories of ninety days.

use super::{at, now};
use domain::component::ComponentState::{
    self, DegradedPerformance, MajorOutage, PartialOutage, UnderMaintenance,
};
use domain::time::Window;
use domain::uptime::{self, History};

/// How many days a history has.
pub const DAYS: usize = 90;

/// A history with these windows, watched since `since`.
pub fn of(since: &str, windows: &[(ComponentState, &str, &str)]) -> History {
    let windows: Vec<_> =
        windows.iter().map(|(state, from, until)| (*state, Window::closed(at(from), at(until)))).collect();
    uptime::history(&windows, at(since), now(), DAYS)
}

/// Ninety quiet days.
pub fn quiet() -> History {
    of("2024-01-01T00:00:00Z", &[])
}

/// Some bad days of every kind.
pub fn mixed() -> History {
    of(
        "2024-12-01T00:00:00Z",
        &[
            (DegradedPerformance, "2024-12-14T17:33:00Z", "2024-12-14T18:27:00Z"),
            (PartialOutage, "2025-01-07T03:10:00Z", "2025-01-07T05:00:00Z"),
            (UnderMaintenance, "2025-01-18T22:00:00Z", "2025-01-18T23:30:00Z"),
            (MajorOutage, "2025-01-29T14:00:00Z", "2025-01-30T01:20:00Z"),
            (DegradedPerformance, "2025-02-04T09:00:00Z", "2025-02-04T09:25:00Z"),
        ],
    )
}

/// Quiet until this morning.
pub fn broken_today() -> History {
    of(
        "2024-01-01T00:00:00Z",
        &[
            (PartialOutage, "2025-01-11T10:00:00Z", "2025-01-11T10:40:00Z"),
            (MajorOutage, "2025-02-12T08:52:00Z", "2025-02-12T09:41:00Z"),
        ],
    )
}

/// Watched since last week.
pub fn young() -> History {
    of("2025-02-06T11:00:00Z", &[(DegradedPerformance, "2025-02-09T11:00:00Z", "2025-02-09T11:20:00Z")])
}
