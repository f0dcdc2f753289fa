//! What receivers say is heeded: later, never, and nothing more; and what was given up can be sent again.

use crate::node::Node;
use crate::receivers::{Mood, Receivers};
use crate::support::database::Database;
use crate::support::until;
use crate::{chance, on_both_databases};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;

on_both_databases!(a_request_for_peace_is_heeded, what_was_refused_is_reported_and_sent_again_by_hand);

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
