//! Instants as people read them. Everything is UTC and says so; a page with a time zone puts that first and UTC
//! beside it, and the script does the same with the reader's own.

use super::Voice;
use super::html::Html;
use domain::Timestamp;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How much of an instant is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Full,
    Short,
    Clock,
}

impl Voice {
    /// `14 Dec 2024, 17:33 UTC`.
    pub fn full(&self, at: Timestamp) -> Html {
        self.moment(at, Shape::Full, "")
    }

    /// `17:33 UTC`, where the day is said beside it.
    pub fn of_day(&self, at: Timestamp) -> Html {
        self.moment(at, Shape::Clock, " data-as=\"clock\"")
    }

    /// `14 Dec, 17:33 UTC`, in lists where the year is said above.
    pub fn short(&self, at: Timestamp) -> Html {
        self.moment(at, Shape::Short, " data-as=\"short\"")
    }

    /// `14 Dec 2024`, where the hour does not matter.
    pub fn day(&self, at: Timestamp) -> Html {
        time(at, " data-as=\"day\"", &self.words.full_date(self.date_of(at)))
    }

    /// `3 min ago`, kept current by the script.
    pub fn ago(&self, at: Timestamp) -> Html {
        time(at, " data-as=\"age\" data-ticks=\"\"", &self.words.age(at, self.now))
    }

    /// `in 42s`, and `now` once it has come.
    pub fn due(&self, at: Timestamp) -> Html {
        let words = if at > self.now { self.words.age(at, self.now) } else { self.words.now.to_owned() };
        time(at, " data-as=\"age\" data-ticks=\"due\"", &words)
    }

    /// The day on which the page puts an instant.
    pub(crate) fn date_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone().unwrap_or(TimeZone::UTC)).date()
    }

    fn moment(&self, at: Timestamp, shape: Shape, attributes: &str) -> Html {
        let utc = at.to_zoned(TimeZone::UTC);
        let here = self.zone.as_ref().map(|zone| at.to_zoned(zone.clone()));
        let Some(here) = here.filter(|here| !here.offset().is_zero()) else {
            return time(at, attributes, &format!("{} UTC", self.written(&utc, shape)));
        };
        let same_day = here.date() == utc.date();
        let beside = self.written(&utc, if same_day { Shape::Clock } else { Shape::Short });
        let words = format!(
            "{} {} <small class=\"utc\">{beside} UTC</small>",
            self.written(&here, shape),
            here.strftime("%Z")
        );
        time(at, attributes, &words)
    }

    fn written(&self, at: &Zoned, shape: Shape) -> String {
        let clock = at.strftime("%H:%M");
        match shape {
            Shape::Full => format!("{}, {clock}", self.words.full_date(at.date())),
            Shape::Short => format!("{}, {clock}", self.words.short_date(at.date())),
            Shape::Clock => clock.to_string(),
        }
    }
}

/// [`Voice::full`] as the console speaks.
pub fn full(at: Timestamp) -> Html {
    Voice::english(at).full(at)
}

/// [`Voice::of_day`] as the console speaks.
pub fn of_day(at: Timestamp) -> Html {
    Voice::english(at).of_day(at)
}

/// [`Voice::short`] as the console speaks.
pub fn short(at: Timestamp) -> Html {
    Voice::english(at).short(at)
}

/// [`Voice::ago`] as the console speaks.
pub fn ago(at: Timestamp, now: Timestamp) -> Html {
    Voice::english(now).ago(at)
}

/// `3m ago`, `in 5m`, as the console speaks.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    Voice::english(now).words.age(at, now)
}

/// The instant in UTC by a pattern of strftime.
pub(crate) fn write(at: Timestamp, pattern: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(pattern).to_string()
}

/// The instant as machines read it, in whole seconds: a tenth of a second tells nobody anything and
/// makes pages differ.
pub(crate) fn machine(at: Timestamp) -> String {
    write(at, "%Y-%m-%dT%H:%M:%SZ")
}

fn time(at: Timestamp, attributes: &str, words: &str) -> Html {
    Html(format!("<time datetime=\"{}\"{attributes}>{words}</time>", machine(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Words;
    use domain::Language;

    #[test]
    fn instants_say_their_zone_and_carry_themselves_for_machines() {
        let at: Timestamp = "2024-12-14T17:33:20.5Z".parse().expect("RFC 3339");
        assert_eq!(
            full(at).as_str(),
            "<time datetime=\"2024-12-14T17:33:20Z\">14 Dec 2024, 17:33 UTC</time>"
        );
        assert!(of_day(at).as_str().ends_with(">17:33 UTC</time>"));
        assert!(short(at).as_str().ends_with(">14 Dec, 17:33 UTC</time>"));
    }

    #[test]
    fn what_is_due_is_now_once_it_has_come() {
        let at = |second: i64| Timestamp::from_second(second).expect("in range");
        assert!(Voice::english(at(112)).due(at(100)).as_str().contains(">now<"));
        assert!(Voice::english(at(100)).due(at(112)).as_str().contains(">in 12s<"));
    }

    #[test]
    fn the_zone_of_a_page_stands_first_and_utc_beside_it() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone of the database");
        let words = Words::of(Language::German);
        let voice = Voice { words, zone: Some(zone), ..Voice::english(Timestamp::UNIX_EPOCH) };
        let text = |at: &str| voice.full(at.parse().expect("RFC 3339")).0;
        assert!(
            text("2024-12-14T17:33:20Z")
                .ends_with(">14. Dezember 2024, 18:33 CET <small class=\"utc\">17:33 UTC</small></time>")
        );
        assert!(
            text("2024-07-14T22:33:20Z").ends_with(
                ">15. Juli 2024, 00:33 CEST <small class=\"utc\">14. Juli, 22:33 UTC</small></time>"
            )
        );
    }
}
