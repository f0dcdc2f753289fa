//! Dates and durations, as each language writes them. Everything here is UTC or a plain date.

use super::{Words, fill};
use domain::Timestamp;
use domain::time::{render_duration, seconds_between};
use jiff::civil::Date;
use jiff::tz::TimeZone;

impl Words {
    /// `14 December 2024`.
    pub(crate) fn long_date(&self, date: Date) -> String {
        dated(self.date, &self.months, date)
    }

    /// `14 Dec 2024`.
    pub(crate) fn full_date(&self, date: Date) -> String {
        dated(self.date, &self.months_in_dates, date)
    }

    /// `14 Dec`.
    pub(crate) fn short_date(&self, date: Date) -> String {
        dated(self.day_month, &self.short_months, date)
    }

    /// `December 2024`.
    pub(crate) fn month(&self, date: Date) -> String {
        format!("{} {}", name(&self.months, date), date.year())
    }

    /// `Dec`.
    pub(crate) fn short_month(&self, date: Date) -> String {
        name(&self.short_months, date).to_owned()
    }

    /// `14 Dec 2024, 17:33 UTC`.
    pub(crate) fn minute(&self, at: Timestamp) -> String {
        let at = at.to_zoned(TimeZone::UTC);
        format!("{}, {:02}:{:02} UTC", self.full_date(at.date()), at.hour(), at.minute())
    }

    /// `1h 11m`, by the rule of [`render_duration`].
    pub(crate) fn span(&self, seconds: i64) -> String {
        let parts = render_duration(seconds);
        parts.split(' ').map(|part| self.unit(part)).collect::<Vec<_>>().join(" ")
    }

    /// `1 hour 11 minutes`.
    pub(crate) fn spelled(&self, seconds: i64) -> String {
        let spell = |part: &str| {
            let (number, unit) = part.split_at(part.len() - 1);
            let plural = match unit {
                "d" => self.days,
                "h" => self.hours,
                "m" => self.minutes,
                _ => self.seconds,
            };
            plural.of(number.parse().unwrap_or_default())
        };
        render_duration(seconds).split(' ').map(spell).collect::<Vec<_>>().join(" ")
    }

    /// `3m ago`, `in 5m`; `just now` within the second.
    pub(crate) fn age(&self, at: Timestamp, now: Timestamp) -> String {
        if at > now {
            return fill(self.ahead, &[("age", &self.span(seconds_between(now, at)))]);
        }
        match seconds_between(at, now) {
            0 => self.just_now.to_owned(),
            seconds => fill(self.ago, &[("age", &self.span(seconds))]),
        }
    }

    /// "41 minutes later", between a post and what became of it.
    pub(crate) fn later_by(&self, from: Timestamp, until: Timestamp) -> String {
        match seconds_between(from, until) {
            0 => self.at_once.to_owned(),
            seconds => fill(self.later, &[("age", &self.spelled(seconds))]),
        }
    }

    /// `54m` with the unit as this language writes it.
    fn unit(&self, part: &str) -> String {
        let (number, unit) = part.split_at(part.len() - 1);
        let written = ["d", "h", "m", "s"].into_iter().zip(self.units.split(' '));
        let written =
            written.into_iter().find(|(known, _)| *known == unit).map_or(unit, |(_, written)| written);
        format!("{number}{written}")
    }
}

fn dated(pattern: &str, months: &[&'static str; 12], date: Date) -> String {
    let (day, year) = (date.day().to_string(), date.year().to_string());
    fill(pattern, &[("day", &day), ("month", name(months, date)), ("year", &year)])
}

fn name(months: &[&'static str; 12], date: Date) -> &'static str {
    usize::try_from(date.month()).ok().and_then(|month| months.get(month - 1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language;

    #[test]
    fn dates_and_durations_are_written_as_each_language_does() {
        let [english, german] = Language::ALL.map(Words::of);
        let at: Timestamp = "2024-12-04T17:03:20Z".parse().expect("RFC 3339");
        assert_eq!(english.minute(at), "4 Dec 2024, 17:03 UTC");
        assert_eq!(german.minute(at), "4. Dezember 2024, 17:03 UTC");
        let date = at.to_zoned(TimeZone::UTC).date();
        assert_eq!((english.short_date(date), german.short_date(date)), ("4 Dec".into(), "4. Dez.".into()));
        assert_eq!(
            (english.span(4_260), german.span(4_260)),
            ("1h 11m".into(), "1\u{a0}h 11\u{a0}min".into())
        );
        assert_eq!(english.spelled(90_000), "1 day 1 hour");
        assert_eq!(german.spelled(2 * 86_400 + 3_600), "2 Tage 1 Stunde");
    }

    #[test]
    fn ages_look_both_ways() {
        let words = Words::of(Language::English);
        let at = |second: i64| Timestamp::from_second(second).expect("in range");
        assert_eq!(words.age(at(100), at(100)), "just now");
        assert_eq!(words.age(at(100), at(112)), "12s ago");
        assert_eq!(words.age(at(4_000), at(400)), "in 1h");
    }
}
