//! A chart of a few lines over time, as inline SVG: the same before any script ran, in print, and where
//! scripts are off. `static/reads.js` draws the same picture anew while seconds come in.
//!
//! Drawn here and not by a library in the browser: the page has to be usable without a script, so the
//! picture has to exist on the server anyway, and two renderers would be two looks.

pub use super::axis::{HEIGHT, Values, WIDTH};

use super::axis::{Axis, x_of};
use super::figure::Unit;
use super::html::Html;
use domain::Timestamp;
use domain::reads::Series;
use domain::time::Window;
use std::fmt::Write as _;

/// How a chart is drawn: the same for every node.
#[derive(Debug)]
pub struct ChartSpec {
    /// Name in addresses and scripts.
    pub name: &'static str,
    /// Title.
    pub title: &'static str,
    /// What its values measure.
    pub unit: Unit,
    /// Whether each step of the axis is ten times the one before: a stall is a thousand times slower.
    pub logarithmic: bool,
    /// Whether a step is told by its greatest value, and not by its mean: one slow read in a minute counts.
    pub by_greatest: bool,
    /// Its lines, and what they are called here.
    pub lines: &'static [(Series, &'static str)],
}

/// The charts of a node.
pub const CHARTS: &[ChartSpec] = &[
    ChartSpec {
        name: "probes",
        title: "Probe latency",
        unit: Unit::Ms,
        logarithmic: true,
        by_greatest: true,
        lines: &[
            (Series::HotMs, "hot read"),
            (Series::ColdMs, "cold read"),
            (Series::AppMs, "application’s way"),
            (Series::HelloMs, "hello"),
            (Series::FreshMs, "fresh connection"),
        ],
    },
    ChartSpec {
        name: "in-flight",
        title: "In flight and waiting",
        unit: Unit::Count,
        logarithmic: false,
        by_greatest: true,
        lines: &[
            (Series::InFlight, "in flight"),
            (Series::OldReads, "older than 1 s"),
            (Series::QueuedReaders, "queued"),
        ],
    },
    ChartSpec {
        name: "ages",
        title: "Age and duration of reads",
        unit: Unit::Ms,
        logarithmic: true,
        by_greatest: true,
        lines: &[(Series::OldestReadMs, "oldest in flight"), (Series::ReadMs, "completed, mean")],
    },
    ChartSpec {
        name: "rates",
        title: "Operations completed",
        unit: Unit::PerS,
        logarithmic: false,
        by_greatest: false,
        lines: &[(Series::ReadsPerS, "reads"), (Series::WritesPerS, "writes")],
    },
    ChartSpec {
        name: "tickets",
        title: "Tickets and connections",
        unit: Unit::Count,
        logarithmic: false,
        by_greatest: true,
        lines: &[(Series::ReadTicketsOut, "read tickets out"), (Series::Connections, "connections")],
    },
    ChartSpec {
        name: "cache",
        title: "Cache",
        unit: Unit::Percent,
        logarithmic: false,
        by_greatest: false,
        lines: &[(Series::CacheUsedPercent, "in use"), (Series::CacheDirtyPercent, "dirty")],
    },
    ChartSpec {
        name: "work",
        title: "Work behind the reads",
        unit: Unit::PerS,
        logarithmic: true,
        by_greatest: false,
        lines: &[
            (Series::ScannedPerS, "documents examined"),
            (Series::PagesReadPerS, "pages from disk"),
            (Series::AppEvictionsPerS, "evictions by clients"),
        ],
    },
];

/// A stretch of time that is drawn over the lines.
#[derive(Clone, Debug)]
pub struct Band {
    /// When.
    pub window: Window,
    /// Class that gives the colour.
    pub tone: &'static str,
    /// Page that tells about it.
    pub href: Option<String>,
}

/// What a template prints of a chart.
#[derive(Clone, Debug)]
pub struct ChartView {
    /// Identifier in the page.
    pub id: String,
    /// How it is drawn.
    pub spec: &'static ChartSpec,
    /// Its lines.
    pub lines: Vec<LineView>,
    /// Words at the left: the greatest value, and what is in the middle and at the bottom.
    pub scale: [String; 3],
    /// The drawing.
    pub svg: Html,
    /// Rows of the table: when, and the value of each line.
    pub rows: Vec<(Html, Vec<String>)>,
}

/// One line in words.
#[derive(Clone, Debug)]
pub struct LineView {
    /// Name of the series.
    pub series: &'static str,
    /// What it is called in this chart.
    pub label: &'static str,
    /// The last value, as text.
    pub last: String,
    /// The greatest value, as text.
    pub greatest: String,
}

impl ChartSpec {
    fn axis(&self) -> Axis {
        Axis { unit: self.unit, logarithmic: self.logarithmic }
    }

