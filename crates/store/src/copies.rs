//! Which node keeps which page as files, and how that goes. Of several nodes one does, as long as it renews its lease.
//! Two that do for a moment write the same files.
//!
//! Never knows where the files are.

use crate::Store;
use crate::columns::{Columns, clean, length, micros};
use crate::error::Result;
use domain::Timestamp;
use jiff::SignedDuration;

/// How it goes with the files of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRow {
    /// Slug of the page.
    pub page: String,
    /// When they were last as they should be.
    pub copied_at: Option<Timestamp>,
    /// Since when they cannot be written, and why.
    pub failure: Option<(Timestamp, String)>,
}

const HOLD: &str = "\
INSERT INTO page_copy (page, owner, lease_until) \
VALUES ($1, $2, (SELECT now_at FROM database_clock) + $3) \
ON CONFLICT (page) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until \
WHERE page_copy.owner = excluded.owner \
  OR page_copy.lease_until <= (SELECT now_at FROM database_clock) \
RETURNING owner";

const DONE: &str = "\
UPDATE page_copy SET copied_at = $3, failed_at = NULL, error = NULL WHERE page = $1 AND owner = $2";

const FAILED: &str = "\
UPDATE page_copy SET failed_at = COALESCE(failed_at, $3), error = $4 WHERE page = $1 AND owner = $2";

impl Store {
    /// Takes over the files of a page for as long as `lease`, or goes on with them; `false` where another node does.
    pub async fn hold_copy(&self, page: &str, lease: SignedDuration) -> Result<bool> {
        let job = (clean(page), self.inner.node.clone(), lease);
        self.write(job, |connection, (page, node, lease)| {
            Box::pin(async move {
                let hold = sqlx::query(HOLD).bind(page.as_str()).bind(node.as_str()).bind(length(*lease));
                Ok(hold.fetch_optional(connection).await?.is_some())
            })
        })
        .await
    }

    /// Leaves the files of a page to whoever wants them.
    pub async fn leave_copy(&self, page: &str) -> Result<()> {
        self.write((clean(page), self.inner.node.clone()), |connection, (page, node)| {
            Box::pin(async move {
                let sql = "UPDATE page_copy SET lease_until = 0 WHERE page = $1 AND owner = $2";
                sqlx::query(sql).bind(page.as_str()).bind(node.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that the files are as they should be, or why they are not. Only the node that holds them is heard.
    pub async fn note_copy(&self, page: &str, now: Timestamp, failure: Option<&str>) -> Result<()> {
        let job = (clean(page), self.inner.node.clone(), now, failure.map(clean));
        self.write(job, |connection, (page, node, now, failure)| {
            Box::pin(async move {
                let sql = if failure.is_some() { FAILED } else { DONE };
                let mut note = sqlx::query(sql).bind(page.as_str()).bind(node.as_str()).bind(micros(*now));
                if let Some(failure) = failure {
                    note = note.bind(failure.as_str());
                }
                note.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// How it goes with all pages that were ever kept as files.
    pub async fn list_copies(&self) -> Result<Vec<CopyRow>> {
        let sql = "SELECT page, copied_at, failed_at, error FROM page_copy ORDER BY page";
        let rows = sqlx::query(sql).fetch_all(self.readers()).await?;
        let row = |row: &sqlx::any::AnyRow| {
            let failed_at = row.instant_or_null("failed_at")?;
            let error = row.text_or_null("error")?;
            Ok(CopyRow {
                page: row.text("page")?,
                copied_at: row.instant_or_null("copied_at")?,
                failure: failed_at.map(|at| (at, error.unwrap_or_default())),
            })
        };
        rows.iter().map(row).collect()
    }
}
