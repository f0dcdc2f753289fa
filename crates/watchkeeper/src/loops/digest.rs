//! Writes the digests of a day at eight in the morning of each page's time zone: a letter for each subscriber who
//! wants one a day, if anything was said since the morning before. The key of a letter holds the day, so that no
//! crash and no second node writes two.
//!
//! Never sends anything; [`letters`](super::letters) does.

use super::letters::news;
use crate::app::Parts;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::{NewDigest, Rhythm};
use web::page::Page;

/// Between two looks at the time.
const PAUSE: Duration = Duration::from_secs(30);
/// Letters in one transaction.
const STEP: u32 = 1_000;

pub(super) async fn run(parts: Arc<Parts>) {
    let mut written: HashMap<String, Date> = HashMap::new();
    while parts.rest(PAUSE).await {
        for page in parts.site.pages() {
            let zone = page.config().zone.clone().unwrap_or(TimeZone::UTC);
            let Some((day, from, until)) = morning(&parts.clock.now().to_zoned(zone)) else { continue };
            if written.get(page.slug().as_str()) == Some(&day) {
                continue;
            }
            match write(&parts, page, day, from, until).await {
                Ok(()) => drop(written.insert(page.slug().to_string(), day)),
                Err(error) => tracing::warn!(%error, page = %page.slug(), "cannot write digests"),
            }
        }
    }
}

/// The last eight o'clock, and the one before. `None` before eight: yesterday's were written yesterday.
fn morning(now: &Zoned) -> Option<(Date, Timestamp, Timestamp)> {
    let eight = |date: Date| date.to_datetime(time(8, 0, 0, 0)).to_zoned(now.time_zone().clone()).ok();
    let day = now.date();
    let until = eight(day)?.timestamp();
    let from = eight(day.yesterday().ok()?)?.timestamp();
    (now.timestamp() >= until).then_some((day, from, until))
}

async fn write(
    parts: &Parts,
    page: &Page,
    day: Date,
    from: Timestamp,
    until: Timestamp,
) -> store::Result<()> {
    let mut after = String::new();
    let mut is_news = None;
    loop {
        let step = parts.store.confirmed_after(page.slug(), Rhythm::Daily, &after, STEP).await?;
        let Some(last) = step.last() else { return Ok(()) };
        after.clone_from(&last.id);
        let told = match is_news {
            Some(told) => told,
            None => *is_news.insert(!news(parts, page, from, until).await?.is_empty()),
        };
        if !told {
            return Ok(());
        }
        let digest = |subscriber: store::Subscriber| NewDigest {
            subscriber: subscriber.id,
            day: day.to_string(),
            about_from: from,
            at: until,
        };
        parts.store.write_digests(step.into_iter().map(digest).collect()).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_eight_where_the_page_is_and_not_before() {
        let zone = TimeZone::posix("CET-1").expect("a zone");
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant").to_zoned(zone.clone());
        assert_eq!(morning(&at("2025-02-12T06:59:59Z")), None);
        let (day, from, until) = morning(&at("2025-02-12T07:00:00Z")).expect("eight o'clock");
        assert_eq!(day.to_string(), "2025-02-12");
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2025-02-11T07:00:00Z".into(), "2025-02-12T07:00:00Z".into())
        );
        assert_eq!(morning(&at("2025-02-12T22:59:00Z")).map(|(_, _, until)| until), Some(until));
    }
}
