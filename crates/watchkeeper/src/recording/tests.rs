//! Writing, reading back and replaying.

use super::line::{parse, render};
use super::*;
use domain::reads::{
    Answer, Bucket, Counters, Failure, Group, Host, InFlight, Look, Metric, Moment, Path, Role, Sample, Use,
};
use jiff::Timestamp;
use std::io::Cursor;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_470_800 + second).expect("in range")
}

fn sample(path: Path, began: i64, look: Look) -> Sample {
    Sample { node: "db1:27017".into(), path, began: Moment(began), look }
}

fn answers() -> Vec<Answer> {
    let mut counters = Counters::default();
    counters.set(Metric::Reads, 12);
    counters.set(Metric::QueuedReaders, 0);
    counters.read_histogram = vec![Bucket { from_us: 0, count: 3 }, Bucket { from_us: 512, count: 1 }];
    let mut group = Group { namespace: "crm.messages".into(), reads: true, ..Group::default() };
    group.command = "find".into();
    group.message = "Index Build: 12/100".into();
    group.exclusive_us = 7;
    group.add(1_500_000, true, 3);
    let in_flight = InFlight { groups: vec![group, Group::default()], fsync_locked: true };
    let one = Use { namespace: "crm.messages".into(), read_us: 1, reads: 2, write_us: 3, writes: 4 };
    let host = Host { state: b'D', cpu_us: 5, cpu_pressure_us: 0, io_pressure_us: -1 };
    vec![
        Answer::Read,
        Answer::Role(Role::Primary),
        Answer::Counters(Box::new(counters)),
        Answer::InFlight(Box::new(in_flight)),
        Answer::Top(vec![one]),
        Answer::Host(host),
        Answer::Host(Host::default()),
    ]
}

fn failures() -> Vec<Failure> {
    let why = || "because".to_owned();
    vec![
        Failure::TimedOut,
        Failure::Refused,
        Failure::Closed,
        Failure::Unreachable(why()),
        Failure::NoServer,
        Failure::Forbidden(why()),
        Failure::Server(-13, why()),
        Failure::Garbage(String::new()),
    ]
}

#[test]
fn every_answer_and_failure_reads_back() {
    let answered = answers().into_iter().map(|answer| Look::Answered(9, answer));
    let failed = failures().into_iter().map(|failure| Look::Failed(0, failure));
    for look in answered.chain(failed).chain([Look::Began]) {
        let line = Line::Sample(sample(Path::Cold("crm.a:b".into()), -4, look));
        assert_eq!(parse(render(&line).as_bytes()), Ok(line));
    }
}

#[test]
fn the_lines_stand_as_they_are_documented() {
    let header = Header { database: "crm".to_owned(), started_at: at(0) };
    let lines = [
        Line::Header(header),
        Line::Wall(Moment::from_secs(1), at(0)),
        Line::Sample(sample(Path::Hot("crm.m".into()), 20, Look::Answered(340, Answer::Read))),
        Line::Sample(sample(Path::Hello, 30, Look::Began)),
        Line::Sample(sample(Path::App, 40, Look::Failed(5, Failure::Server(50, "exceeded".to_owned())))),
    ];
    let text: Vec<String> = lines.iter().map(render).collect();
    for (text, wanted) in text.iter().zip([
        r#"{"recording":1,"database":"crm","started_at":"2026-03-02T17:00:00Z"}"#,
        r#"{"wall":"2026-03-02T17:00:00Z","t":1000000}"#,
        r#"{"n":"db1:27017","p":"hot:crm.m","t":20,"us":340,"ok":true}"#,
        r#"{"n":"db1:27017","p":"hello","t":30}"#,
        r#"{"n":"db1:27017","p":"app","t":40,"us":5,"fail":"server","why":"exceeded","code":50}"#,
    ]) {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(text), value(wanted));
    }
}

fn reader(lines: &[&str]) -> Reader {
    let first = r#"{"recording":1,"database":"crm","started_at":"2026-03-02T17:00:00Z"}"#;
    let text = [&[first], lines].concat().join("\n");
    Reader::new(Cursor::new(text)).expect("a recording")
}

