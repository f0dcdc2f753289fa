//! What an answer's headers say of time, read with distrust.
//!
//! This module never lets a header decide how much memory or how long a wait there is: texts are bounded,
//! waits end after a day.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{AGE, CACHE_CONTROL, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use std::time::Duration;

/// No vendor may ask to be left alone for longer.
const A_DAY: Duration = Duration::from_hours(24);

/// Longer validators and types are not kept: they would be stored and sent back.
const MAX_TEXT: usize = 1_024;

/// A header as text, if it is text and short.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= MAX_TEXT).then(|| value.to_owned())
}

/// How long the vendor asks us to wait: `Retry-After` in seconds, or as a date, which is compared with
/// the vendor's own clock so that ours may be wrong.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?;
    let seconds = match value.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) if value.bytes().all(|byte| byte.is_ascii_digit()) => u64::MAX,
        Err(_) => {
            let (until, now) = (date(&value)?, date(&text(headers, DATE)?)?);
            u64::try_from(domain::time::seconds_between(now, until)).ok()?
        }
    };
    Some(Duration::from_secs(seconds).min(A_DAY))
}

/// For how much longer the answer counts as fresh: `max-age` less the time it lay in caches.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, CACHE_CONTROL)?.to_ascii_lowercase();
    let mut directives = value.split(',').map(str::trim);
    if directives.clone().any(|directive| matches!(directive, "no-cache" | "no-store")) {
        return None;
    }
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age="))?;
    let seconds: u64 = seconds.trim_matches('"').parse().ok()?;
    let age = text(headers, AGE).and_then(|age| age.parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_sub(age)).min(A_DAY))
}

fn date(text: &str) -> Option<Timestamp> {
    // Servers compute the day of the week wrongly more often than the day.
    const PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text).ok()
}

/// Bytes that the headers take.
pub(super) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_on_the_vendors_clock() {
        let now = (DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        let cases = [
            ("120", Some(120)),
            ("0", Some(0)),
            ("999999999", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("-5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 2094 08:00:00 GMT", Some(86_400)),
        ];
        for (value, expected) in cases {
            let found = retry_after(&headers(&[(RETRY_AFTER, value), now.clone()]));
            assert_eq!(found, expected.map(Duration::from_secs), "{value}");
        }
        let dateless = headers(&[(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:37 GMT")]);
        assert_eq!(retry_after(&dateless), None);
    }

    #[test]
    fn max_age_counts_the_time_in_caches_and_ends_after_a_day() {
        let cases = [
            ("max-age=60", "0", Some(60)),
            ("public, Max-Age=60, must-revalidate", "50", Some(10)),
            ("max-age=60", "90", Some(0)),
            ("max-age=31536000", "0", Some(86_400)),
            ("no-cache, max-age=60", "0", None),
            ("s-maxage=60", "0", None),
            ("max-age=x", "0", None),
        ];
        for (value, age, expected) in cases {
            let found = max_age(&headers(&[(CACHE_CONTROL, value), (AGE, age)]));
            assert_eq!(found, expected.map(Duration::from_secs), "{value}");
        }
    }
}
