//! The dead man's switch: somebody outside hears that we work, and a second node notices that the first does not.

use crate::receivers::Receivers;
use crate::support::database::Database;
use crate::support::until;
use crate::{chance, node};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_outside_hears_that_we_work() {
    let beats = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&beats);
    let beat = move || async move {
        count.fetch_add(1, Ordering::Relaxed);
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().route("/ping", axum::routing::get(beat));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let receivers = Receivers::start(chance("heartbeat")).await;
    let heartbeat = format!("[heartbeat]\nurl = \"http://{address}/ping\"\nevery = \"1s\"\n");
    let node = node::Node::start_with(Database::sqlite(), &receivers, &[], &heartbeat).await;
    until("it is heard twice", async || beats.load(Ordering::Relaxed) >= 2).await;
    drop(node);
    serving.abort();
}

/// Several nodes share a PostgreSQL and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_node_is_told_to_the_team_once() {
    let database = Database::postgres();
    let receivers = Receivers::start(chance("silence")).await;
    let node = node::Node::start(database, &receivers, &["r0".to_owned()]).await;
    node.store().beat("the other").await.expect("the store answers");
    node.database.run("UPDATE node SET seen_at = 0 WHERE name = 'the other'");
    until("the team hears of it", async || !receivers.got("r0").is_empty()).await;
    // The next beats find nothing new.
    let after = node.store().newly_silent("somebody", jiff::SignedDuration::from_mins(1)).await;
    assert_eq!(after.expect("the store answers"), [], "one silence is told once");
    assert_eq!(receivers.got("r0").len(), 1);
}
