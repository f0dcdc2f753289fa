//! Updates inside the content of an item, the way Statuspage writes them and others copy it:
//! `<small>Aug <var>21</var>, <var>00:37</var> UTC</small><br><strong>Resolved</strong> - text`.
//!
//! Their times have no year; [`Clock`] finds the one that fits.

use crate::dates;
use crate::html::{Token, pieces, plain};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

/// The updates of an item's content.
pub(crate) struct Blocks<'a> {
    /// What stands before the first.
    pub(crate) before: &'a str,
    /// In the order of the page: newest first, as a rule.
    pub(crate) list: Vec<Block<'a>>,
}

/// One update.
pub(crate) struct Block<'a> {
    /// When, as it is written.
    pub(crate) when: String,
    /// The bold word before the text.
    pub(crate) state: String,
    /// The text, as HTML.
    pub(crate) body: &'a str,
}

/// Whether a content holds updates, without reading more than the first.
pub(crate) fn has_blocks(html: &str) -> bool {
    scan(html).next().is_some()
}

impl<'a> Blocks<'a> {
    /// Finds the updates of a content.
    pub(crate) fn of(html: &'a str) -> Self {
        let found: Vec<Found> = scan(html).collect();
        let before = &html[..found.first().map_or(html.len(), |first| first.start)];
        let ends = found.iter().skip(1).map(|next| next.start).chain([html.len()]);
        let list = found.iter().zip(ends).map(|(block, end)| Block {
            when: block.when.clone(),
            state: block.state.clone(),
            body: crate::words::after_dash(&html[block.body..end]),
        });
        Self { before, list: list.collect() }
    }

    /// The announced window: `THIS IS A SCHEDULED EVENT Apr 7, 13:00 - 23:45 UTC` before the updates.
    pub(crate) fn schedule(&self) -> Option<(Wall, Option<Wall>)> {
        let text = plain(self.before);
        let at = text.to_ascii_uppercase().find("SCHEDULED EVENT")?;
        let window = &text[at + "SCHEDULED EVENT".len()..];
        let mut ends = window.splitn(2, ['-', '–']);
        let from = Wall::read(ends.next()?);
        let until = ends.next().unwrap_or_default();
        let mut from = from?;
        // `13:00 - 23:45 UTC` gives the day once, and the zone once.
        let until = Wall::read(until).or_else(|| Wall::read(&format!("{} {until}", from.day)));
        if from.zone.is_empty() {
            from.zone = until.as_ref().map(|until| until.zone.clone()).unwrap_or_default();
        }
        Some((from, until))
    }
}

/// Where an update was found.
struct Found {
    start: usize,
    when: String,
    state: String,
    body: usize,
}

/// What has been seen of an update.
enum Seen {
    Nothing,
    Small { start: usize, from: usize },
    When { start: usize, when: String },
    Strong { start: usize, when: String, from: usize },
}

fn scan(html: &str) -> impl Iterator<Item = Found> {
    let mut seen = Seen::Nothing;
    pieces(html).filter_map(move |piece| {
        let (next, found) = match (std::mem::replace(&mut seen, Seen::Nothing), piece.token) {
            (_, Token::Open(name, _)) if name == "small" => {
                (Seen::Small { start: piece.start, from: piece.end }, None)
            }
            (Seen::Small { start, from }, Token::Close(name)) if name == "small" => {
                let when = plain(&html[from..piece.start]);
                let next = if when.contains(':') { Seen::When { start, when } } else { Seen::Nothing };
                (next, None)
            }
            (small @ Seen::Small { .. }, _) => (small, None),
            (Seen::When { start, when }, Token::Open(name, _)) if name == "strong" || name == "b" => {
                (Seen::Strong { start, when, from: piece.end }, None)
            }
            (when @ Seen::When { .. }, Token::Text(text)) if text.trim().is_empty() => (when, None),
            (when @ Seen::When { .. }, Token::Open(name, _) | Token::Close(name))
                if name == "br" || name == "p" =>
            {
                (when, None)
            }
            (Seen::Strong { start, when, from }, Token::Close(name)) if name == "strong" || name == "b" => {
                let state = plain(&html[from..piece.start]);
                (Seen::Nothing, Some(Found { start, when, state, body: piece.end }))
            }
            (strong @ Seen::Strong { .. }, Token::Text(_)) => (strong, None),
            _ => (Seen::Nothing, None),
        };
        seen = next;
        found
    })
}

