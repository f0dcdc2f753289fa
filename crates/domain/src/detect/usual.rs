//! What is usual: learned from quiet seconds only, per node, by figure, and by hour of the week.
//!
//! A median of the last quiet minutes adapts to today; a slowly moving median per hour of the week remembers
//! that Monday at nine is busier than Sunday at four, and survives a restart. Of the two the more tolerant
//! counts. Seconds wait a while before they are learned from, so that the beginning of an incident, which
//! looks quiet when it comes, teaches nothing.

use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// A figure of a node that has a usual value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    /// Slowest hot read, in seconds.
    Hot,
    /// Slowest cold read, in seconds.
    Cold,
    /// `hello` on the kept connection, in seconds.
    Hello,
    /// `hello` on a fresh connection, in seconds.
    Fresh,
    /// Read on the application's way, in seconds.
    App,
    /// 99th percentile of completed reads, in milliseconds.
    ReadP99,
    /// Completed reads a second.
    Reads,
    /// Requests a second.
    Requests,
    /// Client operations in flight.
    InFlight,
    /// Pages read into the cache a second.
    Pages,
    /// Processor use, in cores.
    Cpu,
    /// Mean time of a page read, in milliseconds.
    PageRead,
    /// Connections made a second.
    ConnectionsMade,
    /// Documents examined a second.
    Scanned,
    /// Reads that wait for a lock or ticket.
    Queued,
    /// Mean duration of completed reads, in milliseconds.
    ReadMean,
    /// Reads at work.
    Active,
}

const FIGURES: [(Figure, &str); 17] = [
    (Figure::Hot, "hot"),
    (Figure::Cold, "cold"),
    (Figure::Hello, "hello"),
    (Figure::Fresh, "fresh"),
    (Figure::App, "app"),
    (Figure::ReadP99, "read_p99"),
    (Figure::Reads, "reads"),
    (Figure::Requests, "requests"),
    (Figure::InFlight, "in_flight"),
    (Figure::Pages, "pages"),
    (Figure::Cpu, "cpu"),
    (Figure::PageRead, "page_read"),
    (Figure::ConnectionsMade, "connections_made"),
    (Figure::Scanned, "scanned"),
    (Figure::Queued, "queued"),
    (Figure::ReadMean, "read_mean"),
    (Figure::Active, "active"),
];

/// What one second showed.
pub(crate) type Figures = Vec<(Figure, f64)>;

/// Quiet seconds of which the median is taken.
const RECENT: usize = 120;
/// As many are needed before it counts.
const ENOUGH: usize = 5;
/// Seconds of an hour of the week that are needed before its memory counts.
const ENOUGH_OF_AN_HOUR: u32 = 60;
/// Seconds that wait before they are learned from.
pub(super) const DELAY: usize = 10;
/// Hours of a week.
const HOURS: usize = 168;

/// What is usual on one node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usual {
    recent: BTreeMap<Figure, VecDeque<f32>>,
    medians: BTreeMap<Figure, f64>,
    weekly: BTreeMap<Figure, Vec<Hour>>,
    waiting: VecDeque<Figures>,
    hour: usize,
}

/// Memory of one hour of the week: a median that moves a little towards each value.
#[derive(Clone, Copy, Debug, Default)]
struct Hour {
    median: f64,
    seconds: u32,
}

impl Usual {
    /// Usual value of a figure of which more is worse; `None` while nothing is known.
    pub(crate) fn high(&self, figure: Figure) -> Option<f64> {
        larger(self.medians.get(&figure).copied(), self.of_the_hour(figure))
    }

    /// Usual value of a figure of which less is worse.
    pub(crate) fn low(&self, figure: Figure) -> Option<f64> {
        match (self.medians.get(&figure).copied(), self.of_the_hour(figure)) {
            (Some(recent), Some(weekly)) => Some(recent.min(weekly)),
            (known, other) => known.or(other),
        }
    }

    fn of_the_hour(&self, figure: Figure) -> Option<f64> {
        let hour = self.weekly.get(&figure)?.get(self.hour)?;
        (hour.seconds >= ENOUGH_OF_AN_HOUR).then_some(hour.median)
    }

    /// Tells the time, from which the hour of the week follows (UTC).
    pub(crate) fn at(&mut self, wall: Timestamp) {
        self.hour = usize::try_from(wall.as_second().div_euclid(3600).rem_euclid(168)).unwrap_or(0) % HOURS;
    }

    /// A quiet second. It is learned from after [`DELAY`] more of them.
    pub(crate) fn quiet(&mut self, values: Figures) {
        self.waiting.push_back(values);
        if self.waiting.len() > DELAY
            && let Some(values) = self.waiting.pop_front()
        {
            self.learn(&values);
        }
    }

    /// The last seconds were not quiet after all.
    pub(crate) fn disturbed(&mut self) {
        self.waiting.clear();
    }

