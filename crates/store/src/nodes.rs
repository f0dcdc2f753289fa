//! When each node was last seen, so that a second one notices when the first falls silent. Silence is judged by
//! the database's clock.
//!
//! Never judges whether a node works: it says so itself by coming back.

use crate::Store;
use crate::columns::{Columns, clean, length};
use crate::error::Result;
use domain::Timestamp;
use jiff::SignedDuration;

/// A node that has fallen silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentNode {
    /// Its name.
    pub name: String,
    /// When it was last seen.
    pub seen_at: Timestamp,
}

const BEAT: &str = "\
INSERT INTO node (name, seen_at) VALUES ($1, (SELECT now_at FROM database_clock)) \
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, told_at = NULL";

const SILENT: &str = "\
UPDATE node SET told_at = (SELECT now_at FROM database_clock) \
WHERE name <> $1 AND told_at IS NULL AND seen_at < (SELECT now_at FROM database_clock) - $2 \
RETURNING name, seen_at";

impl Store {
    /// Says that the node of this name works.
    pub async fn beat(&self, name: &str) -> Result<()> {
        self.write(clean(name), |connection, name| {
            Box::pin(async move {
                sqlx::query(BEAT).bind(name.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Says that the node of this name stops on purpose.
    pub async fn leave(&self, name: &str) -> Result<()> {
        self.write(clean(name), |connection, name| {
            Box::pin(async move {
                let sql = "DELETE FROM node WHERE name = $1";
                sqlx::query(sql).bind(name.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Other nodes that have been silent for that long. Of those who ask, one hears of each silence, once.
    pub async fn newly_silent(&self, name: &str, silence: SignedDuration) -> Result<Vec<SilentNode>> {
        self.write((clean(name), silence), |connection, (name, silence)| {
            Box::pin(async move {
                let query = sqlx::query(SILENT).bind(name.as_str()).bind(length(*silence));
                let rows = query.fetch_all(connection).await?;
                let node = |row: &sqlx::any::AnyRow| {
                    Ok(SilentNode { name: row.text("name")?, seen_at: row.instant("seen_at")? })
                };
                Ok(rows.iter().map(node).collect::<Result<Vec<_>>>()?)
            })
        })
        .await
    }
}
