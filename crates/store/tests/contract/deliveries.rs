//! Deliveries: every recipient of a notice, once, in order, by one node at a time, however often it takes.

use crate::database::Database;
use crate::support::{EXPIRED, LASTING, at, id, opened, updated};
use domain::State;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use store::deliveries::delivery_key;
use store::{
    AuditFilter, ClaimWish, ClaimedDelivery, ClaimedNotice, Deed, Doer, Error, Lane, NewDelivery, Store,
    Tried, TryResult,
};

on_both_databases! {
    a_notice_waits_for_its_recipients_and_repetitions_change_nothing,
    what_one_recipient_hears_of_an_incident_comes_in_order,
    what_waits_behind_a_failure_is_not_claimed_before_it,
    lanes_and_full_routes_are_claimed_apart,
    a_stale_owner_cannot_finish_a_delivery,
    what_was_given_up_is_reported_and_can_be_resent,
    a_postponed_try_does_not_count,
    claimers_share_the_deliveries_without_doubling_them,
    a_silent_node_is_heard_of_once,
    what_a_node_held_is_free_as_soon_as_it_is_silent,
}

fn to(lane: Lane, destination: &str) -> NewDelivery {
    let (channel, route) = (destination.split(':').next().unwrap(), "receiver.example");
    NewDelivery { lane, destination: destination.into(), channel: channel.into(), route: route.into() }
}

fn wish(lane: Lane, second: i64) -> ClaimWish {
    ClaimWish { lane, now: at(second), limit: 1_000, lease: LASTING, full: Vec::new() }
}

fn tried(delivery: &ClaimedDelivery, second: i64, result: TryResult) -> Tried {
    Tried { delivery: delivery.clone(), at: at(second), result }
}

async fn next_notice(store: &Store) -> ClaimedNotice {
    store.claim_notices(at(100), 1, LASTING).await.unwrap().remove(0)
}

/// An incident with two updates, all three told to these.
async fn told(store: &Store, number: u64, destinations: &[NewDelivery]) {
    let mut decision = opened(&id(number), 0);
    store.commit(&decision, None).await.unwrap();
    for update in 1..=2 {
        decision = updated(&decision.next, &format!("u{update}"), State::Identified, update);
        store.commit(&decision, None).await.unwrap();
    }
    for _ in 0..3 {
        let notice = next_notice(store).await;
        store.publish_notice(&notice, at(3), destinations.to_vec(), false).await.unwrap();
    }
}

async fn a_notice_waits_for_its_recipients_and_repetitions_change_nothing(database: Database) {
    let store = database.open().await;
    store.commit(&opened(&id(1), 0), None).await.unwrap();
    let notice = next_notice(&store).await;
    store.publish_notice(&notice, at(1), vec![to(Lane::Operators, "ops")], true).await.unwrap();
    assert_eq!(store.outbox_stats().await.unwrap().waiting, 1, "its recipients are not written down");
    assert_eq!(store.claim_notices(at(100), 9, LASTING).await.unwrap(), [], "pages show it");
    let twice = store.publish_notice(&notice, at(1), Vec::new(), true).await;
    assert_eq!(twice, Err(Error::LostLease));

    let some: Vec<NewDelivery> =
        (0..450).map(|number| to(Lane::Subscribers, &format!("mail:{number}"))).collect();
    let first = store.claim_published(at(100), 9, EXPIRED).await.unwrap().remove(0);
    assert_eq!(first.cursor, "");
    store.fan_out(&first, at(2), some.clone(), Some(("449".into(), EXPIRED))).await.unwrap();
    // The next step was lost with its node: the same recipients come again.
    let second = store.claim_published(at(100), 9, LASTING).await.unwrap().remove(0);
    assert_eq!(second.cursor, "449");
    assert_eq!(store.fan_out(&first, at(2), some.clone(), None).await, Err(Error::LostLease));
    store.fan_out(&second, at(2), some, None).await.unwrap();
    assert_eq!(store.outbox_stats().await.unwrap().done, 1);
    let claimed = store.claim_deliveries(wish(Lane::Subscribers, 2)).await.unwrap();
    let keys: BTreeSet<&str> = claimed.iter().map(|delivery| delivery.key.as_str()).collect();
    assert_eq!((claimed.len(), keys.len()), (450, 450));
    assert_eq!(claimed[0].key, delivery_key(&notice.key, &claimed[0].destination));
    assert_eq!(store.check().await.unwrap(), []);
}

