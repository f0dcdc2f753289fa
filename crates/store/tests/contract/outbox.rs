//! The outbox: every notice is told, in order, by one node at a time, however often it takes.

use crate::database::Database;
use crate::support::{EXPIRED, LASTING, at, id, opened, updated};
use domain::{Notice, State};
use store::{Backlog, Error, Outcome, Store};

on_both_databases! {
    every_effect_is_a_notice_with_a_lasting_key,
    the_notices_of_one_incident_wait_for_each_other,
    a_failed_notice_is_tried_again_when_it_is_due,
    a_stale_owner_cannot_finish_what_another_claimed,
    claimers_share_the_notices_without_doubling_them,
}

async fn commit_story(store: &Store, number: u64, updates: i64) {
    let mut decision = opened(&id(number), 0);
    store.commit(&decision, None).await.unwrap();
    for update in 1..=updates {
        decision = updated(&decision.next, &format!("u{update}"), State::Identified, update);
        store.commit(&decision, None).await.unwrap();
    }
}

async fn every_effect_is_a_notice_with_a_lasting_key(database: Database) {
    let store = database.open().await;
    let decision = opened(&id(1), 0);
    store.commit(&decision, None).await.unwrap();
    assert_eq!(store.claim_notices(at(-1), 9, LASTING).await.unwrap(), [], "not due before it was decided");
    let claimed = store.claim_notices(at(0), 9, EXPIRED).await.unwrap();
    assert_eq!(claimed.len(), 1);
    let notice = &claimed[0];
    assert_eq!((notice.incident.clone(), notice.seq, notice.notice), (id(1), 1, Notice::Opened));
    assert_eq!((notice.created_at, notice.attempt), (at(0), 1));
    assert_eq!(notice.key, format!("{}.1.opened", id(1)));
    assert_eq!(notice.key, store::outbox::notice_key(&id(1), &decision.effects[0]));
    let again = store.claim_notices(at(0), 9, LASTING).await.unwrap();
    assert_eq!((&again[0].key, again[0].attempt), (&notice.key, 2));
    assert!(again[0].epoch > notice.epoch);
}

async fn the_notices_of_one_incident_wait_for_each_other(database: Database) {
    let store = database.open().await;
    commit_story(&store, 1, 2).await;
    commit_story(&store, 2, 0).await;
    let mut told = Vec::new();
    loop {
        let claimed = store.claim_notices(at(100), 9, LASTING).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        for notice in claimed {
            store.finish_notice(&notice.key, notice.epoch, Outcome::Done { at: at(100) }).await.unwrap();
            told.push((notice.incident, notice.seq));
        }
    }
    let of_first: Vec<_> =
        told.iter().filter(|(incident, _)| *incident == id(1)).map(|(_, seq)| *seq).collect();
    assert_eq!(told.len(), 4);
    assert!(of_first.is_sorted() && of_first.len() == 3, "{of_first:?}");
    let backlog = store.outbox_stats().await.unwrap();
    assert_eq!(backlog, Backlog { waiting: 0, dead: 0, done: 4, oldest_waiting_at: None });
}

async fn a_failed_notice_is_tried_again_when_it_is_due(database: Database) {
    let store = database.open().await;
    commit_story(&store, 1, 1).await;
    let retry = Outcome::Retry { at: at(300), error: "503 \0".into() };
    let first = store.claim_notices(at(10), 9, LASTING).await.unwrap().remove(0);
    store.finish_notice(&first.key, first.epoch, retry).await.unwrap();
    assert_eq!(store.claim_notices(at(299), 9, LASTING).await.unwrap(), [], "the next one waits too");
    let again = store.claim_notices(at(300), 9, LASTING).await.unwrap().remove(0);
    assert_eq!((&again.key, again.attempt), (&first.key, 2));
    let dead = Outcome::Dead { at: at(301), error: "410 Gone".into() };
    store.finish_notice(&again.key, again.epoch, dead).await.unwrap();
    let next = store.claim_notices(at(301), 9, LASTING).await.unwrap().remove(0);
    assert_eq!(next.notice, Notice::Updated, "one that is given up does not hold up the rest");
    let backlog = store.outbox_stats().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (1, 1));
    assert_eq!(backlog.oldest_waiting_at, Some(at(1)));
}

async fn a_stale_owner_cannot_finish_what_another_claimed(database: Database) {
    let nodes = database.nodes(2).await;
    commit_story(&nodes[0], 1, 0).await;
    let stale = nodes[0].claim_notices(at(0), 1, EXPIRED).await.unwrap().remove(0);
    let fresh = nodes[1].claim_notices(at(0), 1, LASTING).await.unwrap().remove(0);
    assert_eq!(stale.key, fresh.key, "the receiver can tell that it is the same");
    let done = || Outcome::Done { at: at(1) };
    assert_eq!(nodes[0].finish_notice(&stale.key, stale.epoch, done()).await, Err(Error::LostLease));
    nodes[1].finish_notice(&fresh.key, fresh.epoch, done()).await.unwrap();
    assert_eq!(nodes[1].finish_notice(&fresh.key, fresh.epoch, done()).await, Err(Error::LostLease));
}

async fn claimers_share_the_notices_without_doubling_them(database: Database) {
    let nodes = database.nodes(4).await;
    let mut writers = Vec::new();
    for number in 0..40 {
        let node = nodes[number % 4].clone();
        writers.push(tokio::spawn(async move { commit_story(&node, number as u64, 4).await }));
    }
    let mut claimers = Vec::new();
    let expected = 40 * 5;
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    for node in nodes.iter().cycle().take(8) {
        let node = node.clone();
        let told = std::sync::Arc::clone(&told);
        claimers.push(tokio::spawn(async move {
            // Beside the writers: some notices appear while others are being claimed.
            while told.lock().unwrap().len() < expected {
                for notice in node.claim_notices(at(100), 3, LASTING).await.unwrap() {
                    told.lock().unwrap().push((notice.incident.clone(), notice.seq));
                    let done = Outcome::Done { at: at(100) };
                    node.finish_notice(&notice.key, notice.epoch, done).await.unwrap();
                }
            }
        }));
    }
    for task in writers.into_iter().chain(claimers) {
        task.await.unwrap();
    }
    let told = told.lock().unwrap().clone();
    assert_eq!(told.len(), expected);
    let distinct: std::collections::BTreeSet<_> = told.iter().collect();
    assert_eq!(distinct.len(), expected, "none was told twice");
    for number in 0..40 {
        let seqs = told.iter().filter(|(incident, _)| *incident == id(number)).map(|(_, seq)| seq);
        assert!(seqs.is_sorted(), "incident {number} was told in order");
    }
    assert_eq!(nodes[0].check().await.unwrap(), []);
}
