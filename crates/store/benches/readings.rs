//! How much room readings take, and how long it takes to keep and to read them: one node, one day, second by
//! second, told every ten seconds as the watch does. `cargo bench -p store --bench readings`.
//!
//! The seconds are made up: each series wanders about its level as those of a busy node do, latencies with a
//! long tail. Prints figures and judges none.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a benchmark measures time and stops at a fault"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use domain::reads::frame::SERIES;
use domain::reads::{Frame, Moment, Series};
use domain::time::Window;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Instant;
use store::{Reading, Store};
use support::{Folder, Random, at};

const NODE: &str = "mongo-a.example:27017";
const DAY_S: i64 = 86_400;
const BATCH_S: i64 = 10;

#[tokio::main]
async fn main() {
    let folder = Folder::new();
    let store = Store::open(&folder.url("readings.db"), "bench").await.expect("a database");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut kept_for = Vec::new();
    for from in (0..DAY_S).step_by(usize::try_from(BATCH_S).unwrap_or(1)) {
        let readings = (from..from + BATCH_S).map(|second| reading(second, &mut random)).collect();
        let began = Instant::now();
        store.keep_readings("prod1", &[(Arc::from(NODE), readings)]).await.expect("kept");
        kept_for.push(began.elapsed());
    }
    kept_for.sort_unstable();
    let (seconds, minutes) = store.reading_bytes("prod1", NODE).await.expect("counted");
    println!("seconds: {seconds} bytes a node and day ({} for the six hours that are kept)", seconds / 4);
    println!("minutes: {minutes} bytes a node and day ({} for the ninety days that are kept)", minutes * 90);
    println!(
        "keep: {:?} at the median, {:?} at worst",
        kept_for[kept_for.len() / 2],
        kept_for[kept_for.len() - 1]
    );
    for (words, length_s, step_s) in
        [("ten minutes", 600, 1), ("six hours", 21_600, 60), ("a day", DAY_S, 300)]
    {
        let window = Window::closed(at(DAY_S - length_s), at(DAY_S));
        let series: Vec<Series> = SERIES.iter().map(|line| line.series).collect();
        let began = Instant::now();
        let lines = store.readings("prod1", NODE, &series, window, SignedDuration::from_secs(step_s)).await;
        let points: usize = lines.expect("read").iter().map(|line| line.points.len()).sum();
        println!("read {words}: {points} points in {:?}", began.elapsed());
    }
}

/// A second in which each series is somewhere about its level.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn reading(second: i64, random: &mut Random) -> Reading {
    let mut frame = Frame::new(Moment::from_secs(second));
    let mut noise = || random.below(10_000) as f32 / 10_000.0;
    for line in SERIES {
        let value = match line.name {
            name if name.ends_with("_ms") => 0.3 / (1.001 - noise()).sqrt(),
            name if name.ends_with("_per_s") => (900.0 * (0.8 + 0.4 * noise())).round(),
            name if name.ends_with("_percent") => 70.0 + 5.0 * noise(),
            "connections" => 212.0,
            _ => (8.0 * noise() * noise()).round(),
        };
        frame.set(line.series, value);
    }
    Reading { at: at(second), frame }
}