async fn what_one_recipient_hears_of_an_incident_comes_in_order(database: Database) {
    let store = database.open().await;
    let both = [to(Lane::Operators, "one"), to(Lane::Operators, "two")];
    told(&store, 1, &both).await;
    told(&store, 2, &both).await;
    let mut heard: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
    for round in 0..3 {
        let claimed = store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap();
        assert_eq!(claimed.len(), 4, "one for each recipient and incident, round {round}");
        let mut results = Vec::new();
        for delivery in &claimed {
            let heard_by = (delivery.destination.clone(), delivery.incident.to_string());
            heard.entry(heard_by).or_default().push(delivery.seq);
            results.push(tried(delivery, 10, TryResult::Done(Some("r\0".into()))));
        }
        assert_eq!(store.finish_deliveries(results).await, Ok(4));
    }
    assert!(heard.values().all(|seqs| seqs.len() == 3 && seqs.is_sorted()), "{heard:?}");
}

async fn what_waits_behind_a_failure_is_not_claimed_before_it(database: Database) {
    let store = database.open().await;
    told(&store, 1, &[to(Lane::Operators, "good"), to(Lane::Operators, "bad")]).await;
    let claimed = store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap();
    let results = claimed.iter().map(|delivery| match delivery.destination.as_str() {
        "good" => tried(delivery, 10, TryResult::Done(None)),
        _ => tried(delivery, 10, TryResult::Retry { at: at(60), error: "503".into() }),
    });
    store.finish_deliveries(results.collect()).await.unwrap();
    let claimed = store.claim_deliveries(wish(Lane::Operators, 59)).await.unwrap();
    let who: Vec<&str> = claimed.iter().map(|delivery| delivery.destination.as_str()).collect();
    assert_eq!(who, ["good"], "the other waits for its first message");
    let late = store.claim_deliveries(wish(Lane::Operators, 60)).await.unwrap();
    assert_eq!(late.len(), 1);
    assert_eq!((late[0].destination.as_str(), late[0].seq, late[0].attempt), ("bad", 1, 2));
    store.finish_deliveries(vec![tried(&late[0], 60, TryResult::Dead("400".into()))]).await.unwrap();
    let next = store.claim_deliveries(wish(Lane::Operators, 60)).await.unwrap();
    assert_eq!(next.len(), 1, "one that is given up does not hold up the rest");
}

async fn lanes_and_full_routes_are_claimed_apart(database: Database) {
    let store = database.open().await;
    let mut slow = to(Lane::Operators, "slow");
    slow.route = "slow.example".into();
    told(&store, 1, &[to(Lane::Operators, "ops"), slow, to(Lane::Subscribers, "mail:1")]).await;
    let full = vec!["slow.example".to_owned(), "other.example".to_owned()];
    let claimed = store.claim_deliveries(ClaimWish { full, ..wish(Lane::Operators, 10) }).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].destination, "ops");
    let claimed = store.claim_deliveries(wish(Lane::Subscribers, 10)).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].lane), (1, Lane::Subscribers));
}

