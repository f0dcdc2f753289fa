//! A history as a row of bars, one for each day. Worse days stand taller and unknown ones are stubs, so
//! that the row can be read without its colours. Equal neighbours are one dashed stroke: a quiet quarter
//! is a hundred bytes.

use super::clock::short_date;
use super::sign::tone;
use askama::Template;
use askama::filters::HtmlSafe;
use domain::component::ComponentState;
use domain::time::render_duration;
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
    /// How many days are known.
    pub known_days: usize,
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
    pub fn new(history: &History) -> Self {
        Self::draw(history, true)
    }

    /// The row without words on its strokes, for long lists.
    pub fn compact(history: &History) -> Self {
        Self::draw(history, false)
    }

    fn draw(history: &History, titled: bool) -> Self {
        let mut strokes = Vec::new();
        let mut start = 0;
        for run in history.days.chunk_by(|a, b| a.state == b.state && !is_notable(a)) {
            strokes.push(stroke(start, run, titled));
            start += run.len();
        }
        Self {
            width: (history.days.len() * DAY_WIDTH).saturating_sub(1).max(1),
            strokes,
            label: label(history),
            uptime: history.uptime().map(percent),
            known_days: history.known_days(),
            days: history.days.len(),
        }
    }

    /// "90 days", or "12 of 90 days" where not all are known.
    pub fn extent(&self) -> String {
        if self.known_days == self.days {
            format!("{} days", self.days)
        } else {
            format!("{} of {} days known", self.known_days, self.days)
        }
    }
}

/// A day of which there is more to tell than that it was like its neighbours.
fn is_notable(day: &Day) -> bool {
    !matches!(day.state, ComponentState::Operational | ComponentState::Unknown)
}

fn stroke(start: usize, run: &[Day], titled: bool) -> Stroke {
    let state = run[0].state;
    let mut path = String::new();
    let middle = HEIGHT - height(state) / 2;
    // Writing to a string cannot fail.
    let _ = write!(path, "M{} {middle}h{}", start * DAY_WIDTH, run.len() * DAY_WIDTH - 1);
    Stroke { tone: tone(state), path, title: if titled { title(run) } else { String::new() } }
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

fn title(run: &[Day]) -> String {
    let (first, last) = (&run[0], &run[run.len() - 1]);
    let when = match run.len() {
        1 => short_date(first.date),
        _ => format!("{} to {}", short_date(first.date), short_date(last.date)),
    };
    format!("{when}: {}", words(first))
}

fn words(day: &Day) -> String {
    let (state, lengths) = (day.state.label().to_lowercase(), lengths(day));
    if lengths.is_empty() { state } else { format!("{state}, {lengths}") }
}

/// "54m of outage, 2h degraded" of one day.
pub fn lengths(day: &Day) -> String {
    let mut parts = Vec::new();
    if day.outage_seconds > 0 {
        parts.push(format!("{} of outage", render_duration(day.outage_seconds)));
    }
    if day.degraded_seconds > 0 {
        parts.push(format!("{} degraded", render_duration(day.degraded_seconds)));
    }
    parts.join(", ")
}

fn label(history: &History) -> String {
    let mut counts = Vec::new();
    for state in ComponentState::ALL {
        let count = history.days.iter().filter(|day| day.state == state).count();
        if count > 0 {
            counts.push(format!("{count} {}", state.label().to_lowercase()));
        }
    }
    format!("Last {} days: {}", history.days.len(), counts.join(", "))
}

/// `99.94%`: rounded down, so that 100% means that nothing was out at all.
pub fn percent(share: f64) -> String {
    let hundredths = (share.clamp(0.0, 1.0) * 10_000.0 + 1e-6).floor() / 100.0;
    if hundredths >= 100.0 { "100%".to_owned() } else { format!("{hundredths:.2}%") }
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
        let bars = Bars::new(&history);
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
        assert_eq!(bars.extent(), "9 of 12 days known");
    }

    #[test]
    fn a_share_never_rounds_up_to_all() {
        assert_eq!(percent(1.0), "100%");
        assert_eq!(percent(0.999_999), "99.99%");
        assert_eq!(percent(0.9994), "99.94%");
        assert_eq!(percent(0.0), "0.00%");
    }
}
