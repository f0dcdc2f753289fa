//! Servers that are frozen, dead, full or cut off: looks show it, cost a bounded amount, and come back.

use std::time::Duration;

use ::mongodb::bson::doc;
use domain::reads::{Failure, Look, Path};
use tokio::net::TcpStream;

use crate::support::mongod::{PATIENCE, admin};
use crate::support::watching::{all_paths, asking_paths, failure, messages};
use crate::support::{Mongod, Watching, Wire};

/// From the return of a server to the first answer along every path.
const RETURN: Duration = Duration::from_secs(2);
/// Longer than the deadline of a look.
const PAST_DEADLINE: Duration = Duration::from_secs(12);
/// Looks on their way, one per path, and what the driver has besides on the application's way.
const MOST_CONNECTIONS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_shows_and_its_return_too() {
    let server = Mongod::with_documents(&[]).await;
    let wire = Wire::to(server.port()).await;
    let mut watching = Watching::start(&wire.uri());
    watching.all_answer(&all_paths(), watching.now(), PATIENCE).await;
    server.freeze();
    let frozen = watching.now();
    watching.watch_for(Duration::from_secs(3)).await;
    for path in asking_paths() {
        let last = watching.seen.iter().rev().find(|sample| sample.path == path).unwrap();
        assert_eq!(last.look, Look::Began, "{path:?} is on its way");
    }
    let stopped = watching.seen.iter().rev().find_map(|sample| match sample.look {
        Look::Answered(_, domain::reads::Answer::Host(host)) => Some(host.state),
        _ => None,
    });
    assert_eq!(stopped, Some(b'T'), "the machine tells that the process is stopped");
    let mut most = 0;
    for _ in 0..8 {
        watching.watch_for(Duration::from_secs(1)).await;
        most = most.max(wire.open());
    }
    assert!(most <= MOST_CONNECTIONS, "{most} connections");
    for path in asking_paths() {
        let given_up = watching.seen.iter().any(|sample| {
            sample.path == path && sample.began >= frozen - 2_000_000 && failure(sample).is_some()
        });
        assert!(given_up, "{path:?} was given up");
    }
    server.thaw();
    watching.all_answer(&asking_paths(), watching.now(), RETURN).await;
    watching.assert_one_look_each();
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_server_is_refused_and_its_return_seen() {
    let mut server = Mongod::with_documents(&[]).await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&asking_paths(), watching.now(), PATIENCE).await;
    server.kill();
    for path in [Path::Hello, Path::Fresh, Path::Hot(messages()), Path::Counters, Path::InFlight] {
        watching
            .until(Duration::from_secs(3), "refused", |sample| {
                sample.path == path && failure(sample) == Some(&Failure::Refused)
            })
            .await;
    }
    watching
        .until(PAST_DEADLINE, "the application finds no server", |sample| {
            sample.path == Path::App && failure(sample).is_some_and(Failure::counts)
        })
        .await;
    server.restart().await;
    watching.all_answer(&asking_paths(), watching.now(), RETURN).await;
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_wire_shows_and_its_mending_too() {
    let server = Mongod::with_documents(&[]).await;
    let wire = Wire::to(server.port()).await;
    let mut watching = Watching::start(&wire.uri());
    watching.all_answer(&asking_paths(), watching.now(), PATIENCE).await;
    wire.cut();
    let cut = watching.now();
    let mut most = 0;
    for _ in 0..10 {
        watching.watch_for(Duration::from_secs(1)).await;
        most = most.max(wire.open());
    }
    let answered = watching.seen.iter().find(|sample| {
        sample.began > cut && sample.path != Path::Host && matches!(sample.look, Look::Answered(..))
    });
    assert_eq!(answered, None);
    assert!(most <= MOST_CONNECTIONS, "{most} connections");
    wire.mend();
    watching.all_answer(&asking_paths(), watching.now(), RETURN).await;
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_between_application_and_database_shows_on_its_path_only() {
    let server = Mongod::with_documents(&[]).await;
    let wire = Wire::to(server.port()).await;
    let mut watching = Watching::of(&server.uri(), Some(&wire.uri()));
    watching.all_answer(&asking_paths(), watching.now(), PATIENCE).await;
    wire.cut();
    let cut = watching.now();
    watching.watch_for(Duration::from_secs(4)).await;
    let app = watching.seen.iter().rev().find(|sample| sample.path == Path::App).unwrap();
    assert_eq!(app.look, Look::Began);
    let failed = watching.seen.iter().find(|sample| sample.began > cut && failure(sample).is_some());
    assert_eq!(failed, None);
    wire.mend();
    watching.all_answer(&asking_paths(), watching.now(), RETURN).await;
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exhausted_connections_are_seen_by_the_fresh_one_only() {
    let server = Mongod::with_documents(&["--maxConns", "40"]).await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&all_paths(), watching.now(), PATIENCE).await;
    let full = watching.now();
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(TcpStream::connect(server.node()).await.unwrap());
    }
    watching
        .until(Duration::from_secs(4), "the fresh connection is closed", |sample| {
            sample.path == Path::Fresh && failure(sample) == Some(&Failure::Closed)
        })
        .await;
    watching.watch_for(Duration::from_secs(1)).await;
    let others = watching
        .seen
        .iter()
        .find(|sample| sample.began > full && sample.path != Path::Fresh && failure(sample).is_some());
    assert_eq!(others, None);
    drop(held);
    watching.all_answer(&asking_paths(), watching.now(), RETURN).await;
    watching.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_that_were_given_up_do_not_pile_up_on_the_server() {
    let server = Mongod::with_documents(&[]).await;
    let client = server.client().await;
    let mut watching = Watching::start(&server.uri());
    watching.all_answer(&all_paths(), watching.now(), PATIENCE).await;
    let holder = server.client().await;
    let lock = tokio::spawn(async move {
        holder.database("admin").run_command(doc! { "sleep": 1, "lock": "w", "millis": 12_000 }).await
    });
    let mine = doc! { "$match": { "appName": "watchkeeper", "active": true, "ns": { "$regex": "^crm" } } };
    let ask = doc! {
        "aggregate": 1, "pipeline": [{ "$currentOp": { "allUsers": true } }, mine], "cursor": { "batchSize": 1_000 },
    };
    let mut most = 0;
    while !lock.is_finished() {
        watching.watch_for(Duration::from_millis(500)).await;
        let answer = admin(&client, ask.clone()).await;
        let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        most = most.max(batch.expect("the server lists operations").len());
    }
    lock.await.unwrap().unwrap();
    // Hot, cold, the application's, and the keeper of ids.
    assert!((3..=4).contains(&most), "{most} of our operations at once");
    assert!(watching.seen.iter().any(|sample| failure(sample) == Some(&Failure::TimedOut)));
    watching.all_answer(&asking_paths(), watching.now(), RETURN).await;
    watching.assert_one_look_each();
    watching.stop().await;
}
