//! Being told to stop, and starting from nothing.

use crate::program::Place;
use crate::support::database::Database;
use crate::verify::{self, Verdict};
use crate::writers::Desk;
use crate::{ALONE, chance, moving, percentile, say};
use std::time::Duration;

/// Longest wait from the signal to the end.
const LONGEST: Duration = Duration::from_secs(5);
/// Starts that are measured.
const STARTS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_told_to_stop_does_so_soon_and_loses_nothing_on_sqlite() {
    stop("SQLite", Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_told_to_stop_does_so_soon_and_loses_nothing_on_postgres() {
    stop("PostgreSQL", Database::postgres()).await;
}

async fn stop(name: &str, database: Database) {
    let _alone = ALONE.lock().await;
    let mut chance = chance(name);
    let vendors = moving::start().await;
    let place = Place::new(database);
    place.configure(&vendors, 10);
    let desk = Desk::new(place.token());
    moving::stir(&vendors);
    let program = place.start("/readyz").await;
    // An open browser must not keep it.
    let events = program.reader.events().await;
    let mut writers = desk.open(&program.reader, 0, &mut chance);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (status, took) = program.terminate().await;
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer ends when nobody answers");
    }
    drop(events);
    assert!(status.success(), "{status}");
    assert!(took < LONGEST, "{took:?}");

    let program = place.start("/readyz").await;
    desk.settle(&program.reader).await;
    let all: Vec<_> = desk.with(|ledger| ledger.acknowledged.values().cloned().collect());
    assert!(all.len() > 1, "hardly anything was written, so nothing is proved");
    assert_eq!(verify::check(&program.reader, &all).await, Verdict::default());
    // What was never written is found to be missing, so the verdict means something.
    let mut forged = all.clone();
    "never sent".clone_into(&mut forged[0].0.key);
    "000000000000".clone_into(&mut forged[1].1.incident);
    assert_eq!(verify::check(&program.reader, &forged).await, Verdict { lost: 2, doubled: 0 });
    let (status, _) = program.terminate().await;
    assert!(status.success(), "{status}");
    say(&format!("{name}: stopped {took:?} after the signal, {} writes, none lost", all.len()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_a_database_serves_its_first_page() {
    let _alone = ALONE.lock().await;
    let vendors = moving::start().await;
    let mut first_page_after = Vec::new();
    for _ in 0..STARTS {
        let place = Place::new(Database::sqlite());
        place.configure(&vendors, 10);
        let program = place.start("/").await;
        first_page_after.push(program.ready_after);
        program.kill();
    }
    say(&format!(
        "SQLite: {STARTS} cold starts without a database, first page after p50 {:?}, at most {:?}",
        percentile(&first_page_after, 50),
        percentile(&first_page_after, 100)
    ));
}