/// A time as a page writes it: no year, and a zone by its short name.
#[derive(Debug, PartialEq)]
pub(crate) struct Wall {
    /// The day as written, to be said again.
    day: String,
    date: (Option<i16>, i8, i8),
    time: Time,
    zone: String,
}

impl Wall {
    /// Reads `Aug 21, 00:37 UTC`, `Aug 21, 2026 - 00:37 UTC`, `21 Aug, 12:37 AM PDT`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut words: Vec<&str> =
            text.split([' ', ',', '\u{A0}']).filter(|word| !matches!(*word, "" | "-" | "–" | "at")).collect();
        let time_at = words.iter().position(|word| word.contains(':'))?;
        let mut time = dates::clock(words[time_at])?;
        let mut zone: Vec<&str> = words.split_off(time_at)[1..].to_vec();
        if let Some(half) = zone.first().filter(|half| matches!(**half, "AM" | "PM" | "am" | "pm")) {
            let afternoon = half.eq_ignore_ascii_case("pm");
            let hour = time.hour() % 12 + if afternoon { 12 } else { 0 };
            time = Time::new(hour, time.minute(), time.second(), 0).ok()?;
            zone.remove(0);
        }
        let number = |word: &&str| word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<i16>().ok();
        let month = words.iter().find_map(|word| dates::month(word))?;
        let day = words.iter().filter_map(number).find(|number| (1..=31).contains(number))?;
        let year = words.iter().filter_map(number).find(|number| (1_990..2_200).contains(number));
        Some(Self {
            day: words.join(" "),
            date: (year, month, i8::try_from(day).ok()?),
            time,
            zone: zone.first().map(|zone| (*zone).to_owned()).unwrap_or_default(),
        })
    }

    /// The instant, given the offset of its zone: in the year that fits `near` best. An update is rarely
    /// more than two months younger than what it is measured by, and may be many months older.
    fn instant(&self, near: Timestamp, offset: i32) -> Option<Timestamp> {
        const YOUNGER: SignedDuration = SignedDuration::from_hours(60 * 24);
        let (year, month, day) = self.date;
        let in_year = |year| dates::at(Date::new(year, month, day).ok()?.to_datetime(self.time), offset);
        if let Some(year) = year {
            return in_year(year);
        }
        let this = near.to_zoned(jiff::tz::TimeZone::UTC).year();
        // 29 February exists every four years, or every eight.
        let candidates = (-8..=1).rev().filter_map(|back| in_year(this + back));
        candidates.into_iter().find(|at| at.duration_since(near) <= YOUNGER)
    }
}

/// Tells the instants of the updates of one item.
pub(crate) struct Clock {
    near: Timestamp,
    /// Offset of the zone of the newest update, measured: Statuspage stamps an entry with its instant.
    measured: Option<(String, i32)>,
}

impl Clock {
    /// A clock set by the time of the entry and what its newest update shows.
    pub(crate) fn new(entry_at: Timestamp, newest: Option<&Wall>) -> Self {
        const QUARTER: i64 = 15 * 60;
        let measured = newest.and_then(|wall| {
            let shown = wall.instant(entry_at, 0)?;
            let offset = shown.as_second() - entry_at.as_second().div_euclid(60) * 60;
            let plausible = offset % QUARTER == 0 && offset.abs() <= 14 * 3_600;
            plausible.then_some((wall.zone.clone(), i32::try_from(offset).ok()?))
        });
        Self { near: entry_at, measured }
    }

