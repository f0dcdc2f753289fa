//! Maintenances that recur: on which days, at which local time, for how long. A day has at most one window, and
//! the window's identifier follows from the day, so that it can be announced again and again and exists once.
//!
//! Clocks that are put forward or back for the summer move a window by at most the length of that change: a time
//! that does not exist begins when the clock has jumped over it, one that exists twice begins the first time.
//! Never asks which time it is, nor which zones there are.

use crate::id::{ComponentKey, IncidentId, Slug};
use crate::time::Window;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::fmt;

/// Most windows that are told at a time.
const LIMIT: usize = 400;

/// A maintenance that recurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// Identifier.
    pub id: String,
    /// In which environment.
    pub environment: Slug,
    /// Title of each.
    pub title: String,
    /// First update of each, Markdown.
    pub body: String,
    /// Components that it concerns.
    pub components: Vec<ComponentKey>,
    /// On which days.
    pub rule: Rule,
    /// When on those days it begins, by the clocks of its zone.
    pub at: Time,
    /// Name of that zone, such as `Europe/Berlin`.
    pub zone: String,
    /// How long it lasts.
    pub lasts_for: SignedDuration,
    /// How long before it is announced.
    pub ahead_for: SignedDuration,
}

/// On which days something recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Every week on this day.
    Weekly(Weekday),
    /// Every month on this day, or on its last where it is shorter.
    MonthDay(i8),
    /// Every month on the first to fourth such weekday, or (-1) on its last.
    MonthWeekday(i8, Weekday),
}

/// One window of a recurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Identifier of its maintenance.
    pub id: IncidentId,
    /// The local day on which it begins.
    pub day: Date,
    /// When.
    pub window: Window,
}

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
const PLACES: [(&str, i8); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

impl Rule {
    /// Reads `weekly sunday`, `monthly 15`, `monthly first sunday`, `monthly last friday`.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        let day = |word: &str| DAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| *day);
        match words.as_slice() {
            ["weekly", name] => day(name).map(Self::Weekly),
            ["monthly", place, name] => {
                let (_, place) = PLACES.iter().find(|(word, _)| word == place)?;
                Some(Self::MonthWeekday(*place, day(name)?))
            }
            ["monthly", number] => {
                number.parse().ok().filter(|number| (1..=31).contains(number)).map(Self::MonthDay)
            }
            _ => None,
        }
    }

    /// Whether it falls on that day.
    pub fn falls_on(self, day: Date) -> bool {
        match self {
            Self::Weekly(weekday) => day.weekday() == weekday,
            Self::MonthDay(number) => day.day() == number.min(day.days_in_month()),
            Self::MonthWeekday(place, weekday) => {
                day.nth_weekday_of_month(place, weekday).is_ok_and(|wanted| wanted == day)
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            |wanted: Weekday| DAYS.iter().find(|(_, day)| *day == wanted).map_or("", |(name, _)| *name);
        match self {
            Self::Weekly(day) => write!(f, "weekly {}", name(*day)),
            Self::MonthDay(number) => write!(f, "monthly {number}"),
            Self::MonthWeekday(place, day) => {
                let word = PLACES.iter().find(|(_, number)| number == place).map_or("", |(word, _)| *word);
                write!(f, "monthly {word} {}", name(*day))
            }
        }
    }
}

impl Recurrence {
    /// Windows that are not over by `from` and begin before `until`, the earliest first.
    pub fn occurrences(&self, zone: &TimeZone, from: Timestamp, until: Timestamp) -> Vec<Occurrence> {
        let earliest = from.saturating_sub(self.lasts_for).unwrap_or(Timestamp::MIN);
        // A day early and late: where it is that day is for the zone to say.
        let first = earliest.to_zoned(zone.clone()).date().saturating_sub(1.day());
        let last = until.to_zoned(zone.clone()).date().saturating_add(1.day());
        first
            .series(1.day())
            .take_while(|day| *day <= last)
            .filter(|day| self.rule.falls_on(*day))
            .filter_map(|day| self.on(day, zone))
            .filter(|one| one.window.from < until && one.window.until.is_none_or(|end| end > from))
            .take(LIMIT)
            .collect()
    }

    fn on(&self, day: Date, zone: &TimeZone) -> Option<Occurrence> {
        let from = zone.to_ambiguous_timestamp(day.to_datetime(self.at)).compatible().ok()?;
        let until = from.checked_add(self.lasts_for).ok()?;
        let id = IncidentId::of_occurrence(&self.id, day);
        Some(Occurrence { id, day, window: Window::closed(from, until) })
    }

    /// Windows that are to be announced at `now`.
    pub fn to_announce(&self, zone: &TimeZone, now: Timestamp) -> Vec<Occurrence> {
        self.occurrences(zone, now, now.saturating_add(self.ahead_for).unwrap_or(Timestamp::MAX))
    }
}
