//! What other nodes wrote is read in pieces; nothing may fall between two of them.

use crate::database::Database;
use crate::support::{LASTING, at, good_look, id, opened, registration, slug, updated};
use domain::{ComponentState, State};
use sqlx::{AssertSqlSafe, Executor};
use std::collections::BTreeMap;
use store::{Filter, News, Store};

on_both_databases! {
    a_node_reads_what_another_wrote_and_no_more,
    whoever_follows_many_writers_misses_nothing,
}

async fn a_node_reads_what_another_wrote_and_no_more(database: Database) {
    let nodes = database.nodes(2).await;
    nodes[0].commit(&opened(&id(1), 0), None).await.unwrap();
    nodes[0].register_vendors(&[registration("acme")], at(0)).await.unwrap();
    let read = nodes[1].revision().await.unwrap();
    assert_eq!(nodes[1].written_since(read).await.unwrap(), News::default());

    let second = opened(&id(2), 1);
    nodes[0].commit(&second, None).await.unwrap();
    let claim = nodes[0].claim_due(at(0), 1, LASTING).await.unwrap().remove(0);
    let look = good_look(1, &[("api", ComponentState::Operational)]);
    nodes[0].record_look(&claim, look.clone()).await.unwrap();
    let news = nodes[1].written_since(read).await.unwrap();
    assert_eq!(news.incidents, [nodes[0].incident_row(&id(2)).await.unwrap()]);
    assert_eq!(news.vendors, [slug("acme")]);

    let read = nodes[1].revision().await.unwrap();
    nodes[0].commit(&updated(&second.next, "u2", State::Resolved, 10), None).await.unwrap();
    let claim = nodes[0].claim_due(at(600), 1, LASTING).await.unwrap().remove(0);
    nodes[0].record_look(&claim, store::LookRecord { at: at(601), ..look }).await.unwrap();
    let news = nodes[1].written_since(read).await.unwrap();
    assert_eq!(news.incidents, [nodes[0].incident_row(&id(2)).await.unwrap()]);
    assert!(news.vendors.is_empty(), "a look that showed nothing new is no news");
}

/// Writers of several nodes commit in whatever order the database lets them.
async fn whoever_follows_many_writers_misses_nothing(database: Database) {
    const WRITERS: u64 = 16;
    const EACH: u64 = 25;
    let nodes = database.nodes(3).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = nodes[usize::try_from(writer % 2).unwrap()].clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let first = opened(&id(writer * EACH + number), 0);
                    store.commit(&first, None).await.unwrap();
                    store.commit(&updated(&first.next, "u2", State::Resolved, 10), None).await.unwrap();
                }
            })
        })
        .collect();
    let mut follower = Follower::default();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        follower.look(&nodes[2]).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    follower.look(&nodes[2]).await;
    let all = nodes[2].list_incidents(&Filter::default(), None, 1_000).await.unwrap().rows;
    let versions: BTreeMap<String, u32> = all.iter().map(|row| (row.id.to_string(), row.version)).collect();
    assert_eq!(versions.len() as u64, WRITERS * EACH);
    assert!(follower.versions == versions, "what it followed is what is there");
    assert!(follower.looks > 2, "it looked in between");
}

/// A node that reads only what is newer than what it has.
#[derive(Default)]
struct Follower {
    revision: u64,
    versions: BTreeMap<String, u32>,
    looks: u32,
}

impl Follower {
    async fn look(&mut self, store: &Store) {
        // First, as nodes do: what is committed in between is read again, never missed.
        let revision = store.revision().await.unwrap();
        let news = store.written_since(self.revision).await.unwrap();
        self.versions.extend(news.incidents.iter().map(|row| (row.id.to_string(), row.version)));
        self.looks += u32::from(revision > self.revision);
        self.revision = revision;
    }
}

/// On PostgreSQL, a transaction that began first commits last. The later one waits for its number, so that
/// nobody can have read past the one that is still open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_commits_late_has_the_later_number_or_holds_the_others_up() {
    let database = Database::postgres().await;
    let nodes = database.nodes(2).await;
    nodes[0].commit(&opened(&id(1), 0), None).await.unwrap();
    let mut follower = Follower::default();
    follower.look(&nodes[1]).await;

    // Writes its row and has no number yet: whoever commits meanwhile is before it.
    let mut late = database.connect().await;
    let first = id(1);
    let write = format!("BEGIN; UPDATE incident SET version = 77 WHERE id = '{first}'");
    late.execute(sqlx::raw_sql(AssertSqlSafe(write))).await.unwrap();
    nodes[0].commit(&opened(&id(2), 0), None).await.unwrap();
    follower.look(&nodes[1]).await;
    assert_eq!(follower.versions.len(), 2, "the one that is committed is there");

    // Has its number: whoever comes now waits for it.
    let number = format!(
        "UPDATE revision SET value = value + 1; \
         UPDATE incident SET revision = (SELECT value FROM revision) WHERE id = '{first}'"
    );
    late.execute(sqlx::raw_sql(AssertSqlSafe(number))).await.unwrap();
    let store = nodes[0].clone();
    let waiting = tokio::spawn(async move { store.commit(&opened(&id(3), 0), None).await.map(|_| ()) });
    let blocked = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                   AND query LIKE 'UPDATE revision%'";
    let mut beside = database.connect().await;
    while sqlx::Row::get::<i64, _>(&beside.fetch_one(blocked).await.unwrap(), "n") == 0 {
        tokio::task::yield_now().await;
    }
    follower.look(&nodes[1]).await;
    assert_eq!(follower.versions.len(), 2, "neither is committed");
    late.execute("COMMIT").await.unwrap();
    waiting.await.unwrap().unwrap();
    follower.look(&nodes[1]).await;
    assert_eq!((follower.versions.len(), follower.versions[first.as_str()]), (3, 77));
}
