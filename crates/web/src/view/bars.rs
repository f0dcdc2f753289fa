//! A history as a row of bars, one for each day. Worse days stand taller and unknown ones are stubs, so
//! that the row can be read without its colours. Equal neighbours are one dashed stroke: a quiet quarter
//! is a hundred bytes.

use super::sign::tone;
use crate::language::{Words, fill};
use askama::Template;
use askama::filters::HtmlSafe;
use domain::component::ComponentState;
use domain::uptime::{Day, History};
use std::fmt::Write as _;

/// Width of a day in units of the drawing: three of ink and one of gap, as the dashes in the style sheet.
const DAY_WIDTH: usize = 4;
/// Height of the drawing.
const HEIGHT: u32 = 32;

/// The row of bars of one history.
#[derive(Clone, Debug, Template)]
#[template(path = "components/bars.html")]
pub struct Bars {
    /// Width of the drawing.
    width: usize,
    /// Strokes: class, path, words.
    strokes: Vec<Stroke>,
    /// What the row shows, in words.
    pub label: String,
    /// Share of the known time without outage, `99.94%`.
    pub uptime: Option<String>,
    /// "90 days", or "12 of 90 days known" where not all are.
    pub extent: String,
    /// How many days there are.
    pub days: usize,
}

impl HtmlSafe for Bars {}

#[derive(Clone, Debug)]
struct Stroke {
    tone: &'static str,
    path: String,
    title: String,
}

impl Bars {
    /// The row with words on each stroke, for a page of one source.
    pub fn new(history: &History, words: &Words) -> Self {
        Self::draw(history, words, true)
    }

    /// The row without words on its strokes, for long lists.
    pub fn compact(history: &History, words: &Words) -> Self {
        Self::draw(history, words, false)
    }

    fn draw(history: &History, words: &Words, titled: bool) -> Self {
        let mut strokes = Vec::new();
        let mut start = 0;
        for run in history.days.chunk_by(|a, b| a.state == b.state && !is_notable(a)) {
            let title = if titled { title(run, words) } else { String::new() };
            strokes.push(stroke(start, run, title));
            start += run.len();
        }
        Self {
            width: (history.days.len() * DAY_WIDTH).saturating_sub(1).max(1),
            strokes,
            label: label(history, words),
            uptime: history.uptime().map(|share| words.share(share)),
            extent: extent(history, words),
            days: history.days.len(),
        }
    }
}

/// A day of which there is more to tell than that it was like its neighbours.
fn is_notable(day: &Day) -> bool {
    !matches!(day.state, ComponentState::Operational | ComponentState::Unknown)
}

fn stroke(start: usize, run: &[Day], title: String) -> Stroke {
    let state = run[0].state;
    let mut path = String::new();
    let middle = HEIGHT - height(state) / 2;
    // Writing to a string cannot fail.
    let _ = write!(path, "M{} {middle}h{}", start * DAY_WIDTH, run.len() * DAY_WIDTH - 1);
    Stroke { tone: tone(state), path, title }
}

/// How tall a day stands; `.bars` in the style sheet gives the strokes the same widths.
fn height(state: ComponentState) -> u32 {
    match state {
        ComponentState::Unknown => 6,
        ComponentState::Operational | ComponentState::UnderMaintenance => 20,
        ComponentState::DegradedPerformance => 24,
        ComponentState::PartialOutage => 28,
        ComponentState::MajorOutage => HEIGHT,
    }
}

fn title(run: &[Day], words: &Words) -> String {
    let (first, last) = (&run[0], &run[run.len() - 1]);
    let day = |day: &Day| words.short_date(day.date);
    let when = match run.len() {
        1 => day(first),
        _ => fill(words.from_to, &[("from", &day(first)), ("until", &day(last))]),
    };
    let (state, lengths) = ((words.component_inside)(first.state), lengths(first, words));
    let comma = if lengths.is_empty() { "" } else { ", " };
    format!("{when}: {state}{comma}{lengths}")
}

/// "54m of outage, 2h degraded" of one day.
pub fn lengths(day: &Day, words: &Words) -> String {
    let part = |seconds: i64, sentence: &str| {
        (seconds > 0).then(|| fill(sentence, &[("age", &words.span(seconds))]))
    };
    let parts = [part(day.outage_seconds, words.outage_for), part(day.degraded_seconds, words.degraded_for)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn label(history: &History, words: &Words) -> String {
    let mut counts = Vec::new();
    for state in ComponentState::ALL {
        let count = history.days.iter().filter(|day| day.state == state).count();
        if count > 0 {
            counts.push(format!("{count} {}", (words.component_inside)(state)));
        }
    }
    let days = fill(words.last_days, &[("n", &history.days.len().to_string())]);
    format!("{days}: {}", counts.join(", "))
}

fn extent(history: &History, words: &Words) -> String {
    let (known, all) = (history.known_days(), history.days.len());
    if known == all {
        return words.days.of(i64::try_from(all).unwrap_or(i64::MAX));
    }
    fill(words.days_known, &[("known", &known.to_string()), ("n", &all.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::time::Window;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("RFC 3339")
    }

    #[test]
    fn quiet_days_are_one_stroke_and_each_bad_day_its_own() {
        let windows = [
            (
                ComponentState::PartialOutage,
                Window::closed(at("2024-12-10T17:00:00Z"), at("2024-12-10T17:54:00Z")),
            ),
            (
                ComponentState::PartialOutage,
                Window::closed(at("2024-12-11T17:00:00Z"), at("2024-12-11T18:00:00Z")),
            ),
        ];
        let history =
            domain::uptime::history(&windows, at("2024-12-06T00:00:00Z"), at("2024-12-14T12:00:00Z"), 12);
        let bars = Bars::new(&history, Words::of(domain::Language::English));
        let paths: Vec<_> = bars.strokes.iter().map(|s| (s.tone, s.path.as_str())).collect();
        assert_eq!(
            paths,
            [
                ("un", "M0 29h11"),
                ("ok", "M12 22h15"),
                ("po", "M28 18h3"),
                ("po", "M32 18h3"),
                ("ok", "M36 22h11")
            ]
        );
        assert_eq!(bars.strokes[2].title, "10 Dec: partial outage, 54m of outage");
        assert_eq!(bars.label, "Last 12 days: 7 operational, 3 unknown, 2 partial outage");
        assert_eq!(bars.extent, "9 of 12 days known");
    }
}
