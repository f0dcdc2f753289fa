//! A job as one transaction on PostgreSQL, tried again as a whole where the database says that two met.
//!
//! Never repeats a commit whose answer was lost: the caller asks again with the same request key, or finds
//! the version moved.

use crate::error::{Error, Failure, Result};
use crate::writer::Work;
use sqlx::AnyPool;

/// Tries of one transaction. Each lost try means that another transaction got through.
const TRIES: usize = 20;

/// Runs the job to its commit.
pub(crate) async fn run<D: Sync, T>(pool: &AnyPool, data: &D, work: Work<D, T>) -> Result<T> {
    for _ in 1..TRIES {
        match attempt(pool, data, work).await {
            Err(failure) if failure.may_succeed_again() => tokio::task::yield_now().await,
            result => return result.map_err(Error::from),
        }
    }
    attempt(pool, data, work).await.map_err(Error::from)
}

async fn attempt<D: Sync, T>(pool: &AnyPool, data: &D, work: Work<D, T>) -> Result<T, Failure> {
    // Dropped on any way out before the commit, it rolls back.
    let mut transaction = pool.begin().await?;
    let result = work(&mut transaction, data).await?;
    transaction.commit().await?;
    Ok(result)
}
