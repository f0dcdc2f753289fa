//! What the tests of the running program share: vendors to watch, databases to keep things in, a reader of
//! what is served, and a way to wait for what must come.
//!
//! Nothing here knows what the program looks like inside.

#![allow(dead_code, unused_macros, clippy::allow_attributes, reason = "each test program uses a part of it")]

/// Makes two tests of each scenario, one per database; on one thread, which runs everything in turn, or on two.
macro_rules! on_both_databases {
    (on two threads: $($scenario:ident),+ $(,)?) => {
        on_both_databases!(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] $($scenario),+);
    };
    (#[$test:meta] $($scenario:ident),+) => {
        mod sqlite {
            $(#[$test]
            async fn $scenario() {
                super::$scenario(crate::support::database::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[$test]
            async fn $scenario() {
                super::$scenario(crate::support::database::Database::postgres()).await;
            })+
        }
    };
    ($($scenario:ident),+ $(,)?) => {
        on_both_databases!(#[tokio::test] $($scenario),+);
    };
}

pub(crate) mod bucket;
pub(crate) mod chance;
pub(crate) mod configuration;
pub(crate) mod database;
pub(crate) mod mailbox;
pub(crate) mod page;
pub(crate) mod reader;
pub(crate) mod vendor;

use std::time::Duration;

/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(5);
/// Longest wait for one: what has not come by then, on however busy a machine, does not come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until something holds, and fails with the sentence that says what did not.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, waiting).await.is_ok(),
        "not within {} s: {what}",
        PATIENCE.as_secs()
    );
}
