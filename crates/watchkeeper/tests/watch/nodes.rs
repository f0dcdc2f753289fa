//! Several nodes of the program on one database of our own: one of them watches.

use crate::mongod::Mongod;
use crate::support::database::Database;
use crate::support::until;
use crate::world::{node, until_only, until_quiet};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_node_that_watches_stops_another_goes_on_with_the_same_incident() {
    let database = Database::postgres();
    let mongod = Mongod::start().await;
    let (first, reader) = node(&database, &mongod).await;
    until_quiet(&first).await;
    let (second, other) = node(&database, &mongod).await;
    mongod.freeze();
    let (opened, _) = until_only(&reader, "investigating").await;
    first.stop().await;
    // Only who watches can see that it is over.
    let watching = second.parts().site.live().database("crm").expect("it is configured");
    until("the other node sees the stall", async || watching.glance().standing.is_some()).await;
    mongod.thaw();
    let (resolved, _) = until_only(&other, "resolved").await;
    assert_eq!(resolved["id"], opened["id"]);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stall_that_could_not_be_written_down_is_told_once_it_can() {
    let database = Database::postgres();
    let mongod = Mongod::start().await;
    let (app, reader) = node(&database, &mongod).await;
    until_quiet(&app).await;
    database.shut();
    mongod.freeze();
    let watching = app.parts().site.live().database("crm").expect("it is configured");
    let stalls = |severity| severity == domain::detect::Severity::Stall;
    let standing = || watching.glance().standing.map(|standing| standing.verdict.severity);
    // On a busy machine a warning may stand before.
    until("it is seen all the same", async || standing().is_some_and(stalls)).await;
    mongod.thaw();
    until("its end is seen", async || watching.glance().standing.is_none()).await;
    database.reopen();
    let (resolved, _) = until_only(&reader, "resolved").await;
    let window = &resolved["window"];
    assert!(window["from"].is_string() && window["until"].is_string(), "{resolved}");
    app.stop().await;
}
