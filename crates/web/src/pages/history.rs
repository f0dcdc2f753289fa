//! A year of a page: a calendar in which each day has the colour of the worst that was known of it, the uptime of
//! each component in each month, and what happened, month by month. Days are those of UTC.

use super::{Frame, Section, Shell};
use crate::language::{Words, fill};
use crate::view::Voice;
use crate::view::bars;
use crate::view::line::{IncidentLine, LineView};
use crate::view::sign;
use askama::Template;
use domain::component::ComponentState;
use domain::uptime::{Day, History};
use jiff::civil::Date;

/// Days of a week.
const WEEK: usize = 7;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// The calendar year that was asked for; the last twelve months without.
    pub year: Option<i16>,
    /// Everything together, whole months, oldest day first.
    pub days: History,
    /// Each component over the same days.
    pub components: Vec<ComponentYear>,
    /// What began on these days, newest first.
    pub incidents: Vec<IncidentLine>,
    /// Whether anything is known of the time before.
    pub has_older: bool,
    /// The year after the one that was asked for, which has ended.
    pub newer: Option<i16>,
}

/// A component over the days of the page.
#[derive(Clone, Debug)]
pub struct ComponentYear {
    /// Name of its environment.
    pub environment: String,
    /// Its own.
    pub name: String,
    /// Its days.
    pub history: History,
}

#[derive(Template)]
#[template(path = "pages/history.html")]
struct Page<'a> {
    frame: Frame<'a>,
    title: String,
    weekdays: Vec<(&'static str, &'static str)>,
    /// Newest first.
    months: Vec<Month>,
    uptimes: Vec<Uptime>,
    newer: Option<(String, String)>,
    older: Option<(String, String)>,
}

struct Month {
    /// `2024-12`, by which it is linked.
    id: String,
    name: String,
    short: String,
    /// Its weeks, Monday first.
    weeks: Vec<[Option<Cell>; WEEK]>,
    /// Whether anything is known of it.
    known: bool,
    lines: Vec<LineView>,
}

#[derive(Clone)]
struct Cell {
    number: i8,
    tone: &'static str,
    /// What the colour says.
    words: String,
    /// Whether there is something to read below.
    told: bool,
}

/// The uptime of a component.
struct Uptime {
    name: String,
    environment: Option<String>,
    /// Of all days, then month by month, newest first.
    shares: Vec<Option<String>>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let (voice, words) = (&shell.voice, shell.voice.words);
    let title = match input.year {
        Some(year) => fill(words.history_of, &[("year", &year.to_string())]),
        None => words.history.to_owned(),
    };
    let names = words.weekday_names.split(' ');
    let year = |year: i16| (voice.links.history_of(year), year.to_string());
    let first = input.days.days.first().map_or(0, |day| day.date.year());
    let older = input.year.map_or(first, |year| year - 1);
    Page {
        frame: Frame::new(shell, Section::History, title.clone())
            .describe(fill(words.history_about, &[("name", &shell.site_name)])),
        title,
        weekdays: words.weekdays.split(' ').zip(names).collect(),
        months: months(input, voice),
        uptimes: uptimes(input, words),
        newer: input.year.map(|_| match input.newer {
            Some(newer) => year(newer),
            None => (voice.links.history(), words.last_year.to_owned()),
        }),
        older: input.has_older.then(|| year(older)),
    }
    .render()
}

impl Page<'_> {
    /// Whether there is any month to tell of.
    fn has_told(&self) -> bool {
        self.months.iter().any(|month| month.known || !month.lines.is_empty())
    }
}

/// The days month by month, newest first.
fn by_month(history: &History) -> impl Iterator<Item = &[Day]> {
    history.days.chunk_by(|a, b| (a.date.year(), a.date.month()) == (b.date.year(), b.date.month())).rev()
}

fn months(input: &Input, voice: &Voice) -> Vec<Month> {
    let month = |days: &[Day]| {
        let first = days[0].date;
        let began = |line: &&IncidentLine| {
            let date = line.window.from.to_zoned(jiff::tz::TimeZone::UTC).date();
            (date.year(), date.month()) == (first.year(), first.month())
        };
        let lines: Vec<IncidentLine> = input.incidents.iter().filter(began).cloned().collect();
        Month {
            id: first.strftime("%Y-%m").to_string(),
            name: voice.words.month(first),
            short: voice.words.short_month(first),
            weeks: weeks(days, voice.words),
            known: days.iter().any(|day| day.known_seconds > 0),
            lines: LineView::on(&lines, voice),
        }
    };
    by_month(&input.days).map(month).collect()
}

fn weeks(days: &[Day], words: &Words) -> Vec<[Option<Cell>; WEEK]> {
    let before = days.first().map_or(0, |day| weekday(day.date));
    let cells = std::iter::repeat_n(None, before).chain(days.iter().map(|day| Some(cell(day, words))));
    let cells: Vec<Option<Cell>> = cells.collect();
    let week = |cells: &[Option<Cell>]| std::array::from_fn(|place| cells.get(place).cloned().flatten());
    cells.chunks(WEEK).map(week).collect()
}

/// How many days of its week precede it.
fn weekday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default()
}

fn cell(day: &Day, words: &Words) -> Cell {
    let (state, lengths) = ((words.component_inside)(day.state), bars::lengths(day, words));
    let comma = if lengths.is_empty() { "" } else { ", " };
    Cell {
        number: day.date.day(),
        tone: sign::tone(day.state),
        words: format!("{state}{comma}{lengths}"),
        told: !matches!(day.state, ComponentState::Operational | ComponentState::Unknown),
    }
}

fn uptimes(input: &Input, words: &Words) -> Vec<Uptime> {
    let share = |days: &[Day]| History { days: days.to_vec() }.uptime().map(|share| words.share(share));
    // Where there is one environment, its name tells nothing.
    let several = input.components.iter().any(|it| it.environment != input.components[0].environment);
    let uptime = |component: &ComponentYear| Uptime {
        name: component.name.clone(),
        environment: several.then(|| component.environment.clone()),
        shares: std::iter::once(share(&component.history.days))
            .chain(by_month(&component.history).map(share))
            .collect(),
    };
    input.components.iter().map(uptime).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language;

    fn day(text: &str) -> Day {
        let date = text.parse().expect("a date");
        let state = ComponentState::Operational;
        Day { date, state, outage_seconds: 0, degraded_seconds: 0, known_seconds: 86_400 }
    }

    #[test]
    fn weeks_begin_on_monday_and_hold_every_day_once() {
        let days: Vec<Day> = (1..=29).map(|number| day(&format!("2024-02-{number:02}"))).collect();
        let weeks = weeks(&days, Words::of(Language::English));
        let numbers: Vec<Vec<i8>> = weeks
            .iter()
            .map(|week| week.iter().map(|cell| cell.as_ref().map_or(0, |it| it.number)).collect())
            .collect();
        // The first of February 2024 was a Thursday.
        assert_eq!(numbers[0], [0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(numbers[4], [26, 27, 28, 29, 0, 0, 0]);
        assert_eq!(numbers.iter().flatten().filter(|number| **number > 0).count(), 29);
    }
}