    /// Draws the chart over a window.
    pub fn draw(
        &'static self,
        id: String,
        values: &[Values],
        window: Window,
        bands: &[Band],
        now: Timestamp,
    ) -> ChartView {
        let until = window.until.unwrap_or(now);
        let greatest = |values: &Values| values.iter().map(|(_, value)| *value).reduce(f32::max);
        let top = self.axis().top(values.iter().filter_map(greatest).reduce(f32::max).unwrap_or(0.0));
        let write = |value: Option<f32>| value.map_or_else(|| "–".to_owned(), |value| self.unit.write(value));
        let lines = self.lines.iter().zip(values).map(|((series, label), values)| LineView {
            series: series.spec().name,
            label,
            last: write(values.last().map(|(_, value)| *value)),
            greatest: write(greatest(values)),
        });
        ChartView {
            id,
            spec: self,
            lines: lines.collect(),
            scale: self.axis().scale(top),
            svg: self.svg(values, window.from, until, bands, top),
            rows: self.axis().rows(values, window.from, until),
        }
    }

    fn svg(&self, values: &[Values], from: Timestamp, until: Timestamp, bands: &[Band], top: f32) -> Html {
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <path class=\"grid\" d=\"M0 0H{WIDTH}M0 {0}H{WIDTH}M0 {HEIGHT}H{WIDTH}\"/>",
            HEIGHT / 2.0
        );
        for band in bands {
            let x = |at: Timestamp| x_of(at.clamp(from, until), from, until);
            let (left, right) = (x(band.window.from), x(band.window.until.unwrap_or(until)));
            let rect = format!(
                "<rect class=\"band {}\" x=\"{left:.1}\" y=\"0\" width=\"{:.1}\" height=\"{HEIGHT}\"/>",
                band.tone,
                (right - left).max(1.0)
            );
            // Writing to a string cannot fail.
            let _ = match &band.href {
                Some(href) => write!(svg, "<a href=\"{href}\" tabindex=\"-1\">{rect}</a>"),
                None => write!(svg, "{rect}"),
            };
        }
        for (index, ((series, _), values)) in self.lines.iter().zip(values).enumerate() {
            let path = self.axis().path(values, from, until, top);
            let name = series.spec().name;
            let _ = write!(svg, "<path class=\"s{index}\" data-series=\"{name}\" d=\"{path}\"/>");
        }
        svg.push_str("</svg>");
        Html(svg)
    }
}

/// A line without axes, for lists: the last minutes of one series.
pub fn spark(values: &Values, window: Window, now: Timestamp) -> Html {
    let spec = &CHARTS[0];
    let until = window.until.unwrap_or(now);
    let top = spec.axis().top(values.iter().map(|(_, value)| *value).reduce(f32::max).unwrap_or(0.0));
    let path = spec.axis().path(values, window.from, until, top);
    Html(format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path class=\"s0\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::axis::{MOST_POINTS, thinned};
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("in range")
    }

    #[test]
    fn a_line_has_a_hole_where_nothing_was_seen_and_few_points() {
        let spec = &CHARTS[0];
        let window = Window::closed(at(0), at(600));
        let values: Values = (0..100).chain(200..300).map(|second| (at(second), 1.0)).collect();
        let view = spec.draw("c".into(), &[values, vec![], vec![], vec![], vec![]], window, &[], at(600));
        let drawn = view.svg.as_str().split("data-series=\"hot_read_ms\" d=\"").nth(1).expect("a line");
        let drawn = drawn.split('"').next().expect("its path");
        assert_eq!(drawn.matches('M').count(), 2, "{drawn}");
        assert_eq!((view.lines[0].last.as_str(), view.lines[1].last.as_str()), ("1 ms", "–"));
        let many: Values = (0..5_000).map(|second| (at(second), 1.0)).collect();
        assert!(thinned(&many).len() <= MOST_POINTS);
        assert_eq!(view.rows.len(), 10);
        assert_eq!(view.rows[9].1[0], "–");
    }

    #[test]
    fn the_upper_edge_is_a_round_value_above_every_other() {
        let (log, linear) = (&CHARTS[0], &CHARTS[1]);
        let tops =
            [(log, 0.3, "10 ms"), (log, 30_000.0, "100 s"), (linear, 0.0, "5"), (linear, 412.0, "500")];
        for (spec, greatest, top) in tops {
            assert_eq!(spec.unit.write(spec.axis().top(greatest)), top);
            assert!(spec.axis().y(greatest, spec.axis().top(greatest)) >= 0.0);
        }
        assert_eq!(log.axis().y(0.1, 10.0).to_string(), HEIGHT.to_string());
        assert_eq!(log.axis().scale(1_000.0), ["1 s", "10 ms", "0.1 ms"]);
        assert_eq!(CHARTS[5].axis().scale(CHARTS[5].axis().top(3.0)), ["100 %", "50 %", "0 %"]);
    }
}
