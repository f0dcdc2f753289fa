//! The schema: the same on both databases, moved forward by one node at a time, never backwards.

use crate::database::Database;
use sqlx::{AnyConnection, Executor, Row};
use std::collections::BTreeSet;
use store::{Error, Store};

on_both_databases! {
    nodes_that_start_at_once_do_not_collide,
    a_newer_database_is_refused,
    a_database_of_another_program_is_refused,
    a_second_start_changes_nothing,
}

async fn nodes_that_start_at_once_do_not_collide(database: Database) {
    let starts: Vec<_> = (0..6)
        .map(|number| {
            let url = database.url();
            tokio::spawn(async move { Store::open(&url, &format!("node-{number}")).await })
        })
        .collect();
    let mut open = Vec::new();
    for start in starts {
        match (&database, start.await.unwrap()) {
            (_, Ok(store)) => open.push(store),
            // A file has one process that writes it; the others are told so.
            (Database::Sqlite(_), Err(Error::Unavailable(why))) => assert!(why.contains("only one"), "{why}"),
            (_, Err(error)) => panic!("{error}"),
        }
    }
    let expected = if matches!(database, Database::Sqlite(_)) { 1 } else { 6 };
    assert_eq!(open.len(), expected);
    open[0].ping().await.unwrap();
    assert_eq!(open[0].revision().await, Ok(0), "the steps were taken once");
}

async fn a_newer_database_is_refused(database: Database) {
    let store = database.open().await;
    let binary = store.schema();
    store.close().await;
    let mut connection = database.connect().await;
    connection.execute("INSERT INTO schema_migration (number, name) VALUES (9999, 'later')").await.unwrap();
    let refused = Store::open(&database.url(), "node").await.unwrap_err();
    assert_eq!(refused, Error::TooNew { database: 9999, binary });
    assert!(refused.to_string().contains("start the later release"), "{refused}");
    assert!(Store::open_for_reading(&database.url()).await.is_err());
}

async fn a_database_of_another_program_is_refused(database: Database) {
    if let Database::Sqlite(folder) = &database {
        std::fs::write(folder.path().join("test.db"), []).unwrap();
    }
    let mut connection = database.connect().await;
    connection.execute("CREATE TABLE shopping (item TEXT)").await.unwrap();
    let refused = Store::open(&database.url(), "node").await.unwrap_err();
    assert!(matches!(&refused, Error::BadAddress(why) if why.contains("another program")), "{refused}");
}

async fn a_second_start_changes_nothing(database: Database) {
    let first = columns(&database).await;
    let second = columns(&database).await;
    assert_eq!(first, second);
    assert!(first.contains("timeline.event"));
}

/// Every `table.column` after a start.
async fn columns(database: &Database) -> BTreeSet<String> {
    database.open().await.close().await;
    let mut connection = database.connect().await;
    let sql = match database {
        Database::Sqlite(_) => {
            "SELECT m.name || '.' || c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
             WHERE m.type IN ('table', 'view')"
        }
        Database::Postgres(_) => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns \
             WHERE table_schema = current_schema()"
        }
    };
    names(&mut connection, sql).await
}

async fn names(connection: &mut AnyConnection, sql: &'static str) -> BTreeSet<String> {
    connection.fetch_all(sql).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = columns(&Database::sqlite()).await;
    let postgres = columns(&Database::postgres().await).await;
    assert_eq!(sqlite, postgres);
}

#[test]
fn both_sides_have_the_same_steps_and_all_are_compiled_in() {
    let files = |side: &str| -> BTreeSet<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(side);
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(files("sqlite"), files("postgres"));
    for (place, file) in files("sqlite").iter().enumerate() {
        let number = format!("{:04}_", place + 1);
        assert!(file.starts_with(&number), "{file}");
    }
}
