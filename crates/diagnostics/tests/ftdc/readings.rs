//! What becomes of samples that a real server takes only on a bad day.

use super::encoder::{Bson, Plain};
use diagnostics::readings::{Met, Readings};
use domain::reads::{Metric, Role};

const T: i64 = 1_700_000_000_000;

/// A chunk of samples taken at those moments after `T`, by a node that has been up for those milliseconds.
fn chunk(samples: &[(i64, i64)]) -> Vec<u8> {
    let (starts, uptimes): (Vec<_>, Vec<_>) = samples.iter().map(|(at, up)| (T + at, *up)).unzip();
    let status = Bson::new().long("uptimeMillis", uptimes[0]);
    let sample = Bson::new().date("start", starts[0]).document("serverStatus", &status);
    Plain::new(sample, &[starts, uptimes]).document(T)
}

/// What is met, in a few words.
fn met_in(readings: &mut Readings, file: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    readings.take_in(file, |met| {
        all.push(match met {
            Met::Reading(reading) => {
                format!("{} at {}", reading.at.as_millisecond() - T, reading.moment.0 / 1_000)
            }
            Met::Gap(gap) => {
                let [from, until] = [gap.from, gap.until].map(|at| at.as_millisecond() - T);
                format!("gap {from} {until}{}", if gap.restarted { " restarted" } else { "" })
            }
            Met::Trouble(trouble) => trouble.to_string(),
        });
    });
    all
}

#[test]
fn a_stretch_without_samples_is_a_gap_and_tells_a_restart() {
    let file = chunk(&[(0, 100), (1_000, 1_100), (2_500, 2_600), (4_001, 4_100), (9_000, 50)]);
    assert_eq!(
        met_in(&mut Readings::new(), &file),
        [
            "0 at 0",
            "1000 at 1000",
            "2500 at 2500",
            "gap 2500 4001",
            "4001 at 4001",
            "gap 4001 9000 restarted",
            "9000 at 9000",
        ]
    );
}

#[test]
fn a_clock_that_is_set_back_loses_no_sample() {
    let file = chunk(&[(5_000, 0), (6_000, 1), (1_000, 2), (2_000, 3)]);
    assert_eq!(
        met_in(&mut Readings::new(), &file),
        ["5000 at 0", "6000 at 1000", "1000 at 2000", "2000 at 3000"]
    );
}

#[test]
fn what_an_earlier_file_told_is_passed_over() {
    let mut readings = Readings::new();
    met_in(&mut readings, &chunk(&[(0, 0), (1_000, 1)]));
    assert_eq!(met_in(&mut readings, &chunk(&[(0, 0), (1_000, 1), (2_000, 2)])), ["2000 at 2000"]);
}

/// The only reading of a sample with those sections.
fn reading(sections: &Bson, columns: &[i64]) -> diagnostics::readings::Reading {
    let columns: Vec<_> = columns.iter().map(|value| vec![*value]).collect();
    let mut found = Vec::new();
    Readings::new().take_in(&Plain::new(sections.clone(), &columns).document(T), |met| match met {
        Met::Reading(reading) => found.push(reading),
        other => panic!("{other:?}"),
    });
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn sections_of_a_service_are_found() {
    let status = Bson::new()
        .date("start", T + 3)
        .text("process", "mongos")
        .document("connections", &Bson::new().int("current", 7))
        .date("end", T + 8);
    let sections =
        Bson::new().date("start", T).document("common", &Bson::new().document("serverStatus", &status));
    let reading = reading(&sections, &[T, T + 3, 7, T + 8]);
    assert_eq!(reading.counters.get(Metric::Connections), Some(7));
    assert_eq!(reading.took_us, 5_000);
    assert_eq!(reading.role, Role::Router);
}

#[test]
fn a_node_is_what_its_set_says_before_what_it_says_itself() {
    let repl = |primary: bool, secondary: bool| {
        let repl = Bson::new().flag("ismaster", primary).flag("secondary", secondary);
        Bson::new().document("serverStatus", &Bson::new().document("repl", &repl))
    };
    let with_state =
        |bson: Bson, state| bson.document("replSetGetStatus", &Bson::new().int("myState", state));
    let cases = [
        (reading(&Bson::new().int("start", 1), &[1]), Role::Standalone),
        (reading(&repl(true, false), &[1, 0]), Role::Primary),
        (reading(&repl(false, true), &[0, 1]), Role::Secondary),
        (reading(&repl(false, false), &[0, 0]), Role::Other),
        (reading(&with_state(repl(false, true), 1), &[0, 1, 1]), Role::Primary),
        (reading(&with_state(repl(true, false), 2), &[1, 0, 2]), Role::Secondary),
        (reading(&with_state(repl(false, false), 7), &[0, 0, 7]), Role::Arbiter),
        (reading(&with_state(repl(true, false), 9), &[1, 0, 9]), Role::Other),
    ];
    for (reading, role) in cases {
        assert_eq!(reading.role, role);
    }
}
