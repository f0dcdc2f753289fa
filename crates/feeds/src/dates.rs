//! Times as vendors write them: RFC 3339 and its neighbours, RFC 822 with named zones and wrong
//! weekdays, epoch seconds and milliseconds.
//!
//! Years before 1990 are placeholders (`0001-01-01`, the epoch itself) and are no times. This module
//! never asks what time it is.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

const HOUR: i32 = 3_600;
const MINUTE: i32 = 60;

/// Reads an instant in any of the forms that documents use.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let instant = text.parse().ok().or_else(|| neighbour_of_rfc3339(text)).or_else(|| rfc822(text));
    instant.filter(|instant| plausible(*instant))
}

/// Reads seconds, or milliseconds, since 1970.
pub(crate) fn epoch(number: i64) -> Option<Timestamp> {
    // 100 billion seconds are the year 5138; as milliseconds, they are 1973.
    let instant = if number.abs() < 100_000_000_000 {
        Timestamp::from_second(number)
    } else {
        Timestamp::from_millisecond(number)
    };
    instant.ok().filter(|instant| plausible(*instant))
}

fn plausible(instant: Timestamp) -> bool {
    const YEAR_1990: i64 = 631_152_000;
    const YEAR_2200: i64 = 7_258_118_400;
    (YEAR_1990..YEAR_2200).contains(&instant.as_second())
}

/// `2026-01-15 10:30:00 UTC`, `2026-01-15T10:30:00` (taken as UTC), `2026-01-15`.
fn neighbour_of_rfc3339(text: &str) -> Option<Timestamp> {
    let date: Date = text.get(..10)?.parse().ok()?;
    let rest = text[10..].trim_start_matches(['T', 't', ' ']);
    let length = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(rest.len());
    let time = if length == 0 { Time::midnight() } else { rest[..length].parse().ok()? };
    let zone = rest[length..].trim();
    let offset = if zone.is_empty() { 0 } else { offset_seconds(zone)? };
    at(date.to_datetime(time), offset)
}

/// `Mon, 15 Jan 2026 10:30:00 PDT`. The weekday is not looked at: some are wrong.
fn rfc822(text: &str) -> Option<Timestamp> {
    let mut words = text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty()).peekable();
    let is_weekday = |word: &&str| word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let first = words.next_if(is_weekday);
    // `Jan 15 2026` puts the month where the weekday would be; `Thu Jan 15` puts it behind.
    let month_first = match first.and_then(month) {
        Some(month) => Some(month),
        None => words.next_if(is_weekday).and_then(month),
    };
    let day: i8 = words.next()?.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
    let month = match month_first {
        Some(month) => month,
        None => month(words.next()?)?,
    };
    let mut year_or_time = words.next()?;
    let mut time = None;
    if year_or_time.contains(':') {
        time = Some(clock(year_or_time)?);
        year_or_time = words.next()?;
    }
    let year = full_year(year_or_time)?;
    let time = match time {
        Some(time) => time,
        None => words.next().map_or(Some(Time::midnight()), clock)?,
    };
    let offset = words.next().map_or(Some(0), offset_seconds)?;
    at(Date::new(year, month, day).ok()?.to_datetime(time), offset)
}

fn full_year(word: &str) -> Option<i16> {
    let year: i16 = word.parse().ok()?;
    match (word.len(), year) {
        (4, _) => Some(year),
        (2, 0..70) => Some(2_000 + year),
        (2, _) => Some(1_900 + year),
        _ => None,
    }
}

/// `10:30`, `10:30:05`, `9:05`.
pub(crate) fn clock(word: &str) -> Option<Time> {
    let mut parts = word.splitn(3, ':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second = parts.next().map_or(Some(0), |part| part.split('.').next()?.parse().ok())?;
    // Second 60 is a leap second.
    Time::new(hour, minute, i8::min(second, 59), 0).ok()
}

/// The month of a name or its first three letters.
pub(crate) fn month(word: &str) -> Option<i8> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let short = if word == "sept" { "sep" } else { word.as_str() };
    let position = NAMES.iter().position(|name| short.len() >= 3 && name.starts_with(short))?;
    i8::try_from(position + 1).ok()
}

/// An instant given by the clock on a wall and its offset from UTC.
pub(crate) fn at(civil: DateTime, offset_seconds: i32) -> Option<Timestamp> {
    jiff::tz::Offset::from_seconds(offset_seconds).ok()?.to_timestamp(civil).ok()
}

