//! The contract of the store: the same cases on SQLite and on PostgreSQL, with nothing mocked.
//!
//! Each case has a database of its own: a file, or a schema of the server that
//! `WATCHKEEPER_TEST_POSTGRES` names. Without that server the cases fail; they are never skipped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

/// Makes two tests of each case, one per database.
macro_rules! on_both_databases {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::database::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::database::Database::postgres().await).await;
            })+
        }
    };
}

mod access;
mod audit;
mod check;
mod copies;
mod database;
mod deliveries;
mod deploys;
mod environments;
mod evidence;
mod held;
mod incidents;
mod interleavings;
mod leases;
mod lists;
mod looks;
mod news;
mod outbox;
mod people;
mod queries;
mod readings;
mod schema;
mod sqlite;
mod stalls;
mod subscribers;
mod vendors;
mod watches;
