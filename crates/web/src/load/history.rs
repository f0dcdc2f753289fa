//! A year of our own: calendar, uptime and incidents.

use super::own::{known_since, of_environment};
use super::printed;
use crate::error::Error;
use crate::pages::history::{self, ComponentYear};
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::Known;
use domain::time::Window;
use domain::uptime::{self, History};
use domain::{ComponentKey, ComponentState, Environment, Kind, Timestamp};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Unit};
use std::collections::HashMap;
use std::sync::Arc;
use store::Phase;

/// Months before the one that goes on.
const MONTHS_BEFORE: i64 = 11;

/// The days of a page: whole months, the last of which may go on.
#[derive(Clone, Copy)]
struct Span {
    from: Timestamp,
    until: Timestamp,
    days: usize,
}

/// How things stood, and since when that is known.
struct Told {
    since: Timestamp,
    windows: Vec<(ComponentState, Window)>,
}

impl Span {
    /// From the first of these days to the end of the last, or to now.
    fn new(first: Date, last: Date, now: Timestamp) -> Option<Self> {
        let instant = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let from = instant(first)?;
        let end = instant(last.tomorrow().ok()?)?;
        let until = now.min(end.checked_sub(1.second()).ok()?);
        let days = first.until((Unit::Day, until.to_zoned(TimeZone::UTC).date())).ok()?.get_days() + 1;
        Some(Self { from, until, days: usize::try_from(days).ok()? })
    }

    /// A calendar year, or the last twelve months.
    fn of(year: Option<i16>, now: Timestamp) -> Option<Self> {
        let today = now.to_zoned(TimeZone::UTC).date();
        match year {
            Some(year) if (1970..=today.year()).contains(&year) => {
                Self::new(date(year, 1, 1), date(year, 12, 31), now)
            }
            Some(_) => None,
            None => Self::new(today.first_of_month().checked_sub(MONTHS_BEFORE.months()).ok()?, today, now),
        }
    }

    fn holds(&self, at: Timestamp) -> bool {
        (self.from..=self.until).contains(&at)
    }

    fn history(&self, told: &Told) -> History {
        uptime::history(&told.windows, told.since, self.until, self.days)
    }
}

impl Site {
    /// The history of a calendar year, or of the last twelve months.
    pub(crate) async fn history_page(&self, sight: &Sight, year: Option<i16>) -> Result<String, Error> {
        let voice = sight.voice();
        let span = Span::of(year, sight.as_of).ok_or_else(|| Error::no_page("/history"))?;
        let mut whole = Told { since: Timestamp::MAX, windows: Vec::new() };
        let (mut components, mut began) = (Vec::new(), Vec::new());
        for environment in sight.environments.iter() {
            let since = known_since(sight, environment).unwrap_or(Timestamp::MAX);
            whole.since = whole.since.min(since);
            let told = self.told_between(sight, environment, span, &mut whole.windows).await?;
            components.extend(environment.components.iter().map(|component| {
                let windows = told.get(&component.key).cloned().unwrap_or_default();
                ComponentYear {
                    environment: environment.name.clone(),
                    name: component.name.clone(),
                    history: span.history(&Told { since, windows }),
                }
            }));
            let shown = |known: &Arc<Known>| {
                matches!(known.row.phase, Phase::Open | Phase::Over | Phase::Withdrawn)
                    && span.holds(known.window().from)
            };
            began.extend(sight.of_environment(&environment.slug).iter().filter(|it| shown(it)).cloned());
        }
        let mut incidents = self.lines(sight, began).await?;
        incidents.sort_by_key(|line| std::cmp::Reverse(line.window.from));
        let this_year = sight.as_of.to_zoned(TimeZone::UTC).date().year();
        let input = history::Input {
            year,
            days: span.history(&whole),
            components,
            incidents,
            has_older: whole.since < span.from && !voice.links.are_files(),
            newer: year.map(|year| year + 1).filter(|newer| *newer < this_year),
        };
        let path = year.map_or_else(|| voice.links.history(), |year| voice.links.history_of(year));
        printed(history::render(&self.shell(sight, path), &input))
    }

    /// When each component was how; everything together goes into `whole`, with what touched no component.
    async fn told_between(
        &self,
        sight: &Sight,
        environment: &Environment,
        span: Span,
        whole: &mut Vec<(ComponentState, Window)>,
    ) -> Result<HashMap<ComponentKey, Vec<(ComponentState, Window)>>, Error> {
        let mut told: HashMap<ComponentKey, Vec<(ComponentState, Window)>> = HashMap::new();
        let days = Window::closed(span.from, span.until);
        let counts = |known: &&Arc<Known>| known.row.phase != Phase::Upcoming;
        for known in of_environment(sight, environment).iter().filter(counts) {
            let (row, felt) = (&known.row, known.window());
            if !felt.overlaps(&days) {
                continue;
            }
            let detail = self.detail(sight, known).await?;
            for component in &detail.components {
                whole.extend(component.windows.iter().copied());
                told.entry(component.key.clone()).or_default().extend(component.windows.iter().copied());
            }
            let implied = row.impact.implied_state(row.kind);
            if detail.components.is_empty()
                && row.kind == Kind::Incident
                && implied != ComponentState::Unknown
            {
                whole.push((implied, felt));
            }
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("RFC 3339")
    }

    #[test]
    fn a_page_is_of_whole_months_and_never_of_days_to_come() {
        let now = at("2025-02-12T09:41:00Z");
        let last = Span::of(None, now).expect("twelve months");
        assert_eq!((last.from, last.until), (at("2024-03-01T00:00:00Z"), now));
        assert_eq!(last.days, 306 + 31 + 12);
        let year = Span::of(Some(2024), now).expect("a leap year");
        assert_eq!((year.from, year.until), (at("2024-01-01T00:00:00Z"), at("2024-12-31T23:59:59Z")));
        assert_eq!(year.days, 366);
        assert_eq!(Span::of(Some(2025), now).expect("the year that goes on").days, 31 + 12);
        assert!(Span::of(Some(2026), now).is_none() && Span::of(Some(-1), now).is_none());
    }
}