async fn a_stale_owner_cannot_finish_a_delivery(database: Database) {
    let nodes = database.nodes(2).await;
    told(&nodes[0], 1, &[to(Lane::Operators, "ops")]).await;
    let expired = ClaimWish { lease: EXPIRED, ..wish(Lane::Operators, 10) };
    let stale = nodes[0].claim_deliveries(expired).await.unwrap().remove(0);
    let fresh = nodes[1].claim_deliveries(wish(Lane::Operators, 10)).await.unwrap().remove(0);
    assert_eq!(stale.key, fresh.key, "the receiver can tell that it is the same");
    let done = |delivery| vec![tried(delivery, 11, TryResult::Done(None))];
    assert_eq!(nodes[0].finish_deliveries(done(&stale)).await, Ok(0));
    assert_eq!(nodes[1].finish_deliveries(done(&fresh)).await, Ok(1));
    assert_eq!(nodes[1].finish_deliveries(done(&fresh)).await, Ok(0));
}

async fn what_was_given_up_is_reported_and_can_be_resent(database: Database) {
    let store = database.open().await;
    told(
        &store,
        1,
        &[to(Lane::Operators, "ops"), to(Lane::Subscribers, "mail:1"), to(Lane::Subscribers, "mail:2")],
    )
    .await;
    let ops = store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap().remove(0);
    store.finish_deliveries(vec![tried(&ops, 10, TryResult::Dead("status 400".into()))]).await.unwrap();
    let mails = store.claim_deliveries(wish(Lane::Subscribers, 10)).await.unwrap();
    let results = vec![
        tried(&mails[0], 11, TryResult::Done(None)),
        tried(&mails[1], 12, TryResult::Retry { at: at(99), error: "450 later".into() }),
    ];
    store.finish_deliveries(results).await.unwrap();

    let report = store.delivery_report(&id(1)).await.unwrap();
    assert_eq!(report.len(), 6, "three notices in two channels");
    let mail = report.iter().find(|line| line.seq == 1 && line.channel == "mail").unwrap();
    assert_eq!((mail.waiting, mail.done, mail.dead), (1, 1, 0));
    assert_eq!((mail.first_at, mail.last_at, mail.decided_at), (Some(at(11)), Some(at(11)), at(0)));
    let health = store.channel_health().await.unwrap();
    let of = |channel: &str| health.iter().find(|health| health.channel == channel).unwrap();
    assert_eq!((of("ops").waiting, of("ops").dead, of("ops").last_ok_at), (2, 1, None));
    assert_eq!(of("ops").last_error.as_deref(), Some("status 400"));
    assert_eq!((of("mail").failing, of("mail").last_ok_at), (1, Some(at(11))));
    assert_eq!(of("mail").last_error.as_deref(), Some("450 later"));

    let dead = store.dead_deliveries(at(100), 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].key.as_str(), dead[0].attempts), (1, ops.key.as_str(), 1));
    let resent = || Deed {
        at: at(20),
        by: Doer::program("test"),
        action: "delivery.resent".into(),
        subject: ops.key.clone(),
        detail: String::new(),
        address: String::new(),
    };
    store.resend_delivery(&ops.key, resent(), at(20)).await.unwrap();
    assert_eq!(store.resend_delivery(&ops.key, resent(), at(20)).await, Err(Error::NotFound));
    let log = store.list_audit(&AuditFilter::default(), 9).await.unwrap();
    assert_eq!(log.len(), 1, "who resent it is on record, once");
    let again = store.claim_deliveries(wish(Lane::Operators, 20)).await.unwrap();
    assert!(again.iter().any(|delivery| delivery.key == ops.key && delivery.attempt == 1));
    assert_eq!(store.prune_deliveries(at(1_000)).await, Ok(1), "what waits is kept");
}

async fn a_postponed_try_does_not_count(database: Database) {
    let store = database.open().await;
    told(&store, 1, &[to(Lane::Operators, "ops")]).await;
    let ops = store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap().remove(0);
    store.finish_deliveries(vec![tried(&ops, 10, TryResult::Postponed { at: at(15) })]).await.unwrap();
    assert_eq!(store.claim_deliveries(wish(Lane::Operators, 14)).await.unwrap(), []);
    let again = store.claim_deliveries(wish(Lane::Operators, 15)).await.unwrap().remove(0);
    assert_eq!((again.key, again.attempt), (ops.key, 1));
    assert_eq!(store.delivery_report(&id(1)).await.unwrap()[0].first_at, None);
}