#[test]
fn what_cannot_be_read_is_named_by_its_line_and_the_rest_is_read() {
    let giant = format!(r#"{{"n":"{}"}}"#, "x".repeat(MAX_LINE_BYTES));
    let mut reader = reader(&[
        r#"{"n":"a:1","p":"hello","t":1,"us":2,"role":"primary"}"#,
        "torn{",
        &giant,
        "",
        r#"{"n":"a:1","p":"hello","t":1,"us":-2,"role":"primary"}"#,
        r#"{"n":"a:1","p":"who","t":1}"#,
        r#"{"n":"a:1","p":"counters","t":3.0,"us":2,"counters":{"reads":4,"invented":"x"}}"#,
        r#"{"n":"a:1","p":"in_flight","t":3,"us":2,"in_flight":{"groups":[{"n":-1}]}}"#,
        r#"{"n":"a:1","p":"app","t":5"#,
    ]);
    assert_eq!(reader.header().database, "crm");
    assert_eq!(reader.by_ref().count(), 2);
    let lines: Vec<u64> = reader.troubles().iter().map(|trouble| trouble.line).collect();
    assert_eq!((lines, reader.unread()), (vec![3, 4, 6, 7, 9, 10], 6));
}

#[test]
fn a_file_that_is_no_recording_is_refused() {
    for text in ["", "{}\n", "{\"recording\":2,\"database\":\"a\",\"started_at\":\"2026-03-02T17:00:00Z\"}\n"]
    {
        assert!(Reader::new(Cursor::new(text)).is_err(), "{text}");
    }
}

#[test]
fn a_replay_tells_each_look_when_it_began_and_when_it_ended() {
    let reader = reader(&[
        r#"{"wall":"2026-03-02T17:00:00Z","t":0}"#,
        r#"{"n":"a:1","p":"app","t":300,"us":10,"ok":true}"#,
        r#"{"n":"a:1","p":"hello","t":100}"#,
        r#"{"wall":"2026-03-02T17:00:01Z","t":1000000}"#,
        r#"{"n":"a:1","p":"hello","t":100,"us":1500000,"role":"primary"}"#,
        r#"{"n":"a:1","p":"fresh","t":1600000}"#,
    ]);
    let told: Vec<(i64, String)> = in_order(reader)
        .map(|(at, event)| match event {
            Event::Wall(_) => (at.0, "wall".to_owned()),
            Event::Sample(sample) if sample.look == Look::Began => {
                (at.0, format!("{} began", sample.path.name()))
            }
            Event::Sample(sample) => (at.0, sample.path.name()),
        })
        .collect();
    let told: Vec<(i64, &str)> = told.iter().map(|(at, what)| (*at, what.as_str())).collect();
    assert_eq!(
        told,
        [
            (0, "wall"),
            (100, "hello began"),
            (300, "app began"),
            (310, "app"),
            (1_000_000, "wall"),
            (1_500_100, "hello"),
            (1_600_000, "fresh began"),
        ]
    );
}

#[test]
fn a_long_recording_is_replayed_in_order_without_being_held() {
    let mut lines = vec![];
    for second in 0..600_i64 {
        lines.push(Line::Wall(Moment::from_secs(second), at(second)));
        let began = second * 1_000_000 - 700;
        lines.push(Line::Sample(sample(Path::Hello, began, Look::Answered(900, Answer::Read))));
    }
    let mut order = in_order(lines.into_iter());
    let moments: Vec<Moment> = order.by_ref().map(|(at, _)| at).collect();
    assert_eq!(moments.len(), 1_800);
    assert!(moments.is_sorted());
}

#[test]
fn a_recorder_tells_what_is_overdue_and_loses_nothing_when_it_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = Header { database: "crm".to_owned(), started_at: at(0) };
    let mut recorder = Recorder::create(folder.path(), &header).expect("a new recording");
    let began = sample(Path::Hello, 0, Look::Began);
    let quick = sample(Path::App, 10, Look::Answered(5, Answer::Read));
    recorder.record(&began).expect("written");
    recorder.record(&sample(Path::App, 10, Look::Began)).expect("written");
    recorder.record(&quick).expect("written");
    recorder.tick(Moment::from_secs(1), at(1)).expect("written");
    recorder.tick(Moment::from_secs(2), at(2)).expect("written");
    let late = sample(Path::Hello, 0, Look::Failed(2_500_000, Failure::TimedOut));
    recorder.record(&late).expect("written");
    recorder.tick(Moment::from_secs(3), at(3)).expect("written");
    // Neither finished nor dropped: what a killed program leaves behind.
    std::mem::forget(recorder);
    let lines: Vec<Line> = Reader::open(folder.path()).expect("a recording").collect();
    let wall = |second| Line::Wall(Moment::from_secs(second), at(second));
    let wanted = [Line::Sample(quick), wall(1), Line::Sample(began), wall(2), Line::Sample(late), wall(3)];
    assert_eq!(lines, wanted);
    assert!(Recorder::create(folder.path(), &header).is_err(), "a recording is never written over");
}
