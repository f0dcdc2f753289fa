//! Evidence of stalls: what was captured when, and under which hash it lies in the archive.
//!
//! Never holds the evidence itself.

use crate::Store;
use crate::columns::{Columns, clean, length, micros};
use crate::error::{Error, Result};
use domain::evidence::Occasion;
use domain::{IncidentId, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

/// One capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRow {
    /// SHA-256 of the bundle, in hexadecimal digits: its name in the archive.
    pub sha256: String,
    /// The incident that it belongs to.
    pub incident: IncidentId,
    /// Slug of the database.
    pub database: String,
    /// The node that was asked.
    pub node: String,
    /// At which point of the stall.
    pub occasion: Occasion,
    /// When it began.
    pub captured_at: Timestamp,
    /// How long it took.
    pub took: SignedDuration,
    /// Size of the bundle, in bytes.
    pub bytes: u64,
    /// Files in it.
    pub pieces: u32,
    /// What could not be had.
    pub missing: u32,
}

const ADD: &str = "\
INSERT INTO evidence (sha256, incident, database, node, occasion, captured_at, took_us, size_bytes, pieces, missing) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (sha256) DO NOTHING";

const LIST: &str = "\
SELECT sha256, incident, database, node, occasion, captured_at, took_us, size_bytes, pieces, missing FROM evidence \
WHERE incident = $1 ORDER BY captured_at, sha256";

const ALL: &str = "SELECT sha256, captured_at, size_bytes FROM evidence ORDER BY captured_at DESC, sha256";

impl Store {
    /// Notes what was captured.
    pub async fn add_evidence(&self, row: &EvidenceRow) -> Result<()> {
        self.write(row.clone(), |connection, row| {
            Box::pin(async move {
                let bytes = i64::try_from(row.bytes).unwrap_or(i64::MAX);
                let add = sqlx::query(ADD)
                    .bind(row.sha256.as_str())
                    .bind(row.incident.as_str())
                    .bind(clean(&row.database))
                    .bind(clean(&row.node))
                    .bind(row.occasion.as_str())
                    .bind(micros(row.captured_at))
                    .bind(length(row.took))
                    .bind(bytes)
                    .bind(i64::from(row.pieces))
                    .bind(i64::from(row.missing));
                add.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// What was captured of an incident, the oldest first.
    pub async fn list_evidence(&self, incident: &IncidentId) -> Result<Vec<EvidenceRow>> {
        let rows = sqlx::query(LIST).bind(incident.as_str()).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// Hashes of what is older than `before`, or more than `most_bytes` in all, the newest counted first.
    pub async fn evidence_beyond(&self, before: Timestamp, most_bytes: u64) -> Result<Vec<String>> {
        let rows = sqlx::query(ALL).fetch_all(self.readers()).await?;
        let (mut bytes, mut beyond) = (0_u64, Vec::new());
        for row in &rows {
            bytes = bytes.saturating_add(row.number("size_bytes")?);
            if bytes > most_bytes || row.instant("captured_at")? < before {
                beyond.push(row.text("sha256")?);
            }
        }
        Ok(beyond)
    }

    /// Forgets a capture, after it is gone from the archive.
    pub async fn forget_evidence(&self, sha256: &str) -> Result<()> {
        self.write(clean(sha256), |connection, sha256| {
            Box::pin(async move {
                let sql = "DELETE FROM evidence WHERE sha256 = $1";
                sqlx::query(sql).bind(sha256.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

fn read(row: &AnyRow) -> Result<EvidenceRow> {
    let occasion = row.text("occasion")?;
    Ok(EvidenceRow {
        sha256: row.text("sha256")?,
        incident: row.incident_id("incident")?,
        database: row.text("database")?,
        node: row.text("node")?,
        occasion: Occasion::parse(&occasion)
            .ok_or_else(|| Error::Corrupt(format!("`{occasion}` is no occasion of evidence")))?,
        captured_at: row.instant("captured_at")?,
        took: row.length("took_us")?,
        bytes: row.number("size_bytes")?,
        pieces: row.number("pieces")?,
        missing: row.number("missing")?,
    })
}
