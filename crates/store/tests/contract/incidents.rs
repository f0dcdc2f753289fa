//! Decisions go in whole, once, and in order; incidents come back as they were decided.

use crate::database::Database;
use crate::support::{at, commanded, id, opened, updated};
use domain::{Command, State};
use store::{Committed, Error, RequestKey};

on_both_databases! {
    a_committed_decision_comes_back_as_it_was_decided,
    a_decision_on_an_old_version_is_a_conflict,
    of_two_at_once_one_is_a_conflict,
    the_same_request_is_done_once,
    nothing_of_a_refused_commit_stays,
}

async fn a_committed_decision_comes_back_as_it_was_decided(database: Database) {
    let store = database.open().await;
    let before = store.revision().await.unwrap();
    let first = opened(&id(1), 0);
    let committed = store.commit(&first, None).await.unwrap();
    assert_eq!(committed, Committed { incident: id(1), version: first.next.version, repeated: false });
    let second = updated(&first.next, "u1", State::Resolved, 60);
    store.commit(&second, None).await.unwrap();
    assert_eq!(store.load(&id(1)).await.unwrap(), second.next);
    assert_eq!(store.load_as_of(&id(1), first.next.version).await.unwrap(), first.next);
    let timeline = store.timeline(&id(1)).await.unwrap();
    assert_eq!(timeline, [first.entries, second.entries].concat());
    assert_eq!(store.revision().await.unwrap(), before + 2);
    assert_eq!(store.load(&id(2)).await, Err(Error::NotFound));
    assert_eq!(store.check().await.unwrap(), []);
}

async fn a_decision_on_an_old_version_is_a_conflict(database: Database) {
    let store = database.open().await;
    let first = opened(&id(1), 0);
    store.commit(&first, None).await.unwrap();
    let again = store.commit(&first, None).await;
    assert_eq!(again, Err(Error::Conflict { version: first.next.version }));
    let left = updated(&first.next, "u1", State::Identified, 60);
    let right = updated(&first.next, "u2", State::Monitoring, 61);
    store.commit(&left, None).await.unwrap();
    let late = store.commit(&right, None).await;
    assert_eq!(late, Err(Error::Conflict { version: left.next.version }));
    let never_opened = updated(&opened(&id(2), 0).next, "u1", State::Identified, 60);
    assert_eq!(store.commit(&never_opened, None).await, Err(Error::Conflict { version: 0 }));
    assert_eq!(store.load(&id(1)).await.unwrap(), left.next);
}

async fn of_two_at_once_one_is_a_conflict(database: Database) {
    let nodes = database.nodes(2).await;
    let mut incident = opened(&id(1), 0).next;
    nodes[0].commit(&opened(&id(1), 0), None).await.unwrap();
    for round in 1..=30 {
        let left = updated(&incident, &format!("l{round}"), State::Identified, round * 60);
        let right = updated(&incident, &format!("r{round}"), State::Identified, round * 60);
        let both = tokio::join!(nodes[0].commit(&left, None), nodes[1].commit(&right, None));
        incident = match both {
            (Ok(_), Err(Error::Conflict { version })) if version == left.next.version => left.next,
            (Err(Error::Conflict { version }), Ok(_)) if version == right.next.version => right.next,
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(nodes[0].load(&id(1)).await.unwrap(), incident);
    }
    assert_eq!(nodes[0].check().await.unwrap(), []);
}

fn key(digest: u8) -> RequestKey {
    RequestKey { key: "ann/7".into(), digest: [digest; 32] }
}

async fn the_same_request_is_done_once(database: Database) {
    let nodes = database.nodes(2).await;
    let decision = opened(&id(1), 0);
    let expected = |repeated| Committed { incident: id(1), version: decision.next.version, repeated };
    let both =
        tokio::join!(nodes[0].commit(&decision, Some(key(1))), nodes[1].commit(&decision, Some(key(1))));
    let repeated = [both.0.unwrap(), both.1.unwrap()].map(|committed| committed.repeated);
    assert!(repeated == [true, false] || repeated == [false, true], "{repeated:?}");
    // It stays the first answer even when the incident has moved on.
    let next = updated(&decision.next, "u1", State::Identified, 60);
    nodes[0].commit(&next, None).await.unwrap();
    assert_eq!(nodes[1].commit(&decision, Some(key(1))).await, Ok(expected(true)));
    assert_eq!(nodes[0].find_request(&key(1)).await, Ok(Some(expected(true))));
    // Another request under the same key is refused and told what the first one did.
    let other = nodes[0].commit(&opened(&id(2), 0), Some(key(2))).await;
    assert_eq!(other, Err(Error::Duplicate(expected(true))));
    assert_eq!(nodes[0].load(&id(2)).await, Err(Error::NotFound));
    assert_eq!(nodes[0].timeline(&id(1)).await.unwrap().len(), next.next.version as usize);
    assert_eq!(nodes[0].check().await.unwrap(), []);
}

async fn nothing_of_a_refused_commit_stays(database: Database) {
    let store = database.open().await;
    let first = opened(&id(1), 0);
    store.commit(&first, None).await.unwrap();
    let (revision, backlog) = (store.revision().await.unwrap(), store.outbox_stats().await.unwrap());
    // The first half would be fine; the second half is not, and takes the key and the first half along.
    let fine = opened(&id(2), 60);
    let refused = store.commit_all(&[fine.clone(), first.clone()], Some(key(1))).await;
    assert_eq!(refused, Err(Error::Conflict { version: first.next.version }));
    assert_eq!(store.load(&id(2)).await, Err(Error::NotFound));
    assert_eq!(store.find_request(&key(1)).await, Ok(None));
    assert_eq!(store.revision().await.unwrap(), revision);
    assert_eq!(store.outbox_stats().await.unwrap(), backlog);
    // Both sides of a merge go in together.
    let into = commanded(&first.next, Command::Absorb { other: id(2) }, 61);
    let merged = commanded(&fine.next, Command::MergeInto { other: id(1) }, 61);
    store.commit(&fine, None).await.unwrap();
    store.commit_all(&[into.clone(), merged.clone()], Some(key(1))).await.unwrap();
    assert_eq!(store.load(&id(1)).await.unwrap(), into.next);
    assert_eq!(store.load(&id(2)).await.unwrap(), merged.next);
    assert_eq!(store.find_request(&key(1)).await.unwrap().map(|c| c.incident), Some(id(1)));
    assert!(store.open_incidents().await.unwrap().iter().all(|row| row.seen_at == at(0)));
    assert_eq!(store.check().await.unwrap(), []);
}
