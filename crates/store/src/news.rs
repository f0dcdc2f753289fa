//! What other nodes have written: each node asks a few times a second, so it is told only what is new to it.
//!
//! A row carries the revision with which it was last written. The number is taken while the row of the revision
//! is held, and that is held until the commit, so numbers stand in the order of commits: whoever has read up to a
//! revision never meets a row at or below it later. A sequence would not promise that.
//!
//! Never tells of vendors that were only registered anew: what is configured is read with everything else.

use crate::Store;
use crate::columns::Columns;
use crate::error::{Failure, Result};
use crate::incidents::{IncidentRow, select_incidents};
use crate::writer::Connection;
use domain::{IncidentId, Slug};
use sqlx::Executor;

/// What was written after a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Incidents, as lists show them.
    pub incidents: Vec<IncidentRow>,
    /// Vendors about which a look showed something new.
    pub vendors: Vec<Slug>,
}

const INCIDENT: &str =
    "UPDATE incident SET revision = (SELECT value FROM revision WHERE id = 1) WHERE id = $1";

const VENDOR: &str = "UPDATE vendor SET revision = (SELECT value FROM revision WHERE id = 1) WHERE slug = $1";

impl Store {
    /// A number that grows with everything that pages show: the same number, the same pages.
    pub async fn revision(&self) -> Result<u64> {
        let row = self.readers().fetch_one("SELECT value FROM revision WHERE id = 1").await?;
        row.number("value")
    }

    /// What was written after a revision that was read before.
    pub async fn written_since(&self, revision: u64) -> Result<News> {
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        let sql = select_incidents!("WHERE revision > $1 ORDER BY revision");
        let incidents = sqlx::query(sql).bind(revision).fetch_all(self.readers()).await?;
        let sql = "SELECT slug FROM vendor WHERE revision > $1 ORDER BY revision";
        let vendors = sqlx::query(sql).bind(revision).fetch_all(self.readers()).await?;
        Ok(News {
            incidents: incidents.iter().map(IncidentRow::read).collect::<Result<_>>()?,
            vendors: vendors.iter().map(|row| row.slug("slug")).collect::<Result<_>>()?,
        })
    }
}

/// Tells the other nodes that pages have changed. Among the last statements of a transaction: the row is shared
/// by all, and whoever holds it makes the others wait.
pub(crate) async fn bump_revision(connection: &mut Connection) -> Result<(), Failure> {
    connection.execute("UPDATE revision SET value = value + 1 WHERE id = 1").await?;
    Ok(())
}

/// Numbers an incident that this transaction wrote, behind the bump.
pub(crate) async fn number_incident(connection: &mut Connection, id: &IncidentId) -> Result<(), Failure> {
    sqlx::query(INCIDENT).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

/// Numbers a vendor that this transaction wrote, behind the bump.
pub(crate) async fn number_vendor(connection: &mut Connection, slug: &Slug) -> Result<(), Failure> {
    sqlx::query(VENDOR).bind(slug.as_str()).execute(connection).await?;
    Ok(())
}
