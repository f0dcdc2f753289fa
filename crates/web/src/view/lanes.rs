//! The three clocks of an incident, side by side as lanes on one axis: when it was felt, when its page
//! said so, when we saw it. Positions are percentages, so that the drawing stretches and its words do
//! not.

use super::html::Html;
use super::{Voice, clock, sign};
use crate::language::fill;
use domain::time::Window;
use domain::{Incident, Kind, State, Timestamp};
use jiff::tz::TimeZone;

/// Steps between the marks of the axis, in seconds; the first that gives at most five marks is taken.
const STEPS: [i64; 16] = [
    60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
    2_592_000,
];
/// Most marks on the axis: more do not fit on a phone.
const MARKS: i64 = 5;
/// Share of the drawing that stays free at either end, in percent.
const MARGIN: f64 = 2.0;

/// The lanes and their axis.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// From top to bottom.
    pub lanes: Vec<Lane>,
    /// Marks of the axis.
    pub marks: Vec<Mark>,
}

/// A mark of the axis.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Position in percent.
    pub x: String,
    /// The hour or the day, UTC.
    pub words: String,
    /// For an hour: the instant, which the script writes in the reader's zone.
    pub at: Option<String>,
}

/// One clock.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Class of its bar.
    pub class: &'static str,
    /// Whose clock.
    pub name: &'static str,
    /// From its first instant to its last.
    pub span: Html,
    /// Its length.
    pub duration: String,
    /// Position of its bar in percent.
    pub x: String,
    /// Width of its bar in percent.
    pub width: String,
    /// Posts: position in percent, tone, words.
    pub dots: Vec<(String, &'static str, String)>,
}

impl Lanes {
    /// The lanes of an incident. There are none for what has not begun or lasted no time.
    pub fn new(incident: &Incident, voice: &Voice) -> Self {
        let now = voice.now;
        if incident.state == State::Scheduled {
            return Self::default();
        }
        let windows = windows(incident, voice);
        let from = windows.iter().map(|(_, _, window)| window.from).min().unwrap_or(now);
        let until = windows.iter().map(|(_, _, window)| window.until.unwrap_or(now)).max().unwrap_or(now);
        let axis = Axis { from: from.as_second(), span: until.as_second() - from.as_second() };
        if axis.span < 60 {
            return Self::default();
        }
        let lanes = windows.into_iter().map(|(class, name, window)| Lane {
            class,
            name,
            span: axis.span_of(window, voice),
            duration: voice.words.span(window.seconds(now)),
            x: percent(axis.place(window.from)),
            width: percent((axis.place(window.until.unwrap_or(now)) - axis.place(window.from)).max(0.5)),
            dots: if class == "lane-page" { dots(incident, &axis, voice) } else { Vec::new() },
        });
        Self { lanes: lanes.collect(), marks: axis.marks(voice) }
    }
}

/// What is known of each clock. Our own looking is left out where we came when it was over: a lane from
/// years later tells nothing of the incident.
fn windows(incident: &Incident, voice: &Voice) -> Vec<(&'static str, &'static str, Window)> {
    let words = voice.words;
    if incident.kind == Kind::Maintenance {
        let planned = incident.schedule.filter(|schedule| schedule.until.is_some());
        let planned = planned.map(|schedule| ("lane-seen", words.lane_planned, schedule));
        return planned
            .into_iter()
            .chain([("lane-page", words.lane_carried_out, incident.best_window())])
            .collect();
    }
    let clocks = &incident.clocks;
    let mut windows = Vec::new();
    if let Some(window) = incident.true_window() {
        windows.push(("lane-true", words.lane_true, window));
    }
    windows.push(("lane-page", words.lane_page, incident.published_window()));
    let own = matches!(incident.origin, domain::Origin::Own { .. });
    if !own && clocks.resolved_at.is_none_or(|resolved_at| clocks.seen_at <= resolved_at) {
        windows.push((
            "lane-seen",
            words.lane_seen,
            Window { from: clocks.seen_at, until: clocks.resolved_seen_at },
        ));
    }
    windows
}

fn dots(incident: &Incident, axis: &Axis, voice: &Voice) -> Vec<(String, &'static str, String)> {
    let posts = incident.updates.iter().filter(|update| update.withdrawn_at.is_none()).flat_map(|update| {
        let repeats = update.repeats.iter().map(|repeat| repeat.published_at);
        std::iter::once(update.published_at).chain(repeats).map(|at| (at, update.current().state))
    });
    let shown = posts.filter(|(at, _)| axis.holds(*at));
    shown
        .map(|(at, state)| {
            let words = format!("{} {}", clock::write(at, "%H:%M"), voice.state(state).label);
            (percent(axis.place(at)), sign::state(state).tone, words)
        })
        .collect()
}

struct Axis {
    from: i64,
    span: i64,
}

impl Axis {
    #[expect(clippy::cast_precision_loss, reason = "seconds of an incident fit into 52 bits")]
    fn place(&self, at: Timestamp) -> f64 {
        let share = (at.as_second() - self.from) as f64 / self.span as f64;
        MARGIN + share * (100.0 - 2.0 * MARGIN)
    }

