//! P4 and P5: a receiver hears each message under one key, in order, and a bad one holds up no other.

use crate::node::Node;
use crate::receivers::{Got, Mood, Receivers};
use crate::support::chance::Chance;
use crate::support::database::Database;
use crate::support::until;
use crate::{chance, say};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

on_both_databases!(
    on two threads: moody_receivers_hear_everything_once_and_in_order,
    a_receiver_that_hangs_holds_up_no_other,
);

const INCIDENTS: usize = 4;
const UPDATES: usize = 5;

async fn moody_receivers_hear_everything_once_and_in_order(database: Database) {
    let mut seeds = chance("order");
    let receivers = Receivers::start(Chance::from_seed(seeds.number())).await;
    let names: Vec<String> = (0..12).map(|number| format!("r{number}")).collect();
    for name in &names {
        receivers.set(name, Mood::Moody(4));
    }
    let node = Node::start(database, &receivers, &names).await;
    let mut incidents = Vec::new();
    for number in 0..INCIDENTS {
        incidents.push(node.open(&format!("Oven {number} is cold")).await);
    }
    for update in 0..UPDATES {
        for incident in &incidents {
            node.post(incident, &format!("Update {update}.")).await;
        }
    }
    node.settle().await;
    let (mut tries, mut taken) = (0, 0);
    for name in &names {
        let got = receivers.got(name);
        check_keys(name, &got);
        assert_eq!(inversions(&got), 0, "{name}");
        let first_taken: BTreeSet<&str> =
            got.iter().filter(|got| got.taken).map(|got| got.id.as_str()).collect();
        assert_eq!(first_taken.len(), INCIDENTS * (UPDATES + 1), "{name} has everything");
        tries += got.len();
        taken += first_taken.len();
    }
    say(&format!("order: {taken} messages in {tries} tries to {} receivers, 0 inversions", names.len()));
    assert!(tries > taken, "nothing failed, so nothing is proved");
}

/// One key for each message, whatever the try.
fn check_keys(name: &str, got: &[Got]) {
    let mut keys: BTreeMap<(&str, u64), BTreeSet<&str>> = BTreeMap::new();
    for one in got {
        keys.entry((&one.incident, one.seq)).or_default().insert(&one.id);
    }
    assert!(keys.values().all(|ids| ids.len() == 1), "{name}: {keys:?}");
    let all: BTreeSet<&str> = keys.values().flatten().copied().collect();
    assert_eq!(all.len(), keys.len(), "{name}: no two messages share a key");
}

/// How often a receiver heard something older of an incident after something newer.
pub(crate) fn inversions(got: &[Got]) -> usize {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    let mut inversions = 0;
    for one in got {
        let last = last.entry(&one.incident).or_default();
        inversions += usize::from(one.seq < *last);
        *last = one.seq.max(*last);
    }
    inversions
}

async fn a_receiver_that_hangs_holds_up_no_other(database: Database) {
    let receivers = Receivers::start(chance("hanging")).await;
    receivers.set("bad", Mood::Silent);
    let names = ["bad", "good"].map(str::to_owned);
    let node = Node::start(database, &receivers, &names).await;
    let mut slowest = Duration::ZERO;
    for number in 0..10 {
        let began = Instant::now();
        let incident = node.open(&format!("Oven {number} is cold")).await;
        until("the good one hears of it", async || {
            receivers.taken("good").iter().any(|got| got.incident == incident)
        })
        .await;
        slowest = slowest.max(began.elapsed());
    }
    say(&format!("hanging: the other receiver heard 10 of 10, the slowest after {slowest:?}"));
    assert_eq!(receivers.taken("bad").len(), 0);
    receivers.set("bad", Mood::Well);
    node.settle().await;
    assert_eq!(receivers.taken("bad").len(), 10, "what waited arrives");
}
