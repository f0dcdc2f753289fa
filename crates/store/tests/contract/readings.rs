//! Readings, read times and what the detector has learned.

use crate::database::Database;
use crate::support::at;
use domain::detect::Baselines;
use domain::reads::{Frame, Moment, Series};
use domain::time::Window;
use jiff::SignedDuration;
use std::sync::Arc;
use store::readings::heat::REST;
use store::{Line, ReadTime, Reading, Retention, Store};

on_both_databases! {
    seconds_come_back_and_a_repeated_call_does_no_harm,
    seconds_become_minutes_once_their_block_is_over,
    what_is_older_than_it_is_kept_is_forgotten,
    a_block_that_cannot_be_read_does_not_keep_the_next_ones_out,
    read_times_come_back_the_longest_first_and_bounded,
    what_was_learned_outlives_a_restart,
    another_database_and_another_node_are_kept_apart,
}

/// Beginning of a block of minutes, and so of one of seconds.
const BLOCK: i64 = 0;

/// A day, in seconds.
const DAY: i64 = 86_400;

fn reading(second: i64, hot_ms: f32) -> Reading {
    let mut frame = Frame::new(Moment::from_secs(second));
    frame.set(Series::HotMs, hot_ms);
    frame.set(Series::InFlight, 3.0);
    Reading { at: at(second), frame }
}

async fn keep(store: &Store, node: &str, readings: Vec<Reading>) {
    store.keep_readings("prod1", &[(Arc::from(node), readings)]).await.unwrap();
}

async fn hot(store: &Store, node: &str, from: i64, until: i64, step: i64) -> Line {
    let window = Window::closed(at(from), at(until));
    let step = SignedDuration::from_secs(step);
    let mut lines = store.readings("prod1", node, &[Series::HotMs], window, step).await.unwrap();
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

/// Seconds since the first instant, and least, mean and greatest value.
fn figures(line: &Line) -> Vec<(i64, [f32; 3])> {
    let seconds = |point: &store::Point| point.at.duration_since(at(0)).as_secs();
    line.points.iter().map(|point| (seconds(point), [point.least, point.mean, point.greatest])).collect()
}

async fn seconds_come_back_and_a_repeated_call_does_no_harm(database: Database) {
    let store = database.open().await;
    let first = vec![reading(BLOCK, 0.25), reading(BLOCK + 1, 0.5)];
    keep(&store, "a:27017", first.clone()).await;
    keep(&store, "a:27017", first).await;
    keep(
        &store,
        "a:27017",
        vec![reading(BLOCK + 3, 9_000.0), reading(BLOCK + 299, 1.0), reading(BLOCK + 300, 2.0)],
    )
    .await;
    let line = hot(&store, "a:27017", BLOCK, BLOCK + 600, 1).await;
    let expected = [(0, 0.25), (1, 0.5), (3, 9_000.0), (299, 1.0), (300, 2.0)];
    assert_eq!(figures(&line), expected.map(|(second, value)| (second, [value; 3])));
    let inside = hot(&store, "a:27017", BLOCK + 1, BLOCK + 299, 1).await;
    assert_eq!(figures(&inside).len(), 2, "the end does not belong to the window");
    let coarse = hot(&store, "a:27017", BLOCK, BLOCK + 600, 10).await;
    assert_eq!(figures(&coarse)[0], (0, [0.25, (0.25 + 0.5 + 9_000.0) / 3.0, 9_000.0]));
    assert_eq!(store.reading_nodes("prod1", at(0)).await.unwrap(), ["a:27017"]);
    let absent =
        store.readings("prod1", "a:27017", &[Series::Connections], Window::open(at(0)), SignedDuration::ZERO);
    assert_eq!(absent.await.unwrap()[0].points, []);
}

async fn seconds_become_minutes_once_their_block_is_over(database: Database) {
    let store = database.open().await;
    let five_minutes = (0..300).map(|second| reading(BLOCK + second, if second == 70 { 500.0 } else { 1.0 }));
    keep(&store, "a:27017", five_minutes.collect()).await;
    let before = hot(&store, "a:27017", BLOCK, BLOCK + 900, 60).await;
    keep(&store, "a:27017", vec![reading(BLOCK + 300, 4.0)]).await;
    let (seconds, minutes) = store.reading_bytes("prod1", "a:27017").await.unwrap();
    assert!(seconds > 0 && minutes > 0, "{seconds} {minutes}");
    let after = hot(&store, "a:27017", BLOCK, BLOCK + 900, 60).await;
    let folded = figures(&after);
    assert_eq!(folded.len(), 6, "five minutes that are folded, and one that is not yet");
    assert_eq!(folded[0], (0, [1.0; 3]));
    assert_eq!((folded[1].1[0], folded[1].1[2]), (1.0, 500.0));
    assert!((folded[1].1[1] - 559.0 / 60.0).abs() < 0.01, "{folded:?}");
    assert_eq!(folded[5], (300, [4.0; 3]));
    assert_eq!(before.points.len(), 5, "minutes are made of seconds as long as they are not folded");
    // A second that comes late is folded again with the rest.
    keep(&store, "a:27017", vec![reading(BLOCK + 10, 77.0), reading(BLOCK + 301, 4.0)]).await;
    let late = hot(&store, "a:27017", BLOCK, BLOCK + 60, 60).await;
    assert_eq!(figures(&late)[0].1[2].to_string(), "77");
}

async fn what_is_older_than_it_is_kept_is_forgotten(database: Database) {
    let store = database.open().await;
    keep(&store, "a:27017", (0..60).map(|second| reading(BLOCK + second, 1.0)).collect()).await;
    keep(&store, "a:27017", vec![reading(BLOCK + DAY, 2.0)]).await;
    let times = [ReadTime { namespace: "crm.messages".into(), read_us: 5 }];
    store.keep_read_times("prod1", at(BLOCK), &times).await.unwrap();
    store.prune_readings(at(BLOCK + DAY), Retention::default()).await.unwrap();
    assert_eq!(hot(&store, "a:27017", BLOCK, BLOCK + 60, 1).await.points, [], "seconds go after six hours");
    let all = async || hot(&store, "a:27017", BLOCK, BLOCK + 2 * DAY, 60).await.points.len();
    assert_eq!(all().await, 2, "minutes stay");
    let heat = async || {
        let rows = store.read_times("prod1", Window::open(at(0)), SignedDuration::from_mins(1), 9).await;
        rows.unwrap().len()
    };
    assert_eq!(heat().await, 1);
    store.prune_readings(at(BLOCK + 92 * DAY), Retention::default()).await.unwrap();
    assert_eq!((all().await, heat().await), (0, 0));
    assert_eq!(store.reading_bytes("prod1", "a:27017").await.unwrap(), (0, 0));
}

async fn a_block_that_cannot_be_read_does_not_keep_the_next_ones_out(database: Database) {
    let store = database.open().await;
    keep(&store, "a:27017", vec![reading(BLOCK, 1.0)]).await;
    let mut connection = database.connect().await;
    let torn = sqlx::query("UPDATE reading SET block = $1").bind(vec![1_u8, 2, 3]);
    torn.execute(&mut connection).await.unwrap();
    keep(&store, "a:27017", vec![reading(BLOCK + 1, 2.0)]).await;
    assert_eq!(figures(&hot(&store, "a:27017", BLOCK, BLOCK + 9, 1).await), [(1, [2.0; 3])]);
}

async fn read_times_come_back_the_longest_first_and_bounded(database: Database) {
    let store = database.open().await;
    let minute = |minute: i64| at(BLOCK + 60 * minute);
    let times: Vec<ReadTime> = (0..100_i64)
        .map(|number| ReadTime { namespace: format!("crm.c{number}"), read_us: number })
        .collect();
    store.keep_read_times("prod1", minute(0), &times).await.unwrap();
    store.keep_read_times("prod1", minute(0), &times).await.unwrap();
    let one = [ReadTime { namespace: "crm.c99".into(), read_us: 10_000 }];
    store.keep_read_times("prod1", minute(59), &one).await.unwrap();
    store.keep_read_times("prod1", minute(60), &one).await.unwrap();
    let read = async |limit: usize, step: i64| {
        let step = SignedDuration::from_mins(step);
        store.read_times("prod1", Window::closed(minute(0), minute(120)), step, limit).await.unwrap()
    };
    let rows = read(100, 1).await;
    assert_eq!(rows.len(), 41, "forty, and the rest as one");
    assert_eq!((rows[0].namespace.as_str(), rows[0].total_us), ("crm.c99", 20_099));
    assert_eq!(rows[0].cells, [(minute(0), 99), (minute(59), 10_000), (minute(60), 10_000)]);
    assert_eq!((rows[1].namespace.as_str(), rows[1].total_us), (REST, (0..60).sum::<i64>()));
    let rows = read(2, 60).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].cells, [(minute(0), 10_099), (minute(60), 10_000)]);
    // Ever new names do not make the row of an hour grow without end.
    for number in 0..30 {
        let names = (0..40).map(|name| ReadTime { namespace: format!("x{number}.c{name}"), read_us: 1 });
        store.keep_read_times("prod1", minute(number), &names.collect::<Vec<_>>()).await.unwrap();
    }
    assert!(read(1_000, 1).await.len() <= 82);
}