    fn holds(&self, at: Timestamp) -> bool {
        (self.from..=self.from + self.span).contains(&at.as_second())
    }

    fn span_of(&self, window: Window, voice: &Voice) -> Html {
        let from = self.words(window.from, voice);
        let until = match window.until {
            Some(until) => self.words(until, voice),
            None => Html::text(voice.words.now),
        };
        Html::fill(voice.words.from_to, &[("from", &from), ("until", &until)])
    }

    /// The hour alone where everything is within one day.
    fn words(&self, at: Timestamp, voice: &Voice) -> Html {
        let same_day = self.from.div_euclid(86_400) == (self.from + self.span).div_euclid(86_400);
        if same_day { voice.of_day(at) } else { voice.short(at) }
    }

    fn marks(&self, voice: &Voice) -> Vec<Mark> {
        let fits = |step: &&i64| self.span / **step < MARKS;
        let step = *STEPS.iter().find(fits).unwrap_or(&(self.span / MARKS + 1));
        let days = step >= 86_400;
        let first = self.from.div_euclid(step) * step + if self.from % step == 0 { 0 } else { step };
        let instants =
            (0..MARKS).map(|n| first + n * step).take_while(|second| *second <= self.from + self.span);
        let marks = instants.filter_map(|second| Timestamp::from_second(second).ok());
        marks
            .map(|at| Mark {
                x: percent(self.place(at)),
                words: if days {
                    voice.words.short_date(at.to_zoned(TimeZone::UTC).date())
                } else {
                    clock::write(at, "%H:%M")
                },
                at: (!days).then(|| clock::machine(at)),
            })
            .collect()
    }
}

fn percent(value: f64) -> String {
    format!("{value:.1}%")
}

/// How the true window differs from the published one, one sentence for each end.
pub fn differences(incident: &Incident, voice: &Voice) -> Vec<String> {
    if incident.kind == Kind::Maintenance {
        return Vec::new();
    }
    let (clocks, words) = (&incident.clocks, voice.words);
    let began = clocks.began_at.map(|at| {
        differs(at, clocks.published_at, voice, [words.began_before, words.began_with, words.began_after])
    });
    let ended = clocks.ended_at.zip(clocks.resolved_at).map(|(at, said)| {
        differs(at, said, voice, [words.ended_before, words.ended_with, words.ended_after])
    });
    began.into_iter().chain(ended).collect()
}

/// The sentence for an instant before, with, or after the one that was said.
fn differs(at: Timestamp, said: Timestamp, voice: &Voice, sentences: [&str; 3]) -> String {
    let seconds = at.as_second() - said.as_second();
    let [before, with, after] = sentences;
    let sentence = match seconds {
        0 => with,
        ..0 => before,
        1.. => after,
    };
    fill(sentence, &[("age", &voice.words.spelled(seconds.abs()))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{now, stories};

    fn told(incident: &Incident) -> Vec<(&'static str, String)> {
        Lanes::new(incident, &Voice::english(now()))
            .lanes
            .into_iter()
            .map(|lane| (lane.name, lane.duration))
            .collect()
    }

    #[test]
    fn the_three_clocks_of_the_seed_day_are_lanes_of_their_own() {
        let incident = stories::seed_day().incident;
        let lanes = Lanes::new(&incident, &Voice::english(now()));
        assert_eq!(
            told(&incident),
            [
                ("True window", "1h 11m".to_owned()),
                ("On its page", "54m".to_owned()),
                ("Seen by us", "54m".to_owned())
            ]
        );
        let marks: Vec<_> = lanes.marks.iter().map(|mark| mark.words.as_str()).collect();
        assert_eq!(marks, ["17:00", "17:30", "18:00"]);
        // Three updates, one of them repeated.
        assert_eq!(lanes.lanes[1].dots.len(), 4);
        assert_eq!(lanes.lanes[0].x, "2.0%");
    }

    #[test]
    fn what_we_saw_only_afterwards_has_no_lane_and_what_is_to_come_has_none_at_all() {
        assert_eq!(told(&stories::edited().incident), [("On its page", "1h 23m".to_owned())]);
        assert_eq!(told(&stories::own_maintenance().incident), []);
        assert_eq!(
            told(&stories::vendor_maintenance().incident),
            [("Planned", "4h".to_owned()), ("Carried out", "41m".to_owned())]
        );
        assert_eq!(
            told(&stories::own_open().incident),
            [("True window", "1h".to_owned()), ("On its page", "43m".to_owned())]
        );
    }

    #[test]
    fn axes_of_minutes_and_of_years_have_at_most_five_marks() {
        for span in [60, 61, 299, 3_600, 5_400, 86_400, 100_000, 2_000_000, 100_000_000, 3_000_000_000] {
            let axis = Axis { from: 1_734_197_580, span };
            let marks = axis.marks(&Voice::english(now()));
            assert!(marks.len() <= 5, "{span} s: {marks:?}");
        }
    }
}
