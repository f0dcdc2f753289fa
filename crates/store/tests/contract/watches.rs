//! The watch over a database: one node at a time.

use crate::database::Database;
use jiff::SignedDuration;

const LONG: SignedDuration = SignedDuration::from_secs(600);
/// Over before anybody can ask again.
const NONE: SignedDuration = SignedDuration::ZERO;

on_both_databases!(
    the_watch_goes_on_while_it_is_renewed,
    a_watch_that_ran_out_goes_to_another_node,
    a_watch_that_was_left_is_free_at_once,
    a_node_that_is_restarted_takes_its_watch_up_again,
);

async fn the_watch_goes_on_while_it_is_renewed(database: Database) {
    let store = database.open().await;
    for _ in 0..2 {
        assert!(store.hold_watch("crm", LONG).await.unwrap());
        assert!(store.hold_watch("search", LONG).await.unwrap());
    }
    if let Database::Postgres(url) = &database {
        let other = store::Store::open(url, "node-1").await.unwrap();
        assert!(!other.hold_watch("crm", LONG).await.unwrap());
        assert!(other.hold_watch("events", LONG).await.unwrap());
        assert!(!store.hold_watch("events", LONG).await.unwrap());
    }
}

async fn a_watch_that_ran_out_goes_to_another_node(database: Database) {
    let nodes = database.nodes(2).await;
    assert!(nodes[0].hold_watch("crm", NONE).await.unwrap());
    assert!(nodes[1].hold_watch("crm", LONG).await.unwrap());
    // What was lost is not left by him who lost it.
    if matches!(database, Database::Postgres(_)) {
        nodes[0].leave_watch("crm").await.unwrap();
        assert!(!nodes[0].hold_watch("crm", LONG).await.unwrap());
    }
}

async fn a_watch_that_was_left_is_free_at_once(database: Database) {
    let nodes = database.nodes(2).await;
    assert!(nodes[0].hold_watch("crm", LONG).await.unwrap());
    nodes[0].leave_watch("crm").await.unwrap();
    assert!(nodes[1].hold_watch("crm", LONG).await.unwrap());
}

async fn a_node_that_is_restarted_takes_its_watch_up_again(database: Database) {
    let store = database.open().await;
    assert!(store.hold_watch("crm", LONG).await.unwrap());
    store.close().await;
    let name = if matches!(database, Database::Sqlite(_)) { "another" } else { "node-0" };
    let again = store::Store::open(&database.url(), name).await.unwrap();
    assert!(again.hold_watch("crm", LONG).await.unwrap());
}
