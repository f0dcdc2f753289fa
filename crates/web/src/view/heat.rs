//! The heat map: how many reads of a namespace were at work on average, step by step.
//!
//! Five shades and no more: an eye tells no more apart, and each has its figure in the legend.

use super::axis::{HEIGHT, WIDTH, x_of};
use super::html::Html;
use domain::Timestamp;
use domain::time::{Window, render_duration, seconds_between};
use std::fmt::Write as _;
use store::HeatRow;

/// Reads at work on average from which on each shade is drawn.
const SHADES: [(f64, &str); 5] = [(0.001, "0.001"), (0.01, "0.01"), (0.1, "0.1"), (1.0, "1"), (10.0, "10")];

/// What a template prints of a heat map.
#[derive(Clone, Debug)]
pub struct HeatView {
    /// Its rows, the hottest first.
    pub rows: Vec<HeatRowView>,
    /// The legend: class and figure.
    pub legend: Vec<(String, &'static str)>,
}

/// One namespace.
#[derive(Clone, Debug)]
pub struct HeatRowView {
    /// Its name.
    pub namespace: String,
    /// Its cells.
    pub svg: Html,
    /// Read time in the window.
    pub total: String,
    /// Reads at work on average in the step in which there were most.
    pub peak: String,
}

impl HeatView {
    /// The map over a window.
    pub fn new(rows: &[HeatRow], window: Window, step_s: i64, now: Timestamp) -> Self {
        let until = window.until.unwrap_or(now);
        let legend = SHADES.iter().enumerate().map(|(level, (_, words))| (format!("h{level}"), *words));
        let rows = rows.iter().map(|row| row_view(row, window.from, until, step_s));
        Self { rows: rows.collect(), legend: legend.collect() }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shares of a step")]
fn row_view(row: &HeatRow, from: Timestamp, until: Timestamp, step_s: i64) -> HeatRowView {
    let busy = |read_us: i64| read_us as f64 / 1e6 / step_s as f64;
    let width = WIDTH * step_s as f32 / seconds_between(from, until).max(1) as f32;
    let mut paths = vec![String::new(); SHADES.len()];
    for (at, read_us) in &row.cells {
        let level = SHADES.iter().rposition(|(least, _)| busy(*read_us) >= *least);
        let Some(path) = level.and_then(|level| paths.get_mut(level)) else { continue };
        // Writing to a string cannot fail. A touch wider than the step, so that no seam shows.
        let _ = write!(path, "M{:.1} 0h{:.1}v{HEIGHT}h-{1:.1}z", x_of(*at, from, until), width * 1.02);
    }
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (level, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        let _ = write!(svg, "<path class=\"h{level}\" d=\"{path}\"/>");
    }
    svg.push_str("</svg>");
    let peak = row.cells.iter().map(|(_, read_us)| busy(*read_us)).fold(0.0, f64::max);
    let total_s = row.total_us / 1_000_000;
    HeatRowView {
        namespace: if row.namespace == store::readings::heat::REST {
            "all others".to_owned()
        } else {
            row.namespace.clone()
        },
        svg: Html(svg),
        total: if total_s < 1 { format!("{} ms", row.total_us / 1_000) } else { render_duration(total_s) },
        peak: format!("{peak:.2}"),
    }
}
