//! What receivers say is heeded: later, never, and nothing more; and what was given up can be sent again.

use crate::chance;
use crate::node::Node;
use crate::receivers::{Mood, Receivers};
use crate::support::database::Database;
use crate::support::until;
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

on_both_databases! {
    on two threads: a_request_for_peace_is_heeded,
    who_cannot_be_spoken_to_is_tried_again_and_holds_up_nobody,
    what_was_refused_is_reported_and_sent_again_by_hand,
}

async fn a_request_for_peace_is_heeded(database: Database) {
    let receivers = Receivers::start(chance("peace")).await;
    receivers.set("r0", Mood::Busy(2));
    let node = Node::start(database, &receivers, &["r0".to_owned()]).await;
    node.open("Oven is cold").await;
    node.settle().await;
    let got = receivers.got("r0");
    assert_eq!(got.len(), 3, "{got:?}");
    for pair in got.windows(2) {
        assert!(pair[1].at.duration_since(pair[0].at) >= Duration::from_secs(1), "{got:?}");
        assert_eq!(pair[0].id, pair[1].id);
    }
}

/// No TLS on the other side, no such name, an answer that breaks off: each is tried again, and each says why.
async fn who_cannot_be_spoken_to_is_tried_again_and_holds_up_nobody(database: Database) {
    let receivers = Receivers::start(chance("unreachable")).await;
    receivers.set("torn", Mood::Broken);
    let odd =
        [("tls", format!("https://{}/tls", receivers.address)), ("name", "http://nobody.invalid/".into())];
    let sections = odd.map(|(name, url)| {
        format!(
            "[[channel]]\nname = \"{name}\"\nkind = \"webhook\"\nsettings = {{ url = \"{url}\", \
             secrets = [\"whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=\"] }}\n"
        )
    });
    let names = ["torn".to_owned(), "well".to_owned()];
    let node = Node::start_with(database, &receivers, &names, &sections.concat()).await;
    node.open("Oven is cold").await;
    until("who is well has it", async || receivers.taken("well").len() == 1).await;
    until("all others are tried again", async || {
        let health = node.store().channel_health().await.expect("an answer");
        let failing =
            health.iter().filter(|one| one.failing == 1 && one.dead == 0 && one.last_error.is_some());
        failing.count() == 3
    })
    .await;
    until("the torn one twice", async || receivers.got("torn").len() > 1).await;
    receivers.set("torn", Mood::Well);
    until("the torn one is mended", async || receivers.taken("torn").len() == 1).await;
    let ids: Vec<String> = receivers.got("torn").into_iter().map(|got| got.id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

async fn what_was_refused_is_reported_and_sent_again_by_hand(database: Database) {
    let receivers = Receivers::start(chance("refused")).await;
    receivers.set("r0", Mood::Status(400));
    let node = Node::start(database, &receivers, &["r0".to_owned()]).await;
    let incident = node.open("Oven is cold").await;
    node.settle().await;
    assert_eq!(receivers.got("r0").len(), 1, "a refusal is not tried again");
    let dead = node.document("/api/v1/deliveries?state=dead").await;
    let one = &dead["deliveries"][0];
    assert_eq!((&one["incident"], &one["channel"]), (&json!(incident), &json!("r0")), "{dead}");
    assert!(one["error"].as_str().is_some_and(|error| error.contains("400")), "{dead}");
    let channels = node.document("/api/v1/channels").await;
    assert_eq!(channels["channels"][0]["dead"], 1, "{channels}");

    receivers.set("r0", Mood::Well);
    let path = format!("/api/v1/deliveries/{}/resend", one["key"].as_str().expect("a key"));
    let answer = node.reader.post(&path, &node.token, &json!({})).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    until("it arrives", async || receivers.taken("r0").len() == 1).await;
    node.settle().await;
    let ids: Vec<String> = receivers.got("r0").into_iter().map(|got| got.id).collect();
    assert_eq!(ids[0], ids[1], "under the same key");
    let again = node.reader.post(&path, &node.token, &json!({})).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}
