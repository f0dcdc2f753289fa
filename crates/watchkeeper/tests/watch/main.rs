//! The watch over a database from end to end: a real mongod that is stopped and let go again, and incidents
//! that open, go on and end by themselves.
//!
//! Nothing is stepped here, because a mongod has no clock of ours: what must follow has seconds to do so, and
//! they are counted. `WATCHKEEPER_TEST_MONGOD` names the mongod and `WATCHKEEPER_TEST_POSTGRES` the server for
//! databases of our own; without them the tests fail, they are never skipped.

/// Makes two tests of each scenario, one per database of our own.
macro_rules! on_both_databases {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(crate::support::database::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(crate::support::database::Database::postgres()).await;
            })+
        }
    };
}

#[path = "../support/mod.rs"]
mod support;

mod mongod;
mod nodes;
mod restart;
mod stall;
mod world;
