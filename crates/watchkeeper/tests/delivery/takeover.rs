//! P7: three nodes share a database. One is stopped in the middle, and another takes over what it held; when it comes
//! back, what it writes counts no more.

use crate::node::Process;
use crate::order::inversions;
use crate::receivers::{Mood, Receivers};
use crate::support::database::Database;
use crate::support::until;
use crate::{chance, say};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// Twice the lease of a node that says that it works.
const TWICE_THE_LEASE: Duration = Duration::from_secs(30);
const CHANNELS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stopped_node_held_is_taken_over_and_its_own_results_count_no_more() {
    let database = Database::postgres();
    let receivers = Receivers::start(chance("takeover")).await;
    let names: Vec<String> = (0..CHANNELS).map(|number| format!("r{number}")).collect();
    let mut first = Process::new(&database, &receivers, &names);
    let token = first.token();
    first.start().await;
    // The first one claims everything, and its receivers keep it waiting.
    for name in &names {
        receivers.set(name, Mood::Silent);
    }
    let body = json!({ "environment": "prod", "title": "Ovens are cold", "body": "We look." });
    let answer = first.reader.post("/api/v1/incidents", &token, &body).await;
    let incident = answer.json()["id"].as_str().expect("an id").to_owned();
    until("everything is under way", async || names.iter().all(|name| !receivers.got(name).is_empty())).await;
    first.signal("STOP");
    let stopped = Instant::now();
    let mut others =
        [Process::new(&database, &receivers, &names), Process::new(&database, &receivers, &names)];
    for other in &mut others {
        other.start().await;
    }
    for name in &names {
        receivers.set(name, Mood::Well);
    }
    until("another node has told everybody", async || {
        names.iter().all(|name| !receivers.taken(name).is_empty())
    })
    .await;
    let took = stopped.elapsed();
    let epochs = "SELECT max(claim_epoch) FROM delivery";
    until("all of it is written down", async || {
        database.run("SELECT count(*) FROM delivery WHERE state <> 'done'") == "0"
    })
    .await;
    let before = (database.run(epochs), database.run("SELECT max(done_at) FROM delivery"));
    first.signal("CONT");
    // It finds its tries failed, and writes that down for nothing; then it works like the others.
    let body = json!({ "body": "They are warm again." });
    let update = format!("/api/v1/incidents/{incident}/updates");
    first.reader.post(&update, &token, &body).await;
    until("everybody has the update", async || {
        names.iter().all(|name| receivers.taken(name).iter().any(|got| got.seq > 1))
    })
    .await;
    let opened = "FROM delivery WHERE seq = (SELECT min(seq) FROM delivery)";
    let after = (
        database.run(&format!("SELECT max(claim_epoch) {opened}")),
        database.run(&format!("SELECT max(done_at) {opened}")),
    );
    assert_eq!(before, after, "what was done stays as it was written");
    for name in &names {
        let got = receivers.got(name);
        let ids: BTreeSet<&str> = got.iter().filter(|got| got.seq == 1).map(|got| got.id.as_str()).collect();
        assert_eq!((ids.len(), inversions(&got)), (1, 0), "{name}: one key, in order");
    }
    say(&format!("takeover: everybody was told {:.1} s after their node had stopped", took.as_secs_f64()));
    assert!(took < TWICE_THE_LEASE, "{took:?}");
}
