//! The charts of a report as inline SVG. Never draws more than can be seen.

use super::{Chart, Drawing, Drawn, Key, Line, MOST_LINES, Span};
use crate::view::axis::{Axis, HEIGHT, Values, WIDTH, x_of};
use crate::view::clock;
use crate::view::html::Html;
use domain::Timestamp;
use domain::time::seconds_between;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Stretches of time that layers are added up in.
const STRETCHES: i64 = 120;

impl Chart {
    pub(super) fn draw(&self) -> Drawn<'_> {
        match &self.drawing {
            Drawing::Lines(lines, span) => self.lines(lines, span),
            Drawing::Stacked(layers, span) => self.stacked(layers, span),
            Drawing::Bars(bars) => self.bars(bars),
        }
    }

    fn lines<'r>(&'r self, lines: &'r [Line], span: &Span) -> Drawn<'r> {
        let lines = &lines[..lines.len().min(MOST_LINES)];
        let values: Vec<Values> = lines.iter().map(|line| line.values.clone()).collect();
        let top = self.axis().top(greatest(values.iter().flatten().map(|(_, value)| *value)));
        let mut svg = shaded(span);
        for (index, values) in values.iter().enumerate() {
            let path = self.axis().path(values, span.from, span.until, top);
            // Writing to a string cannot fail.
            let _ = write!(svg, "<path class=\"s{index}\" d=\"{path}\"/>");
        }
        self.over_time(lines, &values, span, (top, &svg))
    }

    fn stacked<'r>(&'r self, layers: &'r [Line], span: &Span) -> Drawn<'r> {
        let layers = &layers[..layers.len().min(MOST_LINES)];
        let length = stretch(layers, span);
        let stretches: Vec<_> = layers.iter().map(|layer| in_stretches(layer, length)).collect();
        let mut whole = BTreeMap::<i64, f32>::new();
        for (begin, value) in stretches.iter().flatten() {
            *whole.entry(*begin).or_default() += value;
        }
        let axis = Axis { logarithmic: false, ..self.axis() };
        let top = axis.top(greatest(whole.values().copied()));
        let mut svg = shaded(span);
        let mut below = BTreeMap::<i64, f32>::new();
        let x = |second| Timestamp::from_second(second).map_or(0.0, |at| x_of(at, span.from, span.until));
        for (index, layer) in stretches.iter().enumerate() {
            let _ = write!(svg, "<path class=\"layer s{index}\" d=\"");
            for (begin, value) in layer.iter().filter(|(_, value)| **value > 0.0) {
                let height = below.entry(*begin).or_default();
                let bottom = axis.y(*height, top);
                *height += value;
                let upper = axis.y(*height, top);
                let _ = write!(
                    svg,
                    "M{:.1} {bottom:.2}V{upper:.2}H{:.1}V{bottom:.2}z",
                    x(*begin),
                    x(begin + length)
                );
            }
            svg.push_str("\"/>");
        }
        let values: Vec<Values> = layers.iter().map(|layer| layer.values.clone()).collect();
        self.over_time(layers, &values, span, (top, &svg))
    }

    fn over_time<'r>(
        &'r self,
        lines: &'r [Line],
        values: &[Values],
        span: &Span,
        (top, svg): (f32, &str),
    ) -> Drawn<'r> {
        let key = |line: &'r Line| Key {
            label: &line.label,
            greatest: self.unit.write(greatest(line.values.iter().map(|(_, value)| *value))),
        };
        Drawn {
            title: &self.title,
            keys: lines.iter().map(key).collect(),
            svg: framed(svg),
            scale: self.axis().scale(top),
            edges: [span.from, span.until].map(clock::full).to_vec(),
            even: false,
            head: lines.iter().map(|line| line.label.as_str()).collect(),
            rows: self.axis().rows(values, span.from, span.until),
        }
    }

    fn bars<'r>(&'r self, bars: &'r [(String, f32)]) -> Drawn<'r> {
        let top = self.axis().top(greatest(bars.iter().map(|(_, value)| *value)));
        let width = WIDTH / size(bars.len().max(1));
        let mut svg = String::new();
        for (index, (_, value)) in bars.iter().enumerate().filter(|(_, (_, value))| *value > 0.0) {
            let upper = self.axis().y(*value, top);
            let _ = write!(
                svg,
                "<rect class=\"bar s0\" x=\"{:.1}\" y=\"{upper:.2}\" width=\"{:.1}\" height=\"{:.2}\"/>",
                size(index) * width + width * 0.08,
                width * 0.84,
                HEIGHT - upper
            );
        }
        Drawn {
            title: &self.title,
            keys: Vec::new(),
            svg: framed(&svg),
            scale: self.axis().scale(top),
            edges: bars.iter().map(|(words, _)| Html::text(words)).collect(),
            even: true,
            head: vec!["Value"],
            rows: bars
                .iter()
                .map(|(words, value)| (Html::text(words), vec![self.unit.write(*value)]))
                .collect(),
        }
    }
}

fn framed(content: &str) -> Html {
    Html(format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path class=\"grid\" d=\"M0 0H{WIDTH}M0 {0}H{WIDTH}M0 {HEIGHT}H{WIDTH}\"/>{content}</svg>",
        HEIGHT / 2.0
    ))
}

fn shaded(span: &Span) -> String {
    let mut svg = String::new();
    for (from, until, worst) in &span.shaded {
        let [left, right] = [from, until].map(|at| x_of(*at, span.from, span.until));
        let tone = if *worst { "mo" } else { "dg" };
        let _ = write!(
            svg,
            "<rect class=\"band {tone}\" x=\"{left:.1}\" y=\"0\" width=\"{:.1}\" height=\"{HEIGHT}\"/>",
            (right - left).max(1.0)
        );
    }
    svg
}

/// How many seconds are added up in one: no fewer than lie between two values, and few enough to be seen apart.
fn stretch(layers: &[Line], span: &Span) -> i64 {
    let gap = |layer: &Line| {
        let mut seconds: Vec<i64> = layer.values.iter().map(|(at, _)| at.as_second()).collect();
        seconds.sort_unstable();
        seconds.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0).min()
    };
    let step = layers.iter().filter_map(gap).max().unwrap_or(1);
    let steps = seconds_between(span.from, span.until) / step;
    step * (steps / STRETCHES + 1)
}

/// The sums of a layer by the second in which each stretch begins.
fn in_stretches(layer: &Line, length: i64) -> BTreeMap<i64, f32> {
    let mut stretches = BTreeMap::new();
    for (at, value) in &layer.values {
        *stretches.entry(at.as_second() - at.as_second().rem_euclid(length)).or_default() += value;
    }
    stretches
}

fn greatest(values: impl Iterator<Item = f32>) -> f32 {
    values.reduce(f32::max).unwrap_or(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "stretches and bars are few")]
fn size(number: usize) -> f32 {
    number as f32
}
