//! Who watches which database. Of several nodes one does, as long as it renews its lease, which runs by this
//! database's clock. What it says of incidents is written only while the lease runs, which the same transaction looks
//! at; measurements of two nodes complete each other.
//!
//! Never knows what a watch sees.

use crate::Store;
use crate::columns::{clean, length};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use jiff::SignedDuration;

const HOLD: &str = "\
INSERT INTO watch_lease (database, owner, lease_until) \
VALUES ($1, $2, (SELECT now_at FROM database_clock) + $3) \
ON CONFLICT (database) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until \
WHERE watch_lease.owner = excluded.owner \
  OR watch_lease.lease_until <= (SELECT now_at FROM database_clock) \
RETURNING owner";

/// Changes nothing, and keeps whoever wants to take the watch over waiting until the transaction ends.
const FENCE: &str = "\
UPDATE watch_lease SET owner = owner \
WHERE database = $1 AND owner = $2 AND lease_until > (SELECT now_at FROM database_clock)";

/// Refuses to go on where the node does not hold the watch.
pub(crate) async fn fence(connection: &mut Connection, database: &str, node: &str) -> Result<(), Failure> {
    let held = sqlx::query(FENCE).bind(database).bind(node).execute(connection).await?;
    if held.rows_affected() == 0 { Err(Error::LostLease.into()) } else { Ok(()) }
}

impl Store {
    /// Takes the watch over a database for as long as `lease`, or goes on with it; `false` where another node
    /// has it.
    pub async fn hold_watch(&self, database: &str, lease: SignedDuration) -> Result<bool> {
        let job = (clean(database), self.inner.node.clone(), lease);
        self.write(job, |connection, (database, node, lease)| {
            Box::pin(async move {
                let hold = sqlx::query(HOLD).bind(database.as_str()).bind(node.as_str()).bind(length(*lease));
                Ok(hold.fetch_optional(connection).await?.is_some())
            })
        })
        .await
    }

    /// Leaves the watch over a database to whoever wants it.
    pub async fn leave_watch(&self, database: &str) -> Result<()> {
        self.write((clean(database), self.inner.node.clone()), |connection, (database, node)| {
            Box::pin(async move {
                let sql = "UPDATE watch_lease SET lease_until = 0 WHERE database = $1 AND owner = $2";
                sqlx::query(sql).bind(database.as_str()).bind(node.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}
