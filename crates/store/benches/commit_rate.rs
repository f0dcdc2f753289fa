//! How many commits a second, and how long each waits, beside what the disk itself can flush in the same run:
//! the ratio travels between machines, the rates do not.
//!
//! `cargo bench -p store`; PostgreSQL too where `WATCHKEEPER_TEST_POSTGRES` names a server.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "../tests/support/mod.rs"]
mod support;

use domain::{Decision, State};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};
use store::Store;
use support::{Folder, id, opened, updated};

/// Commits per measurement.
const COMMITS: u64 = 3_840;

#[tokio::main]
async fn main() {
    let folder = Folder::new();
    let disk = flush_rate(&folder);
    println!("| database | waiting | commits/s | p50 ms | p99 ms | commits per flush of the disk |");
    println!("|---|---|---|---|---|---|");
    for waiting in [1, 32, 128] {
        let store = Store::open(&folder.url(&format!("{waiting}.db")), "bench").await.unwrap();
        measure("SQLite", &store, 0, waiting, disk).await;
        store.close().await;
    }
    let Ok(server) = std::env::var("WATCHKEEPER_TEST_POSTGRES") else { return };
    let url = schema(&server).await;
    let store = Store::open(&url, "bench").await.unwrap();
    for (round, waiting) in (1..).zip([1, 32, 128]) {
        measure("PostgreSQL", &store, round * 1_000_000, waiting, disk).await;
    }
}

/// Flushes a second of 4 KiB written over and over, and how long each takes.
fn flush_rate(folder: &Folder) -> f64 {
    let mut file = File::create(folder.path().join("flush")).unwrap();
    let mut took = Vec::new();
    for _ in 0..2_000 {
        let start = Instant::now();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        took.push(start.elapsed());
    }
    let rate = 2_000.0 / took.iter().sum::<Duration>().as_secs_f64();
    let (p50, p99) = percentiles(&mut took);
    println!("disk: 4 KiB overwrite + fdatasync {rate:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms\n");
    rate
}

/// Every task opens incidents and updates them; what is to be decided was decided before.
async fn measure(name: &str, store: &Store, first: u64, waiting: u64, disk: f64) {
    let each = COMMITS / waiting;
    let work: Vec<Vec<Decision>> = (0..waiting).map(|task| story(first + task * 10_000, each)).collect();
    let start = Instant::now();
    let tasks: Vec<_> = work
        .into_iter()
        .map(|decisions| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut took = Vec::with_capacity(decisions.len());
                for decision in &decisions {
                    let start = Instant::now();
                    store.commit(decision, None).await.unwrap();
                    took.push(start.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    let rate = f64::from(u32::try_from(took.len()).unwrap()) / start.elapsed().as_secs_f64();
    let (p50, p99) = percentiles(&mut took);
    println!("| {name} | {waiting} | {rate:.0} | {p50:.1} | {p99:.1} | {:.2} |", rate / disk);
}

/// Incidents of six commits: opened, four updates, resolved.
fn story(first: u64, commits: u64) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = Vec::new();
    for number in 0..commits {
        let decision = match number % 6 {
            0 => opened(&id(first + number), 0),
            step => {
                let state = if step == 5 { State::Resolved } else { State::Identified };
                let before = &decisions.last().unwrap().next;
                updated(before, &format!("u{step}"), state, i64::try_from(step).unwrap())
            }
        };
        decisions.push(decision);
    }
    decisions
}

fn percentiles(took: &mut [Duration]) -> (f64, f64) {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    (at(50), at(99))
}

/// A schema of its own, emptied first.
async fn schema(server: &str) -> String {
    use sqlx::{Connection, Executor};
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    let create = "DROP SCHEMA IF EXISTS commit_rate CASCADE; CREATE SCHEMA commit_rate";
    connection.execute(sqlx::raw_sql(create)).await.unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options=-csearch_path%3Dcommit_rate")
}
