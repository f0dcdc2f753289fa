//! P3: the program is killed again and again while receivers fail in every way they know. In the end everybody has
//! everything; whoever was told twice was told under the same key.

use crate::node::Process;
use crate::order::inversions;
use crate::receivers::{Mood, Receivers};
use crate::support::chance::Chance;
use crate::support::database::Database;
use crate::support::until;
use crate::{chance, say};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

on_both_databases! {
    on two threads: nothing_is_lost_while_the_program_is_killed_and_receivers_fail,
    what_is_held_while_the_program_is_killed_leaves_once,
}

const RECEIVERS: usize = 20;
const KILLS: usize = 8;

async fn nothing_is_lost_while_the_program_is_killed_and_receivers_fail(database: Database) {
    let mut chance = chance("crashes");
    let receivers = Receivers::start(Chance::from_seed(chance.number())).await;
    let names: Vec<String> = (0..RECEIVERS).map(|number| format!("r{number}")).collect();
    for name in &names {
        receivers.set(name, Mood::Moody(5));
    }
    let mut process = Process::new(&database, &receivers, &names);
    let token = process.token();
    // What was acknowledged: incident and number of the entry that tells it.
    let mut acknowledged: BTreeSet<(String, u64)> = BTreeSet::new();
    process.start().await;
    for round in 0..KILLS {
        let life = Duration::from_millis(100 + chance.below(500) as u64);
        let writing = write(&process, &token, round);
        if let Ok(written) = tokio::time::timeout(life, writing).await {
            acknowledged.extend(written);
        }
        process.kill();
        forget_leases(&database);
        process.start().await;
        // The same keys again: what was done is not done twice, what was not is.
        acknowledged.extend(write(&process, &token, round).await);
    }
    for name in &names {
        receivers.set(name, Mood::Well);
    }
    until("everybody has everything", async || {
        names.iter().all(|name| {
            let heard = receivers.taken(name);
            let told: BTreeSet<(String, u64)> =
                heard.into_iter().map(|got| (got.incident, got.seq)).collect();
            told.len() >= acknowledged.len()
        })
    })
    .await;
    let (mut tries, mut twice) = (0, 0);
    for name in &names {
        let got = receivers.got(name);
        let mut keys: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for one in &got {
            keys.entry((one.incident.clone(), one.seq)).or_default().insert(one.id.clone());
            *times.entry(one.id.clone()).or_default() += usize::from(one.taken);
        }
        assert!(keys.values().all(|ids| ids.len() == 1), "{name}: a message has one key, always");
        let heard: BTreeSet<(String, u64)> = keys.into_keys().collect();
        assert!(acknowledged.is_subset(&heard), "{name}");
        assert_eq!(inversions(&got), 0, "{name}");
        tries += got.len();
        twice += times.values().filter(|count| **count > 1).count();
    }
    say(&format!(
        "crashes: {KILLS} kills, {} messages to {RECEIVERS} receivers, {} of {} delivered in {tries} tries, {twice} taken \
         twice under the same key",
        acknowledged.len(),
        acknowledged.len() * RECEIVERS,
        acknowledged.len() * RECEIVERS,
    ));
    process.kill();
}

async fn what_is_held_while_the_program_is_killed_leaves_once(database: Database) {
    let receivers = Receivers::start(chance("held")).await;
    let names = ["desk".to_owned()];
    let mut process = Process::new(&database, &receivers, &names);
    let token = process.token();
    process.start().await;
    let body =
        json!({ "environment": "prod", "title": "Ovens are cold", "body": "We look.", "hold_seconds": 3 });
    let answer = process.reader.post("/api/v1/incidents", &token, &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    // Once while it can be undone, and once when it has left.
    process.kill();
    process.start().await;
    until("it leaves", async || !receivers.taken("desk").is_empty()).await;
    process.kill();
    forget_leases(&database);
    process.start().await;
    let listed = process.reader.try_get("/api/v1/incidents").await.expect("an answer");
    assert_eq!(listed.json()["total"], 1, "{}", listed.text);
    // By what they tell, because what was killed before it was written down comes again under its key.
    let following: BTreeSet<(String, u64)> = write(&process, &token, 0).await.into_iter().collect();
    until("what follows is heard", async || {
        let heard = receivers.taken("desk").into_iter().map(|got| (got.incident, got.seq)).collect();
        following.is_subset(&heard)
    })
    .await;
    let first = receivers.taken("desk").remove(0);
    let keys: BTreeSet<String> = receivers.taken("desk").into_iter().map(|got| got.id).collect();
    assert_eq!(keys.len(), 6, "one key for the opening that was held, five for what followed: {first:?}");
    process.kill();
}

/// Opens an incident and posts updates, each under a key of its own; what was answered.
async fn write(process: &Process, token: &str, round: usize) -> Vec<(String, u64)> {
    let mut written = Vec::new();
    let opening =
        json!({ "environment": "prod", "title": format!("Oven {round} is cold"), "body": "We look." });
    let (id, version) = send(process, token, "/api/v1/incidents", &format!("r{round}"), &opening).await;
    // An incident is told by its first entry, an update by the entry that follows what was there before.
    written.push((id.clone(), 1));
    let mut before = version;
    for update in 0..4 {
        let path = format!("/api/v1/incidents/{id}/updates");
        let body = json!({ "body": format!("Update {update}.") });
        let (_, version) = send(process, token, &path, &format!("r{round}u{update}"), &body).await;
        written.push((id.clone(), before + 1));
        before = version;
    }
    written
}

async fn send(
    process: &Process,
    token: &str,
    path: &str,
    key: &str,
    body: &serde_json::Value,
) -> (String, u64) {
    let answer = process.reader.send(Method::POST, path, token, Some(key), body).await;
    let Ok(answer) = answer else { return std::future::pending().await };
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let body = answer.json();
    let id = body["id"].as_str().expect("an id").to_owned();
    (id, body["version"].as_u64().expect("a version"))
}

/// A node that was killed keeps what it claimed until its claims run out, because to others it may be only slow. That
/// minute passes here in a moment.
fn forget_leases(database: &Database) {
    if database.is_shared() {
        database.run("UPDATE outbox SET claimed_until = 0; UPDATE delivery SET claimed_until = 0");
    }
}
