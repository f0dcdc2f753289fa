//! Days and shares of time from windows: the 90-day bars. Time of which nobody knows anything is counted
//! as unknown, neither up nor down.

use crate::component::ComponentState;
use crate::time::Window;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Seconds of a day, UTC.
const DAY_SECONDS: i64 = 86_400;

/// One bar: one day in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// The worst that was known of it; [`ComponentState::Unknown`] where nothing was known at all.
    pub state: ComponentState,
    /// Seconds in partial or major outage.
    pub outage_seconds: i64,
    /// Seconds of degraded performance.
    pub degraded_seconds: i64,
    /// Seconds of which anything was known.
    pub known_seconds: i64,
}

/// A history of days and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Days, oldest first, today last.
    pub days: Vec<Day>,
}

impl History {
    /// Share of the known time without partial or major outage, 0 to 1; `None` where nothing is known.
    /// Degraded performance and maintenance are shown but are not counted as down.
    pub fn uptime(&self) -> Option<f64> {
        let known: i64 = self.days.iter().map(|day| day.known_seconds).sum();
        let down: i64 = self.days.iter().map(|day| day.outage_seconds).sum();
        #[expect(clippy::cast_precision_loss, reason = "90 days of seconds fit into 24 bits")]
        (known > 0).then(|| 1.0 - down as f64 / known as f64)
    }

    /// Known days.
    pub fn known_days(&self) -> usize {
        self.days.iter().filter(|day| day.known_seconds > 0).count()
    }
}

/// The last `days` days up to `now`. `windows` say when it was how; time since `known_since` that no
/// window covers was operational; time before is unknown.
pub fn history(
    windows: &[(ComponentState, Window)],
    known_since: Timestamp,
    now: Timestamp,
    days: usize,
) -> History {
    let today = now.as_second().div_euclid(DAY_SECONDS);
    let count = i64::try_from(days).unwrap_or(0);
    let days =
        (today - count + 1..=today).filter_map(|number| day(number, windows, known_since, now)).collect();
    History { days }
}

fn day(
    number: i64,
    windows: &[(ComponentState, Window)],
    known_since: Timestamp,
    now: Timestamp,
) -> Option<Day> {
    let from = Timestamp::from_second(number * DAY_SECONDS).ok()?;
    let until = Timestamp::from_second((number + 1) * DAY_SECONDS).ok()?;
    let whole = Window::closed(from, until);
    let known = Window::closed(from.max(known_since), until.min(now));
    let touching = || windows.iter().filter(|(_, window)| window.overlaps(&whole));
    let covered = touching().map(|(state, _)| *state);
    let seconds = |wanted: &dyn Fn(ComponentState) -> bool| {
        covered_seconds(touching().filter(|(state, _)| wanted(*state)), &whole, now)
    };
    let known_seconds = known.seconds(now).max(seconds(&|state| state != ComponentState::Unknown));
    let state = match known_seconds {
        0 => ComponentState::worst(covered),
        _ => ComponentState::worst(
            covered.filter(|state| *state != ComponentState::Unknown).chain([ComponentState::Operational]),
        ),
    };
    Some(Day {
        date: from.to_zoned(TimeZone::UTC).date(),
        state,
        outage_seconds: seconds(&|state| {
            matches!(state, ComponentState::PartialOutage | ComponentState::MajorOutage)
        }),
        degraded_seconds: seconds(&|state| state == ComponentState::DegradedPerformance),
        known_seconds,
    })
}

/// Seconds of `whole` that at least one of the windows covers: two incidents at once are not twice down.
fn covered_seconds<'a>(
    windows: impl Iterator<Item = &'a (ComponentState, Window)>,
    whole: &Window,
    now: Timestamp,
) -> i64 {
    let end = whole.until.unwrap_or(now).min(now);
    let mut spans: Vec<(Timestamp, Timestamp)> = windows
        .map(|(_, window)| (window.from.max(whole.from), window.until.unwrap_or(now).min(end)))
        .filter(|(from, until)| from < until)
        .collect();
    spans.sort_unstable();
    let mut covered = 0;
    let mut reached = whole.from;
    for (from, until) in spans {
        covered += crate::time::seconds_between(from.max(reached), until);
        reached = reached.max(until);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ComponentState::{DegradedPerformance, MajorOutage, Operational, PartialOutage, Unknown};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("RFC 3339")
    }

    #[test]
    fn overlapping_outages_count_once_and_days_before_the_watch_are_unknown() {
        let windows = [
            (MajorOutage, Window::closed(at("2024-12-14T17:00:00Z"), at("2024-12-14T18:00:00Z"))),
            (PartialOutage, Window::closed(at("2024-12-14T17:30:00Z"), at("2024-12-14T18:30:00Z"))),
            (DegradedPerformance, Window::closed(at("2024-12-14T23:00:00Z"), at("2024-12-15T01:00:00Z"))),
        ];
        let history = history(&windows, at("2024-12-14T00:00:00Z"), at("2024-12-15T12:00:00Z"), 3);
        let states: Vec<_> = history.days.iter().map(|day| day.state).collect();
        assert_eq!(states, [Unknown, MajorOutage, DegradedPerformance]);
        assert_eq!(history.days[1].outage_seconds, 5_400);
        assert_eq!(history.days[1].degraded_seconds, 3_600);
        assert_eq!(history.days[2].known_seconds, 12 * 3_600);
        let uptime = history.uptime().expect("something is known");
        assert!((uptime - (1.0 - 5_400.0 / (36.0 * 3_600.0))).abs() < 1e-9);
    }

    #[test]
    fn a_quiet_day_is_green_only_if_somebody_looked() {
        let history = history(&[], at("2024-12-15T00:00:00Z"), at("2024-12-15T06:00:00Z"), 2);
        assert_eq!(history.days[0].state, Unknown);
        assert_eq!(history.days[1].state, Operational);
        assert_eq!(history.uptime(), Some(1.0));
    }
}