async fn what_was_learned_outlives_a_restart(database: Database) {
    let store = database.open().await;
    assert_eq!(store.baselines("prod1").await, Ok(Baselines::default()));
    let learned = Baselines { lines: vec!["a:27017 hot 3 0.31".into(), "a:27017 cold 3 1.2".into()] };
    store.keep_baselines("prod1", &Baselines { lines: vec!["old".into()] }).await.unwrap();
    store.keep_baselines("prod1", &learned).await.unwrap();
    store.close().await;
    let store = database.open().await;
    assert_eq!(store.baselines("prod1").await, Ok(learned));
    assert_eq!(store.baselines("prod2").await, Ok(Baselines::default()));
}

async fn another_database_and_another_node_are_kept_apart(database: Database) {
    let store = database.open().await;
    keep(&store, "a:27017", vec![reading(BLOCK, 1.0)]).await;
    keep(&store, "b:27017", vec![reading(BLOCK, 2.0)]).await;
    store.keep_readings("prod2", &[("a:27017".into(), vec![reading(BLOCK, 3.0)])]).await.unwrap();
    assert_eq!(figures(&hot(&store, "a:27017", 0, 9, 1).await), [(0, [1.0; 3])]);
    assert_eq!(figures(&hot(&store, "b:27017", 0, 9, 1).await), [(0, [2.0; 3])]);
    assert_eq!(store.reading_nodes("prod1", at(0)).await.unwrap(), ["a:27017", "b:27017"]);
    assert_eq!(store.reading_nodes("prod1", at(86_400 * 2)).await.unwrap(), Vec::<String>::new());
}
