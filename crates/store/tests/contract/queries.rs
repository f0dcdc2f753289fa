//! What queries cost, by shape and hour.

use crate::database::Database;
use crate::support::at;
use domain::query::{QueryCost, QueryName};
use domain::reads::Finished;
use domain::time::Window;
use store::{QueryMinute, QueryRow, Store};

on_both_databases! {
    what_was_kept_in_parts_comes_back_together_and_by_its_minute,
    an_hour_that_is_old_is_forgotten,
    an_hour_that_cannot_be_read_does_not_keep_the_next_minute_out,
}

/// Beginning of an hour.
const HOUR: i64 = 7_200;

fn minute(second: i64, collection: &str, took_ms: &[i64]) -> QueryMinute {
    let name = QueryName {
        namespace: format!("crm.{collection}"),
        command: "find".to_owned(),
        shape: "find filter{a:?}".to_owned(),
    };
    let mut cost = QueryCost::default();
    for took_ms in took_ms {
        let (plan, app) = ("COLLSCAN".into(), "crm\0web".into());
        cost.finished(&Finished {
            took_us: took_ms * 1_000,
            docs_examined: 9,
            plan,
            app,
            ..Finished::default()
        });
    }
    QueryMinute { at: at(second), costs: vec![(name, cost)] }
}

async fn found(store: &Store, from: i64, until: i64) -> Vec<QueryRow> {
    store.queries("crm", Window::closed(at(from), at(until)), 60).await.unwrap()
}

async fn what_was_kept_in_parts_comes_back_together_and_by_its_minute(database: Database) {
    let store = database.open().await;
    store.keep_queries("crm", &[]).await.unwrap();
    store.keep_queries("crm", &[minute(HOUR, "a", &[10, 20]), minute(HOUR + 60, "b", &[400])]).await.unwrap();
    store.keep_queries("crm", &[minute(HOUR, "a", &[30])]).await.unwrap();
    store.keep_queries("other", &[minute(HOUR, "a", &[9_000])]).await.unwrap();
    let rows = found(&store, HOUR, HOUR + 3_600).await;
    let told: Vec<_> = rows.iter().map(|row| (row.name.namespace.as_str(), row.time_ms())).collect();
    assert_eq!(told, [("crm.b", 400), ("crm.a", 60)]);
    let cost = &rows[1].cost;
    assert_eq!((cost.durations.count(), cost.durations.max(), cost.docs_examined), (3, 30, 27));
    assert_eq!(cost.apps.keys().collect::<Vec<_>>(), ["crm\u{fffd}web"]);
    assert_eq!(rows[0].steps.iter().collect::<Vec<_>>(), [(&1, &400)]);
    let late = found(&store, HOUR + 60, HOUR + 120).await;
    assert_eq!(late.len(), 1, "the first minute lies outside: {late:?}");
}

async fn an_hour_that_is_old_is_forgotten(database: Database) {
    let store = database.open().await;
    store.keep_queries("crm", &[minute(HOUR, "a", &[10]), minute(HOUR + 7_200, "a", &[10])]).await.unwrap();
    store.prune_queries(at(HOUR + 3_600 + 1)).await.unwrap();
    assert_eq!(found(&store, HOUR, HOUR + 3_600).await, []);
    assert_eq!(found(&store, HOUR + 7_200, HOUR + 10_800).await.len(), 1);
}

async fn an_hour_that_cannot_be_read_does_not_keep_the_next_minute_out(database: Database) {
    let store = database.open().await;
    store.keep_queries("crm", &[minute(HOUR, "a", &[10])]).await.unwrap();
    let mut connection = database.connect().await;
    let torn = sqlx::query("UPDATE query_hour SET block = $1").bind(vec![1_u8, 2, 3]);
    torn.execute(&mut connection).await.unwrap();
    store.keep_queries("crm", &[minute(HOUR, "a", &[20])]).await.unwrap();
    assert_eq!(found(&store, HOUR, HOUR + 3_600).await[0].time_ms(), 20);
}
