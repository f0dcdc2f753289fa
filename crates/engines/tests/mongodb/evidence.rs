//! Gathering evidence: everything that a node can say, in time, at little cost, and no harm where it hangs.

use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use domain::reads::Failure;
use engines::mongodb::{Content, Gathered, Target, gather};

use crate::support::Mongod;
use tokio::time::Instant;

/// What a bundle may take, packing included.
const PROMISE: Duration = Duration::from_secs(5);

async fn gathered(server: &Mongod) -> (Gathered, Duration) {
    let target = Target::new(&server.uri(), None, Vec::new()).expect("an address");
    let began = Instant::now();
    let gathered = gather(&target, None, &[Arc::from("crm.messages"), Arc::from("crm.$cmd")]).await;
    (gathered, began.elapsed())
}

fn document(gathered: &Gathered, name: &str) -> Document {
    let piece = gathered.pieces.iter().find(|piece| piece.name == name).expect("it was asked");
    match &piece.answer {
        Ok(Content::Document(bytes)) => Document::from_reader(&bytes[..]).expect("BSON"),
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_tells_everything_it_knows() {
    let server = Mongod::with_documents(&[]).await;
    let client = server.client().await;
    let slow = doc! { "find": "messages", "filter": { "$where": "sleep(40) || true" }, "comment": "4711" };
    let searching = tokio::spawn(async move { client.database("crm").run_command(slow).await });
    crate::support::mongod::until(
        &server.client().await,
        doc! { "currentOp": 1, "ns": "crm.messages" },
        |answer| answer.get_array("inprog").is_ok_and(|operations| !operations.is_empty()),
    )
    .await;
    let before = server.cpu();
    let (gathered, took) = gathered(&server).await;
    let cost = server.cpu().saturating_sub(before);
    println!("gathered in {took:?}, of which the server computed {cost:?}");
    assert!(took < PROMISE, "{took:?}");
    searching.abort();
    let operations = document(&gathered, "in-flight");
    assert!(operations.to_string().contains("crm.messages"), "{operations}");
    for name in ["locks", "server-status", "top", "diagnostic-data"] {
        document(&gathered, name);
    }
    let statistics = document(&gathered, "collection-1-statistics").to_string();
    assert!(statistics.contains("latencyStats") && statistics.contains("histogram"), "{statistics}");
    assert!(document(&gathered, "collection-1-indexes").to_string().contains("_id_"));
    assert!(document(&gathered, "collection-1-index-use").to_string().contains("accesses"));
    assert!(document(&gathered, "explain-1").to_string().contains("COLLSCAN"));
    let log = gathered.pieces.iter().find(|piece| piece.name == "log").expect("it was asked");
    assert!(matches!(&log.answer, Ok(Content::Log(lines)) if lines.len() > 10), "{log:?}");
    let alone = gathered.pieces.iter().find(|piece| piece.name == "replica-set").expect("it was asked");
    assert_eq!(
        alone.answer.as_ref().err(),
        Some(&Failure::Server(76, String::new())),
        "it is in no replica set"
    );
    assert!(
        !gathered.pieces.iter().any(|piece| piece.name.starts_with("collection-2")),
        "`$cmd` is no collection"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_hangs_is_left_alone_in_time() {
    let server = Mongod::with_documents(&[]).await;
    server.freeze();
    let (gathered, took) = gathered(&server).await;
    server.thaw();
    assert!(took < PROMISE, "{took:?}");
    assert!(gathered.pieces.len() > 5, "what was not asked is told, too: {gathered:?}");
    assert!(gathered.pieces.iter().all(|piece| piece.answer.is_err()), "{gathered:?}");
}