/// Seconds east of UTC of a zone: `Z`, `+0200`, `-05:00`, `GMT+2`, `PDT`.
pub(crate) fn offset_seconds(zone: &str) -> Option<i32> {
    let zone = zone.trim_matches(['(', ')', ' ']).to_ascii_uppercase();
    if let Some(offset) = named_offset(&zone) {
        return Some(offset);
    }
    let digits = zone.strip_prefix("GMT").or_else(|| zone.strip_prefix("UTC")).unwrap_or(&zone);
    let sign = match digits.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = digits[1..].chars().filter(|c| *c != ':').collect();
    let number: i32 = digits.parse().ok().filter(|number: &i32| *number >= 0)?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * HOUR + minutes * MINUTE))
}

/// Zones by the short names that pages print. Where one name means several zones, the meaning is the
/// one met on status pages: `CST` and `IST` are Chicago and Kolkata.
fn named_offset(zone: &str) -> Option<i32> {
    let minutes = match zone {
        "Z" | "UT" | "UTC" | "GMT" | "WET" | "UCT" => 0,
        "BST" | "WEST" | "CET" | "WAT" | "MEZ" => 60,
        "CEST" | "EET" | "SAST" | "CAT" | "MESZ" => 120,
        "EEST" | "MSK" | "EAT" | "TRT" | "IDT" => 180,
        "GST" => 240,
        "PKT" => 300,
        "IST" => 330,
        "ICT" | "WIB" => 420,
        "SGT" | "HKT" | "AWST" | "PHT" | "MYT" => 480,
        "JST" | "KST" => 540,
        "ACST" => 570,
        "AEST" => 600,
        "ACDT" => 630,
        "AEDT" => 660,
        "NZST" => 720,
        "NZDT" => 780,
        "BRT" | "ART" | "ADT" => -180,
        "NDT" => -150,
        "NST" => -210,
        "EDT" | "AST" | "CLT" => -240,
        "EST" | "CDT" | "COT" | "PET" => -300,
        "CST" | "MDT" => -360,
        "MST" | "PDT" => -420,
        "PST" | "AKDT" => -480,
        "AKST" => -540,
        "HST" => -600,
        _ => return None,
    };
    Some(minutes * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(instant(text).map(|instant| instant.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn times_are_read_as_vendors_write_them() {
        check("2024-12-14T12:33:00.000-05:00", Some("2024-12-14T17:33:00Z"));
        check("2026-01-15 10:30:00 UTC", Some("2026-01-15T10:30:00Z"));
        check("2026-01-15T10:30:00.123456789+0530", Some("2026-01-15T05:00:00.123456789Z"));
        check("2026-01-15T10:30", Some("2026-01-15T10:30:00Z"));
        check("2026-01-15", Some("2026-01-15T00:00:00Z"));
        check("Mon, 17 Aug 2026 21:01:19 PDT", Some("2026-08-18T04:01:19Z"));
        check("Tue, 02 Jun 2026 13:00:00 Z", Some("2026-06-02T13:00:00Z"));
        check("Mon, 15 Jan 2026 10:30:00 +0000", Some("2026-01-15T10:30:00Z"));
        check("15 Jan 26 10:30 CET", Some("2026-01-15T09:30:00Z"));
        check(
            "Thu Jan 15 2026 10:30:00 GMT+0100 (Central European Standard Time)",
            Some("2026-01-15T09:30:00Z"),
        );
        check("Thu Jan 15 10:30:00 2026", Some("2026-01-15T10:30:00Z"));
        check("January 15, 2026 10:30:00 EST", Some("2026-01-15T15:30:00Z"));
    }

    #[test]
    fn what_is_no_time_is_no_time() {
        for text in
            ["", "soon", "0001-01-01T00:00:00Z", "Thu, 32 Jan 2026 10:30:00 Z", "15 Jan 2026 10:30 XYZ"]
        {
            check(text, None);
        }
        check("2026-01-15T25:00:00Z", None);
        check("2026-ä1-15", None);
        assert_eq!(epoch(0), None);
    }

    #[test]
    fn epochs_are_read_in_seconds_and_milliseconds() {
        let expected = "2026-01-15T10:30:00Z".parse().ok();
        assert_eq!(epoch(1_768_473_000), expected);
        assert_eq!(epoch(1_768_473_000_000), expected);
    }
}
