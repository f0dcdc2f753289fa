//! The watch over a database: one node at a time.

use crate::database::Database;
use crate::support::{id, opened};
use jiff::SignedDuration;

const LONG: SignedDuration = SignedDuration::from_secs(600);
/// Over before anybody can ask again.
const NONE: SignedDuration = SignedDuration::ZERO;

on_both_databases!(
    the_watch_goes_on_while_it_is_renewed,
    a_watch_that_ran_out_goes_to_another_node,
    a_watch_that_was_left_is_free_at_once,
    a_node_that_is_restarted_takes_its_watch_up_again,
    what_a_watch_decided_is_written_only_while_its_lease_runs,
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

async fn what_a_watch_decided_is_written_only_while_its_lease_runs(database: Database) {
    let nodes = database.nodes(2).await;
    let decision = opened(&id(1), 0);
    let refused = nodes[0].commit_watched(&decision, "crm").await;
    assert_eq!(refused, Err(store::Error::LostLease), "it never held the watch");
    assert!(nodes[0].hold_watch("crm", NONE).await.unwrap());
    let refused = nodes[0].commit_watched(&decision, "crm").await;
    assert_eq!(refused, Err(store::Error::LostLease), "it ran out, though nobody took it over");
    if matches!(database, Database::Postgres(_)) {
        assert!(nodes[1].hold_watch("crm", LONG).await.unwrap());
        let refused = nodes[0].commit_watched(&decision, "crm").await;
        assert_eq!(refused, Err(store::Error::LostLease), "another node has it");
    }
    let holder = if matches!(database, Database::Postgres(_)) { &nodes[1] } else { &nodes[0] };
    assert!(holder.hold_watch("crm", LONG).await.unwrap());
    assert!(holder.commit_watched(&decision, "crm").await.is_ok());
    assert_eq!(
        holder.timeline(&decision.next.id).await.map(|entries| entries.len()),
        Ok(decision.entries.len())
    );
}

async fn a_node_that_is_restarted_takes_its_watch_up_again(database: Database) {
    let store = database.open().await;
    assert!(store.hold_watch("crm", LONG).await.unwrap());
    store.close().await;
    let name = if matches!(database, Database::Sqlite(_)) { "another" } else { "node-0" };
    let again = store::Store::open(&database.url(), name).await.unwrap();
    assert!(again.hold_watch("crm", LONG).await.unwrap());
}
