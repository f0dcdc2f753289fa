//! Transactions commit in another order than they began. Whoever polls in between must still get every
//! notice: a poller that remembers the highest number it has seen loses those that commit late.

use crate::database::Database;
use crate::support::{LASTING, Random, at, id, opened};
use sqlx::{AnyConnection, AssertSqlSafe, Executor};
use std::collections::BTreeSet;

/// Transactions that are open at the same time, and how often they are closed in another order.
const OPEN: u64 = 10;
const ROUNDS: u64 = 1_000;

/// On PostgreSQL, many transactions hold notices with numbers in one order and commit in another, with a
/// poll after each commit.
#[tokio::test]
async fn a_notice_that_commits_late_is_delivered_all_the_same() {
    let url = Database::postgres().await.url();
    // The order of commits matters here, not whether they outlive the power.
    let database = Database::Postgres(format!("{url}%20-csynchronous_commit%3Doff"));
    let store = database.open().await;
    let seed = u64::from(std::process::id()) * 2_654_435_761 + 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut connections = Vec::new();
    for _ in 0..OPEN {
        connections.push(database.connect().await);
    }
    let mut out_of_order = 0;
    for round in 0..ROUNDS {
        for (place, connection) in (0..).zip(&mut connections) {
            begin_with_notice(connection, round * OPEN + place).await;
        }
        let mut waiting: Vec<usize> = (0..connections.len()).collect();
        let mut delivered = BTreeSet::new();
        let mut highest = 0;
        while !waiting.is_empty() {
            let next = usize::try_from(random.below(waiting.len() as u64)).unwrap();
            let place = waiting.swap_remove(next);
            out_of_order += u64::from(place < highest);
            highest = highest.max(place);
            connections[place].execute("COMMIT").await.unwrap();
            for notice in store.claim_notices(at(0), 100, LASTING).await.unwrap() {
                assert!(delivered.insert(notice.key), "round {round}, seed {seed}: delivered twice");
            }
        }
        assert_eq!(delivered.len() as u64, OPEN, "round {round}, seed {seed}");
        connections[0].execute("UPDATE outbox SET state = 'done' WHERE state = 'waiting'").await.unwrap();
    }
    println!("{} commits, {out_of_order} of them after one with a higher number", ROUNDS * OPEN);
    assert!(out_of_order > ROUNDS, "the order was mixed");
}

/// Opens a transaction and writes an incident with its notice into it, beside the store.
async fn begin_with_notice(connection: &mut AnyConnection, number: u64) {
    // Keys grow with the number: within a round the lower ones begin first.
    let incident = id(number);
    let sql = format!(
        "BEGIN; \
         INSERT INTO incident (id, version, origin, source, kind, impact, state, phase, title, components, \
             published_at, seen_at, updates, updated_at, has_postmortem, search_text) \
             VALUES ('{incident}', 1, 'own', 'production', 'incident', 'minor', 'investigating', 'open', 't', \
             '[]', 0, 0, 0, 0, 0, ''); \
         INSERT INTO timeline (incident, seq, seen_at, actor_kind, kind, event, notices) \
             VALUES ('{incident}', 1, 0, 'clock', 'opened', '', 'opened'); \
         INSERT INTO outbox (id, incident, seq, notice, created_at, state, next_attempt_at, attempts, \
             claim_epoch, claimed_until) \
             VALUES ('{number:08}', '{incident}', 1, 'opened', {number}, 'waiting', 0, 0, 0, 0)"
    );
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
}

/// On SQLite one writer commits in order; polls beside many waiting writers still miss nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_beside_waiting_writers_miss_nothing() {
    let database = Database::sqlite();
    let store = database.open().await;
    let writers: Vec<_> = (0..400)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(&opened(&id(number), 0), None).await.map(|_| ()) })
        })
        .collect();
    let mut delivered = BTreeSet::new();
    while delivered.len() < 400 {
        for notice in store.claim_notices(at(0), 7, LASTING).await.unwrap() {
            assert!(delivered.insert(notice.key), "delivered twice");
        }
    }
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
}
