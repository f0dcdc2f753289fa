//! What a database holds, as one number that two copies of it share: for backups, which are worth something
//! only when somebody has looked at them.
//!
//! Never writes anything.

use crate::Store;
use crate::columns::Columns;
use crate::error::Result;
use sha2::{Digest, Sha256};

/// Entries per statement.
const BATCH: i64 = 1_000;

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Incidents.
    pub incidents: u64,
    /// Entries of their timelines.
    pub entries: u64,
    /// SHA-256 of every entry in order: who, when and what.
    pub sha256: [u8; 32],
}

const ENTRIES: &str = "\
SELECT incident, seq, seen_at, actor_kind, actor, event, notices FROM timeline \
WHERE incident > $1 OR (incident = $1 AND seq > $2) ORDER BY incident, seq LIMIT $3";

impl Store {
    /// Reads every entry, a thousand at a time; `told` hears after each how many there were so far.
    pub async fn ledger(&self, mut told: impl FnMut(u64)) -> Result<Ledger> {
        let mut digest = Sha256::new();
        let mut ledger = Ledger { incidents: 0, entries: 0, sha256: [0; 32] };
        let (mut incident, mut seq) = (String::new(), 0_i64);
        loop {
            let rows = sqlx::query(ENTRIES).bind(incident.as_str()).bind(seq).bind(BATCH);
            let rows = rows.fetch_all(self.readers()).await?;
            for row in &rows {
                let of = row.text("incident")?;
                ledger.incidents += u64::from(of != incident);
                ledger.entries += 1;
                (incident, seq) = (of, row.number("seq")?);
                let actor = row.text_or_null("actor")?.unwrap_or_default();
                let number = |number: i64| number.to_string();
                let fields = [
                    incident.clone(),
                    number(seq),
                    number(row.number("seen_at")?),
                    row.text("actor_kind")?,
                    actor,
                    row.text("event")?,
                    row.text("notices")?,
                ];
                for field in fields {
                    // With its length, so that no two entries read alike.
                    digest.update(field.len().to_be_bytes());
                    digest.update(field);
                }
            }
            told(ledger.entries);
            if rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                ledger.sha256 = digest.finalize().into();
                return Ok(ledger);
            }
        }
    }
}
