//! One stall: the incident opens by itself, where it belongs, and ends by itself.

use crate::mongod::Mongod;
use crate::support::database::Database;
use crate::world::{PROMISE, incidents, node, until_only, until_quiet};
use serde_json::json;

on_both_databases!(on two threads: a_stall_opens_an_incident_and_its_end_closes_it, a_database_that_is_gone_stops_nothing);

async fn a_stall_opens_an_incident_and_its_end_closes_it(database: Database) {
    let mongod = Mongod::start().await;
    let (app, reader) = node(&database, &mongod).await;
    until_quiet(&app).await;
    assert_eq!(incidents(&reader).await, Vec::<serde_json::Value>::new());

    mongod.freeze();
    let (opened, told_after) = until_only(&reader, "investigating").await;
    assert!(told_after < PROMISE, "told after {told_after:?}");
    assert_eq!((&opened["source"], &opened["components"]), (&json!("prod1"), &json!(["API", "Web Client"])));
    let path = opened["path"].as_str().expect("a path");
    let page = reader.text(path).await;
    assert!(page.contains("CRM"), "the first line names the database: {page}");

    mongod.thaw();
    let (_, recovery_after) = until_only(&reader, "monitoring").await;
    assert!(recovery_after < PROMISE, "recovery told after {recovery_after:?}");
    let (resolved, _) = until_only(&reader, "resolved").await;
    assert_eq!(resolved["id"], opened["id"]);
    assert!(resolved["window"]["until"].is_string(), "{resolved}");
    println!("told after {told_after:?}, recovery after {recovery_after:?}");
    app.stop().await;
}

async fn a_database_that_is_gone_stops_nothing(database: Database) {
    let mongod = Mongod::start().await;
    let uri = mongod.uri();
    mongod.freeze();
    let (app, reader) = node(&database, &mongod).await;
    // The pages are served before anything is known of the database.
    assert_eq!(reader.json("/api/v1/status").await["open"], json!([]), "{uri}");
    until_only(&reader, "investigating").await;
    mongod.thaw();
    until_only(&reader, "resolved").await;
    app.stop().await;
}
