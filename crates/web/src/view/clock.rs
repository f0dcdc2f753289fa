//! Instants and ages as people read them. Everything is UTC and says so; the script adds the reader's own
//! zone to every `<time>`.

use super::html::Html;
use domain::Timestamp;
use domain::time::{render_duration, seconds_between};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `14 Dec 2024, 17:33 UTC`.
pub fn full(at: Timestamp) -> Html {
    time(at, "", &format!("{} UTC", write(at, "%-d %b %Y, %H:%M")))
}

/// `17:33 UTC`, where the day is said beside it.
pub fn of_day(at: Timestamp) -> Html {
    time(at, " data-as=\"clock\"", &format!("{} UTC", write(at, "%H:%M")))
}

/// `14 Dec 2024`, where the hour does not matter.
pub fn day(at: Timestamp) -> Html {
    time(at, " data-as=\"day\"", &write(at, "%-d %b %Y"))
}

/// `14 Dec, 17:33 UTC`, in lists where the year is said above.
pub fn short(at: Timestamp) -> Html {
    time(at, " data-as=\"short\"", &format!("{} UTC", write(at, "%-d %b, %H:%M")))
}

/// `3 min ago`, kept current by the script.
pub fn ago(at: Timestamp, now: Timestamp) -> Html {
    time(at, " data-as=\"age\" data-ticks=\"\"", &age(at, now))
}

/// `in 42s`, and `now` once it has come.
pub fn due(at: Timestamp, now: Timestamp) -> Html {
    let words = if at > now { age(at, now) } else { "now".to_owned() };
    time(at, " data-as=\"age\" data-ticks=\"due\"", &words)
}

/// `14 December 2024`.
pub fn date_in_words(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// `14 Dec`.
pub fn short_date(date: Date) -> String {
    date.strftime("%-d %b").to_string()
}

/// `3m ago`, `in 5m`; `just now` within the second.
pub fn age(at: Timestamp, now: Timestamp) -> String {
    if at > now {
        return format!("in {}", render_duration(seconds_between(now, at)));
    }
    match seconds_between(at, now) {
        0 => "just now".to_owned(),
        seconds => format!("{} ago", render_duration(seconds)),
    }
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
    fn ages_look_both_ways() {
        let at = |second: i64| Timestamp::from_second(second).expect("in range");
        assert_eq!(age(at(100), at(100)), "just now");
        assert_eq!(age(at(100), at(112)), "12s ago");
        assert_eq!(age(at(4_000), at(400)), "in 1h");
        assert!(due(at(100), at(112)).as_str().contains(">now<"));
    }
}
