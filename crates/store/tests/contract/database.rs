//! A fresh database for each case.

use crate::support::Folder;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use std::sync::atomic::{AtomicU64, Ordering};
use store::Store;

/// A database that goes when it is dropped (a schema goes with its server).
pub(crate) enum Database {
    Sqlite(Folder),
    Postgres(String),
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(Folder::new())
    }

    pub(crate) async fn postgres() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var("WATCHKEEPER_TEST_POSTGRES").expect(
            "there is no PostgreSQL to test against: run `cargo xtask test`, which starts one and sets \
             WATCHKEEPER_TEST_POSTGRES",
        );
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("case_{}_{number}", std::process::id());
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&server).await.expect("the server answers");
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(create))).await.unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        Self::Postgres(format!("{server}{separator}options=-csearch_path%3D{schema}"))
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => folder.url("test.db"),
            Self::Postgres(url) => url.clone(),
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url(), "node-0").await.unwrap()
    }

    /// Several nodes on the database. SQLite has one process, so there they are clones of one store.
    pub(crate) async fn nodes(&self, count: usize) -> Vec<Store> {
        let first = self.open().await;
        let mut nodes = vec![first.clone()];
        for number in 1..count {
            nodes.push(match self {
                Self::Sqlite(_) => first.clone(),
                Self::Postgres(url) => Store::open(url, &format!("node-{number}")).await.unwrap(),
            });
        }
        nodes
    }

    /// A connection beside the store, to look at what it wrote or to break it.
    pub(crate) async fn connect(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.url()).await.unwrap()
    }
}
