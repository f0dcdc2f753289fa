//! Pages as files: one node at a time, and how it goes.

use crate::database::Database;
use crate::support::at;
use jiff::SignedDuration;
use store::CopyRow;

const LONG: SignedDuration = SignedDuration::from_secs(600);

on_both_databases! {
    one_node_keeps_the_files_until_it_leaves_them,
    a_failure_stays_since_it_began_until_it_is_over,
}

async fn one_node_keeps_the_files_until_it_leaves_them(database: Database) {
    let nodes = database.nodes(2).await;
    assert!(nodes[0].hold_copy("status", LONG).await.unwrap());
    if matches!(database, Database::Postgres(_)) {
        assert!(!nodes[1].hold_copy("status", LONG).await.unwrap());
    }
    nodes[0].leave_copy("status").await.unwrap();
    assert!(nodes[1].hold_copy("status", LONG).await.unwrap());
}

async fn a_failure_stays_since_it_began_until_it_is_over(database: Database) {
    let store = database.open().await;
    assert!(store.hold_copy("status", LONG).await.unwrap());
    let row = |copied_at, failure: Option<(i64, &str)>| CopyRow {
        page: "status".to_owned(),
        copied_at,
        failure: failure.map(|(second, why)| (at(second), why.to_owned())),
    };
    store.note_copy("status", at(1), None).await.unwrap();
    assert_eq!(store.list_copies().await.unwrap(), [row(Some(at(1)), None)]);
    store.note_copy("status", at(2), Some("disk full")).await.unwrap();
    store.note_copy("status", at(3), Some("gone")).await.unwrap();
    assert_eq!(store.list_copies().await.unwrap(), [row(Some(at(1)), Some((2, "gone")))]);
    store.note_copy("status", at(4), None).await.unwrap();
    assert_eq!(store.list_copies().await.unwrap(), [row(Some(at(4)), None)]);
}
