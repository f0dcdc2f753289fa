//! What all drawings over time share: how high a value stands, where an instant does, and how a line is drawn.

use super::clock;
use super::figure::Unit;
use super::html::Html;
use domain::Timestamp;
use domain::time::seconds_between;
use std::fmt::Write as _;

/// Width of the drawing in its own units; it is stretched to its place.
pub const WIDTH: f32 = 600.0;
/// Height of the drawing.
pub const HEIGHT: f32 = 100.0;
/// Points of a line in the page: more are less than a pixel.
pub(crate) const MOST_POINTS: usize = 300;
/// Rows of the table of values.
const ROWS: usize = 10;
/// Least value on a logarithmic axis, in milliseconds.
const LEAST: f32 = 0.1;

/// Values of one series, oldest first.
pub type Values = Vec<(Timestamp, f32)>;

/// The axis of the values of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What they measure.
    pub unit: Unit,
    /// Whether each step of it is ten times the one before: a stall is a thousand times slower.
    pub logarithmic: bool,
}

impl Axis {
    /// The value at the upper edge: a round one.
    pub(crate) fn top(self, greatest: f32) -> f32 {
        if self.logarithmic {
            return 10_f32.powf(greatest.max(10.0).log10().ceil());
        }
        if self.unit == Unit::Percent {
            return 100.0;
        }
        let greatest = greatest.max(4.0);
        let power = 10_f32.powf(greatest.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0];
        steps.into_iter().map(|step| step * power).find(|top| *top >= greatest).unwrap_or(greatest)
    }

    pub(crate) fn scale(self, top: f32) -> [String; 3] {
        let (middle, bottom) =
            if self.logarithmic { ((top * LEAST).sqrt(), LEAST) } else { (top / 2.0, 0.0) };
        [top, middle, bottom].map(|value| self.unit.write(value))
    }

    /// How high a value is drawn.
    pub(crate) fn y(self, value: f32, top: f32) -> f32 {
        let share = if self.logarithmic {
            (value.max(LEAST) / LEAST).log10() / (top / LEAST).log10()
        } else {
            value / top
        };
        HEIGHT * (1.0 - share.clamp(0.0, 1.0))
    }

    /// A line, with a hole where nothing was seen.
    pub(crate) fn path(self, values: &Values, from: Timestamp, until: Timestamp, top: f32) -> String {
        let values = thinned(values);
        let mut path = String::new();
        let step = usual_gap(&values);
        let mut before = None;
        for (at, value) in &values {
            let gap = before.is_none_or(|before| seconds_between(before, *at) > step * 3);
            let letter = if gap { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", x_of(*at, from, until), self.y(*value, top));
            before = Some(*at);
        }
        // A line of one point would not be seen.
        if values.len() == 1 {
            path.push_str("h1");
        }
        path
    }

    /// The greatest value of each of a few stretches.
    pub(crate) fn rows(
        self,
        values: &[Values],
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<(Html, Vec<String>)> {
        let length = seconds_between(from, until).max(1);
        let rows = i64::try_from(ROWS).unwrap_or(1);
        let row = |number: i64| {
            let edge = |number: i64| from.as_second() + length * number / rows;
            let inside = |at: Timestamp| (edge(number)..edge(number + 1)).contains(&at.as_second());
            let cell = |values: &Values| {
                let found = values.iter().filter(|(at, _)| inside(*at)).map(|(_, value)| *value);
                found.reduce(f32::max).map_or_else(|| "–".to_owned(), |value| self.unit.write(value))
            };
            let at = Timestamp::from_second(edge(number)).unwrap_or(from);
            let when = if length > 86_400 { clock::short(at) } else { clock::of_day(at) };
            (when, values.iter().map(cell).collect())
        };
        (0..rows).map(row).collect()
    }
}

/// Where an instant is drawn.
#[expect(clippy::cast_precision_loss, reason = "seconds of a window are few")]
pub(crate) fn x_of(at: Timestamp, from: Timestamp, until: Timestamp) -> f32 {
    let length = seconds_between(from, until).max(1) as f32;
    (WIDTH * (at.as_second() - from.as_second()) as f32 / length).clamp(0.0, WIDTH)
}

/// At most so many points as can be told apart, the greatest of each stretch.
pub(crate) fn thinned(values: &Values) -> Values {
    let size = values.len().div_ceil(MOST_POINTS).max(1);
    let greatest =
        |chunk: &[(Timestamp, f32)]| chunk.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
    values.chunks(size).filter_map(greatest).collect()
}

/// Seconds between most points.
fn usual_gap(values: &Values) -> i64 {
    let mut gaps: Vec<i64> = values.windows(2).map(|pair| seconds_between(pair[0].0, pair[1].0)).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(1).max(1)
}