async fn claimers_share_the_deliveries_without_doubling_them(database: Database) {
    let nodes = database.nodes(3).await;
    let destinations: Vec<NewDelivery> =
        (0..100).map(|number| to(Lane::Subscribers, &format!("mail:{number}"))).collect();
    told(&nodes[0], 1, &destinations).await;
    let heard: Arc<Mutex<Vec<(String, u32)>>> = Arc::default();
    let mut claimers = Vec::new();
    for node in nodes.iter().cycle().take(6) {
        let (node, heard) = (node.clone(), Arc::clone(&heard));
        claimers.push(tokio::spawn(async move {
            while heard.lock().unwrap().len() < 300 {
                let some = ClaimWish { limit: 17, ..wish(Lane::Subscribers, 10) };
                let claimed = node.claim_deliveries(some).await.unwrap();
                heard.lock().unwrap().extend(claimed.iter().map(|one| (one.destination.clone(), one.seq)));
                let results = claimed.iter().map(|one| tried(one, 10, TryResult::Done(None))).collect();
                assert_eq!(node.finish_deliveries(results).await, Ok(claimed.len() as u64));
            }
        }));
    }
    for claimer in claimers {
        claimer.await.unwrap();
    }
    let heard = heard.lock().unwrap().clone();
    let distinct: BTreeSet<_> = heard.iter().collect();
    assert_eq!((heard.len(), distinct.len()), (300, 300), "each once");
    for destination in &destinations {
        let seqs = heard.iter().filter(|(who, _)| *who == destination.destination).map(|(_, seq)| seq);
        assert!(seqs.is_sorted(), "{}", destination.destination);
    }
}

async fn what_a_node_held_is_free_as_soon_as_it_is_silent(database: Database) {
    let store = database.open().await;
    told(&store, 1, &[to(Lane::Operators, "ops")]).await;
    store.keep_claims(LASTING).await.unwrap();
    let first = store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap(), [], "it works on it");
    store.keep_claims(EXPIRED).await.unwrap();
    let second = store.claim_deliveries(wish(Lane::Operators, 10)).await.unwrap();
    assert_eq!((&second[0].key, second[0].attempt), (&first[0].key, 2));
    store.keep_claims(LASTING).await.unwrap();
    // It comes back and finds that another has taken over.
    assert_eq!(store.finish_deliveries(vec![tried(&first[0], 11, TryResult::Done(None))]).await, Ok(0));
    assert_eq!(store.finish_deliveries(vec![tried(&second[0], 11, TryResult::Done(None))]).await, Ok(1));
    store.leave_claims().await.unwrap();
    assert_eq!(store.check().await.unwrap(), []);
}

async fn a_silent_node_is_heard_of_once(database: Database) {
    let nodes = database.nodes(3).await;
    for (number, node) in nodes.iter().enumerate() {
        node.beat(&format!("n{number}")).await.unwrap();
    }
    let day = SignedDuration::from_hours(24);
    assert_eq!(nodes[0].newly_silent("n0", day).await.unwrap(), []);
    let gone = SignedDuration::from_secs(-1);
    let mut silent = nodes[0].newly_silent("n0", gone).await.unwrap();
    silent.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<&str> = silent.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["n1", "n2"]);
    assert_eq!(nodes[1].newly_silent("n0", gone).await.unwrap(), [], "each silence is told once");
    nodes[1].beat("n1").await.unwrap();
    nodes[2].leave("n2").await.unwrap();
    let again = nodes[0].newly_silent("n0", gone).await.unwrap();
    assert_eq!(again.len(), 1, "the next silence is another one; who left is not silent");
}
