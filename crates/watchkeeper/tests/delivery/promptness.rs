//! P6 and P12: the first messages leave at once, and a restart says nothing new.

use crate::node::Node;
use crate::receivers::Receivers;
use crate::support::database::Database;
use crate::{chance, say};
use std::time::Duration;
use tokio::time::Instant;

on_both_databases!(on two threads: the_first_hundred_hear_at_once, a_restart_tells_nothing_twice);

async fn the_first_hundred_hear_at_once(database: Database) {
    let receivers = Receivers::start(chance("promptness")).await;
    let names: Vec<String> = (0..100).map(|number| format!("r{number}")).collect();
    let node = Node::start(database, &receivers, &names).await;
    let mut delays = Vec::new();
    for number in 0..10 {
        let asked = Instant::now();
        let incident = node.open(&format!("Oven {number} is cold")).await;
        node.settle().await;
        for name in &names {
            let got = receivers.taken(name);
            let first = got.iter().find(|got| got.incident == incident).expect("every receiver has it");
            // From before the request: more than what is promised is measured.
            delays.push(first.at.duration_since(asked));
        }
        let report = node.document(&format!("/api/v1/incidents/{incident}/deliveries")).await;
        assert_eq!(report["lines"].as_array().map(Vec::len), Some(100), "{report}");
        assert_eq!(report["lines"][0]["done"], 1);
    }
    delays.sort_unstable();
    let at = |hundredth: usize| delays[(delays.len() * hundredth / 100).min(delays.len() - 1)];
    say(&format!(
        "promptness: {} messages, request to arrival p50 {:?}, p99 {:?}, at most {:?}",
        delays.len(),
        at(50),
        at(99),
        at(100)
    ));
    assert_eq!(delays.len(), 1_000);
}

async fn a_restart_tells_nothing_twice(database: Database) {
    let receivers = Receivers::start(chance("restart")).await;
    let names = ["r0", "r1"].map(str::to_owned);
    let mut node = Node::start(database, &receivers, &names).await;
    let incident = node.open("Oven is cold").await;
    node.settle().await;
    for restart in 1..=3 {
        node = node.restart().await;
        node.post(&incident, &format!("Update {restart}.")).await;
        node.settle().await;
    }
    node = node.restart().await;
    node.settle().await;
    // One more round of every loop, so that what would be told by mistake has had its chance.
    tokio::time::sleep(Duration::from_millis(600)).await;
    for name in &names {
        let got: Vec<u64> = receivers.got(name).iter().map(|got| got.seq).collect();
        assert_eq!(got.len(), 4, "{name}: one for each change, none for each start: {got:?}");
    }
}
