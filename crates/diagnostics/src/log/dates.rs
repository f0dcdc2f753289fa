//! The ways in which logs write instants. Never asks what year it is.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

/// How many years back a day is looked for: 400 years of the calendar repeat, but every day of the week falls on
/// every day of the year within these.
const YEARS: i16 = 40;

const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// An ISO 8601 instant at the beginning, with what follows it: `2018-12-01T19:40:04.889-0500`.
pub(super) fn iso(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (civil, rest) = bytes.split_first_chunk::<19>()?;
    if [civil[4], civil[7], civil[10], civil[13], civil[16]] != *b"--T::" {
        return None;
    }
    let year = number(&civil[..4])?;
    let month = number(&civil[5..7])?;
    let day = number(&civil[8..10])?;
    let [hour, minute, second] = [number(&civil[11..13])?, number(&civil[14..16])?, number(&civil[17..])?];
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let (millis, rest) = fraction(rest);
    let (offset, rest) = offset(rest);
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some((Timestamp::from_millisecond(seconds * 1_000 + millis).ok()?, rest))
}

/// An instant as C writes it, without a year: `Mon Aug  5 20:27:15` or `Wed Jul 13 16:14:35.324`. Taken as UTC, because
/// such lines do not say where they were written.
pub(super) fn ctime(bytes: &[u8], not_after: Timestamp) -> Option<(Timestamp, &[u8])> {
    let (civil, rest) = bytes.split_first_chunk::<19>()?;
    if [civil[3], civil[7], civil[10], civil[13], civil[16]] != *b"   ::" {
        return None;
    }
    let place = |names: &[&[u8]], name: &[u8]| {
        let at = names.iter().position(|candidate| *candidate == name)?;
        i8::try_from(at).ok()
    };
    let weekday = Weekday::from_monday_zero_offset(place(&DAYS, &civil[..3])?).ok()?;
    let month = place(&MONTHS, &civil[4..7])? + 1;
    let day = i8::try_from(number(civil[8..10].trim_ascii_start())?).ok()?;
    let [hour, minute, second] = [number(&civil[11..13])?, number(&civil[14..16])?, number(&civil[17..])?];
    let (millis, rest) = fraction(rest);
    let year = year_of(month, day, weekday, not_after);
    let seconds = days(year.into(), month.into(), day.into()) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((Timestamp::from_millisecond(seconds * 1_000 + millis).ok()?, rest))
}

/// The latest year in which that day was that day of the week; the year of `not_after` where there is none.
fn year_of(month: i8, day: i8, weekday: Weekday, not_after: Timestamp) -> i16 {
    let last = not_after.to_zoned(jiff::tz::TimeZone::UTC).date();
    let fits =
        |year: &i16| Date::new(*year, month, day).is_ok_and(|date| date.weekday() == weekday && date <= last);
    (last.year() - YEARS..=last.year()).rev().find(fits).unwrap_or(last.year())
}

/// The fraction of a second in milliseconds, and what follows it.
fn fraction(bytes: &[u8]) -> (i64, &[u8]) {
    let Some(digits) = bytes.strip_prefix(b".").or_else(|| bytes.strip_prefix(b",")) else {
        return (0, bytes);
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let millis = (0..3).fold(0, |millis, at| {
        millis * 10 + digits[..length].get(at).map_or(0, |digit| i64::from(digit - b'0'))
    });
    (millis, &digits[length..])
}

/// The offset from UTC in seconds, and what follows it: `Z`, `+0100`, `-05:00`, or nothing.
fn offset(bytes: &[u8]) -> (i64, &[u8]) {
    let sign = match bytes.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(b'Z') => return (0, &bytes[1..]),
        _ => return (0, bytes),
    };
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let hours = bytes.get(1..3).and_then(number);
    let minutes = bytes.get(3 + colon..5 + colon).and_then(number);
    match hours.zip(minutes) {
        Some((hours, minutes)) => (sign * (hours * 3_600 + minutes * 60), &bytes[5 + colon..]),
        None => (0, bytes),
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

/// Days from 1970 to a day of the proleptic calendar; years begin in March, so that leap days end them.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn every_style_of_instant_is_read() {
        let cases = [
            ("2018-12-01T19:40:04.889-0500 I", "2018-12-02T00:40:04.889Z", " I"),
            ("2025-08-18T19:00:03.492+00:00", "2025-08-18T19:00:03.492Z", ""),
            ("2024-02-29T23:59:59.9Z x", "2024-02-29T23:59:59.9Z", " x"),
            ("2016-03-01T05:30:00.123456+05:30", "2016-03-01T00:00:00.123Z", ""),
            ("2014-04-09T23:16:20", "2014-04-09T23:16:20Z", ""),
        ];
        for (text, expected, rest) in cases {
            assert_eq!(iso(text.as_bytes()), Some((at(expected), rest.as_bytes())), "{text}");
        }
        for text in ["", "2018-12-01 19:40:04", "2018-13-01T19:40:04", "2018-1a-01T19:40:04", "about to fork"]
        {
            assert_eq!(iso(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_day_of_the_week_tells_the_year() {
        let cases = [
            ("Mon Aug  5 20:27:15 [conn4]", "2014-01-01T00:00:00Z", "2013-08-05T20:27:15Z"),
            ("Wed Jul 13 16:14:35.324 I", "2018-01-01T00:00:00Z", "2016-07-13T16:14:35.324Z"),
            ("Tue Dec 31 23:59:59.999 [a]", "2014-01-02T00:00:00Z", "2013-12-31T23:59:59.999Z"),
            ("Wed Jan  1 00:00:00.001 [a]", "2014-01-02T00:00:00Z", "2014-01-01T00:00:00.001Z"),
            ("Sat Feb 29 01:00:00 [a]", "2026-01-01T00:00:00Z", "2020-02-29T01:00:00Z"),
        ];
        for (text, not_after, expected) in cases {
            let (found, _) = ctime(text.as_bytes(), at(not_after)).expect(text);
            assert_eq!(found, at(expected), "{text}");
        }
        assert_eq!(ctime(b"Abc Aug  5 20:27:15", at("2014-01-01T00:00:00Z")), None);
    }
}
