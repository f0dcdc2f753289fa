//! Windows that recur, over summer time, leap days and clocks that are set wrong: none is missed, none is doubled.

use domain::recurrence::Rule;
use domain::{Recurrence, Slug, Timestamp};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

/// Zones with and without summer time, in both halves of the world, by half hours, and one that left a day out.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Apia",
];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("bundled")
}

fn recurrence(rule: Rule, at: Time, hours: i64, ahead_days: i64) -> Recurrence {
    Recurrence {
        id: "r1".into(),
        environment: Slug::from_name("prod1").expect("slug"),
        title: "Backups".into(),
        body: "As every week.".into(),
        components: Vec::new(),
        rule,
        at,
        zone: String::new(),
        lasts_for: SignedDuration::from_hours(hours),
        ahead_for: SignedDuration::from_hours(24 * ahead_days),
    }
}

fn rules() -> impl Strategy<Value = Rule> {
    let weekday = select(vec![
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ]);
    prop_oneof![
        weekday.clone().prop_map(Rule::Weekly),
        (1..=31_i8).prop_map(Rule::MonthDay),
        (select(vec![1_i8, 2, 3, 4, -1]), weekday).prop_map(|(place, day)| Rule::MonthWeekday(place, day)),
    ]
}

/// Whether a rule falls on a day, worked out another way.
fn wanted(rule: Rule, day: Date) -> bool {
    match rule {
        Rule::Weekly(weekday) => day.weekday() == weekday,
        Rule::MonthDay(number) => {
            let is_last = day.tomorrow().expect("in range").day() == 1;
            day.day() == number || is_last && day.day() < number
        }
        Rule::MonthWeekday(-1, weekday) => {
            let next = day.checked_add(7.days()).expect("in range");
            day.weekday() == weekday && next.month() != day.month()
        }
        Rule::MonthWeekday(place, weekday) => day.weekday() == weekday && (day.day() - 1) / 7 + 1 == place,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_window_is_announced_once_whatever_the_clock_does(
        rule in rules(),
        name in select(ZONES.to_vec()),
        minute in 0..1_440_i64,
        hours in 1..12_i64,
        ahead_days in 1..15_i64,
        first_day in 0..6_000_i64,
        steps in proptest::collection::vec((1..40_i64, -1..=1_i64), 50..120),
    ) {
        let at = Time::midnight() + SignedDuration::from_mins(minute);
        let recurrence = recurrence(rule, at, hours, ahead_days);
        let zone = zone(name);
        let start = Timestamp::from_second(1_262_304_000 + first_day * 86_400).expect("in range");
        let mut announced: BTreeMap<Date, (Timestamp, String)> = BTreeMap::new();
        let mut clock = start;
        for (wait, jump) in steps {
            clock += SignedDuration::from_hours(wait);
            // The clock is an hour early or late for one look.
            let shown = clock + SignedDuration::from_hours(jump);
            for one in recurrence.to_announce(&zone, shown) {
                let kept = (one.window.from, one.id.to_string());
                let known = announced.entry(one.day).or_insert_with(|| kept.clone());
                prop_assert_eq!(&*known, &kept, "one day, two windows");
                let length = one.window.until.map(|until| until.duration_since(one.window.from));
                prop_assert_eq!(length, Some(SignedDuration::from_hours(hours)));
                let local = one.window.from.to_zoned(zone.clone());
                // Where the local time does not exist, it begins after the jump, which is at most a day.
                let skipped = local.datetime() != one.day.to_datetime(at);
                let moved = local.datetime().duration_since(one.day.to_datetime(at));
                prop_assert!(!skipped || (SignedDuration::ZERO..=SignedDuration::from_hours(24)).contains(&moved));
            }
        }
        let ids: std::collections::BTreeSet<_> = announced.values().map(|(_, id)| id).collect();
        prop_assert_eq!(ids.len(), announced.len(), "two days, one identifier");
        // Waits of up to forty hours: whatever began later than that after the start was ahead at some look, if
        // it is announced at least as long before; else it may have begun and ended between two looks.
        let sure_from = start.to_zoned(zone.clone()).date().checked_add(3.days()).expect("in range");
        let sure_until = clock.to_zoned(zone.clone()).date().saturating_sub(2.days());
        for day in sure_from.series(1.day()).take_while(|day| *day <= sure_until) {
            if ahead_days >= 3 {
                prop_assert_eq!(announced.contains_key(&day), wanted(rule, day), "{} {} {}", rule, name, day);
            } else {
                prop_assert!(!announced.contains_key(&day) || wanted(rule, day), "{} {} {}", rule, name, day);
            }
        }
    }

    #[test]
    fn a_rule_reads_back(rule in rules()) {
        prop_assert_eq!(Rule::parse(&rule.to_string()), Some(rule));
    }
}

#[test]
fn a_night_with_a_changed_clock_has_one_window_of_the_usual_length() {
    let berlin = zone("Europe/Berlin");
    let at = "02:30".parse().expect("a time");
    let sundays = recurrence(Rule::Weekly(Weekday::Sunday), at, 2, 7);
    let window = |from: &str| {
        let from: Timestamp = from.parse().expect("an instant");
        let found = sundays.occurrences(&berlin, from, from + SignedDuration::from_hours(24));
        assert_eq!(found.len(), 1);
        found[0].window.from.to_string()
    };
    // 02:30 does not exist on the one night and exists twice on the other.
    assert_eq!(window("2025-03-29T23:00:00Z"), "2025-03-30T01:30:00Z");
    assert_eq!(window("2025-10-25T22:00:00Z"), "2025-10-26T00:30:00Z");
}

#[test]
fn the_last_day_of_a_month_is_the_29th_in_a_leap_year() {
    let at = "04:00".parse().expect("a time");
    let monthly = recurrence(Rule::MonthDay(31), at, 1, 7);
    let from: Timestamp = "2024-02-01T00:00:00Z".parse().expect("an instant");
    let days: Vec<String> = monthly
        .occurrences(&TimeZone::UTC, from, from + SignedDuration::from_hours(24 * 70))
        .iter()
        .map(|one| one.day.to_string())
        .collect();
    assert_eq!(days, ["2024-02-29", "2024-03-31"]);
}

#[test]
fn what_is_no_rule_is_none() {
    for text in [
        "",
        "daily",
        "weekly",
        "weekly funday",
        "monthly 0",
        "monthly 32",
        "monthly fifth monday",
        "weekly monday tuesday",
    ] {
        assert_eq!(Rule::parse(text), None, "{text}");
    }
}
