//! Kill, start again, compare; many times.

use crate::ledger::{Acknowledged, Request};
use crate::program::Place;
use crate::support::database::Database;
use crate::support::vendor::FakeVendor;
use crate::verify::{self, Verdict};
use crate::writers::Desk;
use crate::{ALONE, chance, moving, percentile, say};
use std::time::Duration;

/// Kills where nothing is said.
const KILLS: usize = 60;
/// How long the program lives once it is ready, in milliseconds.
const SHORTEST_LIFE: usize = 30;
const LONGEST_LIFE: usize = 300;
/// Seconds between two looks: one, then the other. A changed interval makes every vendor due at the start, so
/// that each life is full of looks.
const INTERVALS: [u32; 2] = [10, 11];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kills_on_sqlite() {
    survive("SQLite", Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kills_on_postgres() {
    survive("PostgreSQL", Database::postgres()).await;
}

async fn survive(name: &str, database: Database) {
    let _alone = ALONE.lock().await;
    let kills = std::env::var("WATCHKEEPER_KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().expect("`WATCHKEEPER_KILLS` is a number"));
    let mut chance = chance(name);
    let vendors = moving::start().await;
    let place = Place::new(database);
    place.configure(&vendors, INTERVALS[0]);
    let desk = Desk::new(place.token());
    moving::stir(&vendors);

    let mut ready_after = Vec::new();
    let mut verdict = Verdict::default();
    let mut program = place.start("/readyz").await;
    for round in 0..kills {
        let known = desk.with(|ledger| ledger.acknowledged.len());
        let mut writers = desk.open(&program.reader, round, &mut chance);
        let life = SHORTEST_LIFE + chance.below(LONGEST_LIFE - SHORTEST_LIFE);
        tokio::time::sleep(Duration::from_millis(life as u64)).await;
        program.kill();
        while let Some(ended) = writers.join_next().await {
            ended.expect("a writer ends when nobody answers");
        }
        forget_leases(&place.database);
        place.configure(&vendors, INTERVALS[(round + 1) % INTERVALS.len()]);
        program = place.start("/readyz").await;
        ready_after.push(program.ready_after);
        desk.settle(&program.reader).await;
        let new = newest(&desk, round);
        assert!(desk.with(|ledger| ledger.acknowledged.len()) >= known + new.len().min(1));
        let found = verify::check(&program.reader, &new).await;
        verdict = Verdict { lost: verdict.lost + found.lost, doubled: verdict.doubled + found.doubled };
    }

    moving::freeze(&vendors);
    program.kill();
    forget_leases(&place.database);
    place.configure(&vendors, INTERVALS[(kills + 1) % INTERVALS.len()]);
    let program = place.start("/readyz").await;
    let all: Vec<_> = desk.with(|ledger| ledger.acknowledged.values().cloned().collect());
    let whole = verify::check(&program.reader, &all).await;
    verify::check_vendors(&program.reader, &vendors).await;
    program.kill();
    let ledger = std::mem::take(&mut *desk.ledger.lock().expect("no writer failed"));
    say(&format!(
        "{name}: {} kills, {} acknowledged writes, {} of them done though their first answer never came, \
         lost {} then {} in the end, doubled {} then {}; ready again after p50 {:?}, p99 {:?}, at most {:?}; \
         the vendors were asked {} times",
        kills + 1,
        ledger.acknowledged.len(),
        ledger.done_unseen,
        verdict.lost,
        whole.lost,
        verdict.doubled,
        whole.doubled,
        percentile(&ready_after, 50),
        percentile(&ready_after, 99),
        percentile(&ready_after, 100),
        vendors.iter().map(FakeVendor::asked).sum::<usize>(),
    ));
    assert_eq!((verdict, whole), (Verdict::default(), Verdict::default()));
    assert!(ledger.acknowledged.len() >= kills, "hardly anything was written, so nothing is proved");
    verify::check_store(&place, &ledger).await;
}

/// The acknowledged writes of a round.
fn newest(desk: &Desk, round: usize) -> Vec<(Request, Acknowledged)> {
    let prefix = format!("r{round}w");
    desk.with(|ledger| {
        let written = ledger.acknowledged.range(prefix.clone()..);
        written.take_while(|(key, _)| key.starts_with(&prefix)).map(|(_, entry)| entry.clone()).collect()
    })
}

/// A node that was killed keeps its vendors and notices to itself until its leases run out, because to the
/// others it may be only slow. That time passes here in a moment; without it most lives would see no look.
fn forget_leases(database: &Database) {
    if database.is_shared() {
        database.run(
            "UPDATE vendor SET lease_until = 0; UPDATE outbox SET claimed_until = 0 WHERE state = 'waiting'",
        );
    }
}
