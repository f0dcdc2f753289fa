//! Windows of time and how durations are written.
//!
//! Instants are [`jiff::Timestamp`] throughout: UTC, kept to the microsecond by the store. This module
//! never asks what time it is.

use jiff::Timestamp;

/// A stretch of time; `until` is `None` while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// First instant that belongs to the window.
    pub from: Timestamp,
    /// First instant after the window, or `None` while it is open.
    pub until: Option<Timestamp>,
}

impl Window {
    /// A window that has ended. An `until` before `from` gives an empty window at `from`.
    pub fn closed(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until: Some(until.max(from)) }
    }

    /// A window that still lasts.
    pub fn open(from: Timestamp) -> Self {
        Self { from, until: None }
    }

    /// Length in whole seconds, an open window being measured to `now`. Never negative.
    pub fn seconds(&self, now: Timestamp) -> i64 {
        seconds_between(self.from, self.until.unwrap_or(now))
    }

    /// Seconds that both windows share, open ends being measured to `now`.
    pub fn overlap_seconds(&self, other: &Self, now: Timestamp) -> i64 {
        let from = self.from.max(other.from);
        let until = self.until.unwrap_or(now).min(other.until.unwrap_or(now));
        seconds_between(from, until)
    }

    /// Whether the two share at least an instant. An empty window overlaps what it lies in.
    pub fn overlaps(&self, other: &Self) -> bool {
        let starts_before =
            |a: &Self, b: &Self| b.until.is_none_or(|until| a.from < until || a.from == b.from);
        starts_before(self, other) && starts_before(other, self)
    }

    /// Whether `at` lies in the window.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Whole seconds from `from` to `until`, zero where `until` lies before.
pub fn seconds_between(from: Timestamp, until: Timestamp) -> i64 {
    until.duration_since(from).as_secs().max(0)
}

/// A time of day as sentences write it: `17:00:02 UTC`.
pub fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC").to_string()
}

/// An instant as sentences write it: `2024-12-14 17:00:02 UTC`.
pub fn date_and_clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A duration as people write it on status pages: `45s`, `54m`, `1h 11m`, `2d 3h`.
///
/// Below an hour the unit is whole minutes, rounded down, below a minute seconds. Two units at most:
/// the third tells nobody anything.
pub fn render_duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let pair = |a: i64, unit_a: &str, b: i64, unit_b: &str| match b {
        0 => format!("{a}{unit_a}"),
        _ => format!("{a}{unit_a} {b}{unit_b}"),
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{minutes}m"),
        3_600..86_400 => pair(hours, "h", minutes, "m"),
        _ => pair(days, "d", hours, "h"),
    }
}

/// The same duration in words for sentences: `54 minutes`, `1 hour 11 minutes`.
pub fn spell_duration(seconds: i64) -> String {
    render_duration(seconds).split(' ').map(spell_unit).collect::<Vec<_>>().join(" ")
}

fn spell_unit(part: &str) -> String {
    let (number, unit) = part.split_at(part.len() - 1);
    let word = match unit {
        "d" => "day",
        "h" => "hour",
        "m" => "minute",
        _ => "second",
    };
    if number == "1" { format!("{number} {word}") } else { format!("{number} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_with_two_units_at_most() {
        let cases = [
            (-5, "0s"),
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (54 * 60, "54m"),
            (54 * 60 + 59, "54m"),
            (3_600, "1h"),
            (71 * 60, "1h 11m"),
            (86_400, "1d"),
            (2 * 86_400 + 3 * 3_600 + 59, "2d 3h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(render_duration(seconds), expected, "{seconds} s");
        }
        assert_eq!(spell_duration(71 * 60), "1 hour 11 minutes");
        assert_eq!(spell_duration(54 * 60), "54 minutes");
    }

    #[test]
    fn overlap_is_counted_on_both_open_and_closed_windows() {
        let at = |s: i64| Timestamp::from_second(s).expect("in range");
        let now = at(1_000);
        let a = Window::closed(at(100), at(200));
        assert_eq!(a.overlap_seconds(&Window::open(at(150)), now), 50);
        assert_eq!(a.overlap_seconds(&Window::closed(at(200), at(300)), now), 0);
        assert!(!a.overlaps(&Window::closed(at(200), at(300))));
        assert!(a.overlaps(&Window::open(at(199))));
        assert_eq!(Window::closed(at(300), at(200)).seconds(now), 0);
    }
}