    /// The instant of an update; updates are asked for one after the other, in the order of the page.
    pub(crate) fn tell(&mut self, wall: &Wall) -> Option<Timestamp> {
        let at = wall.instant(self.near, self.offset(&wall.zone)?)?;
        self.near = at;
        Some(at)
    }

    fn offset(&self, zone: &str) -> Option<i32> {
        // Short names that several countries use.
        const AMBIGUOUS: [&str; 6] = ["IST", "CST", "BST", "AST", "GST", ""];
        let measured = self.measured.as_ref().filter(|(known, _)| known == zone).map(|(_, offset)| *offset);
        let named = if zone.is_empty() { Some(0) } else { dates::offset_seconds(zone) };
        if AMBIGUOUS.contains(&zone) { measured.or(named) } else { named.or(measured) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entry: &str, shown: &[&str], expected: &[&str]) {
        let walls: Vec<_> = shown.iter().map(|text| Wall::read(text).expect("a time")).collect();
        let mut clock = Clock::new(entry.parse().expect("an instant"), walls.first());
        let told: Vec<_> =
            walls.iter().map(|wall| clock.tell(wall).expect("an instant").to_string()).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn the_year_is_the_one_that_fits() {
        check(
            "2026-01-02T00:10:30Z",
            &["Jan 2, 00:10 UTC", "Dec 31, 23:50 UTC"],
            &["2026-01-02T00:10:00Z", "2025-12-31T23:50:00Z"],
        );
        // A postmortem eight months later.
        check(
            "2026-01-20T10:00:00Z",
            &["Jan 20, 10:00 UTC", "May 20, 10:00 UTC"],
            &["2026-01-20T10:00:00Z", "2025-05-20T10:00:00Z"],
        );
        check("2025-12-30T10:00:00Z", &["Jan 3, 10:00 UTC"], &["2026-01-03T10:00:00Z"]);
        check("2025-03-01T10:00:00Z", &["Feb 29, 10:00 UTC"], &["2024-02-29T10:00:00Z"]);
        check("2025-03-01T10:00:00Z", &["Feb 28, 2023 - 10:00 UTC"], &["2023-02-28T10:00:00Z"]);
    }

    #[test]
    fn zones_are_named_or_measured() {
        check("2026-07-01T17:00:20Z", &["Jul 1, 10:00 PDT"], &["2026-07-01T17:00:00Z"]);
        check("2026-07-01T02:00:20Z", &["Jul 1, 10:00 CST"], &["2026-07-01T02:00:00Z"]);
        check(
            "2026-07-01T10:00:20Z",
            &["Jul 1, 13:00 XYZT", "Jul 1, 12:30 XYZT"],
            &["2026-07-01T10:00:00Z", "2026-07-01T09:30:00Z"],
        );
        check(
            "2026-07-01T19:05:00Z",
            &["Jul 1, 12:05 PM PDT", "1 July at 12:05 am PDT"],
            &["2026-07-01T19:05:00Z", "2026-07-01T07:05:00Z"],
        );
    }

    #[test]
    fn a_schedule_stands_before_the_updates() {
        let html = "<p><strong>THIS IS A SCHEDULED EVENT Apr <var>7</var>, <var>13:00</var> - <var>23:45</var> UTC</strong></p>\
                    <p><small>Apr <var>1</var>, <var>10:00</var> UTC</small><br><strong>Scheduled</strong> - Work.</p>";
        let blocks = Blocks::of(html);
        let (from, until) = blocks.schedule().expect("a schedule");
        assert_eq!((from.time.hour(), from.zone.as_str()), (13, "UTC"));
        assert_eq!(until.map(|until| (until.date, until.time.hour())), Some(((None, 4, 7), 23)));
        assert_eq!(blocks.list.len(), 1);
        assert_eq!((blocks.list[0].state.as_str(), blocks.list[0].body), ("Scheduled", "Work.</p>"));
    }
}