    fn learn(&mut self, values: &[(Figure, f64)]) {
        for (figure, value) in values {
            let recent = self.recent.entry(*figure).or_default();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a median of figures needs no more than 24 bits"
            )]
            recent.push_back(*value as f32);
            if recent.len() > RECENT {
                recent.pop_front();
            }
            if recent.len() >= ENOUGH {
                self.medians.insert(*figure, median(recent));
            }
            let weekly = self.weekly.entry(*figure).or_insert_with(|| vec![Hour::default(); HOURS]);
            if let Some(hour) = weekly.get_mut(self.hour) {
                hour.move_towards(*value);
            }
        }
    }

    /// Lines of the memory of `node`: what [`Usual::remember`] reads.
    pub(crate) fn lines(&self, node: &str) -> impl Iterator<Item = String> {
        let node = node.to_owned();
        let known = self.weekly.iter().map(|(figure, hours)| {
            let slots = hours.iter().enumerate().filter(|(_, hour)| hour.seconds > 0);
            let slots: Vec<String> =
                slots.map(|(index, hour)| format!("{index}={:.5}*{}", hour.median, hour.seconds)).collect();
            format!("{node} {} {}", FIGURES[*figure as usize].1, slots.join(" "))
        });
        known.collect::<Vec<_>>().into_iter()
    }

    /// Reads a line without its node; what it does not understand it leaves.
    pub(crate) fn remember(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let Some((figure, _)) = FIGURES.iter().find(|(_, known)| *known == name) else { return };
        let hours = self.weekly.entry(*figure).or_insert_with(|| vec![Hour::default(); HOURS]);
        for word in words {
            let parsed = word.split_once('=').and_then(|(index, rest)| {
                let (median, seconds) = rest.split_once('*')?;
                Some((
                    index.parse::<usize>().ok()?,
                    median.parse::<f64>().ok()?,
                    seconds.parse::<u32>().ok()?,
                ))
            });
            if let Some((index, median, seconds)) = parsed.filter(|(_, median, _)| median.is_finite())
                && let Some(hour) = hours.get_mut(index)
            {
                *hour = Hour { median, seconds };
            }
        }
    }
}

impl Hour {
    /// Moves by a share of the value that becomes smaller as more is known: towards the median, whatever
    /// the size of outliers.
    fn move_towards(&mut self, value: f64) {
        self.seconds = self.seconds.saturating_add(1);
        if self.seconds == 1 {
            self.median = value;
            return;
        }
        let share = (1.0 / f64::from(self.seconds)).max(0.002);
        // Of the value itself only a little counts, so that a median of nothing can grow at all.
        let step = share * self.median.abs().max(0.05 * value.abs());
        let distance = value - self.median;
        self.median += distance.clamp(-step, step);
    }
}

fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (known, other) => known.or(other),
    }
}

fn median(values: &VecDeque<f32>) -> f64 {
    let mut sorted: Vec<f32> = values.iter().copied().collect();
    let middle = sorted.len() / 2;
    let (_, value, _) = sorted.select_nth_unstable_by(middle, f32::total_cmp);
    f64::from(*value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_teaches_nothing() {
        let mut usual = Usual::default();
        for _ in 0..60 {
            usual.quiet(vec![(Figure::Hot, 0.003)]);
        }
        for _ in 0..8 {
            usual.quiet(vec![(Figure::Hot, 9.0)]);
        }
        usual.disturbed();
        let known = usual.high(Figure::Hot).unwrap();
        assert!((known - 0.003).abs() < 1e-6, "{known}");
    }

    #[test]
    fn the_hour_of_the_week_is_remembered_over_a_restart() {
        let mut usual = Usual::default();
        let monday: Timestamp = "2024-12-16T09:30:00Z".parse().unwrap();
        usual.at(monday);
        for _ in 0..200 {
            usual.quiet(vec![(Figure::Reads, 900.0)]);
        }
        let lines: Vec<String> = usual.lines("db:1").collect();
        let mut later = Usual::default();
        for line in &lines {
            later.remember(line.strip_prefix("db:1 ").unwrap());
        }
        later.at(monday);
        assert!((later.high(Figure::Reads).unwrap() - 900.0).abs() < 1.0);
        later.at("2024-12-15T04:30:00Z".parse().unwrap());
        assert_eq!(later.high(Figure::Reads), None);
    }

    #[test]
    fn the_table_stands_in_the_order_of_the_enumeration() {
        for (index, (figure, _)) in FIGURES.iter().enumerate() {
            assert_eq!(*figure as usize, index);
        }
    }

    #[test]
    fn an_hour_moves_to_the_median_and_not_to_the_outliers() {
        let mut hour = Hour::default();
        for index in 0..2_000 {
            hour.move_towards(if index % 10 == 0 { 5_000.0 } else { 10.0 });
        }
        assert!(hour.median < 60.0, "{}", hour.median);
    }
}
