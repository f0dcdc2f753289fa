//! The audit log: who did what, when and from where. It is only ever appended to, in the transaction of what it
//! tells of, and each row holds the hash of its content and of the hash before it, so that a row that was
//! changed, removed or put in later is found.
//!
//! The hash of the last row vouches for all before it: kept elsewhere, it also proves that the end was not cut
//! off. Never holds a secret, and never forgets by itself.

use crate::Store;
use crate::columns::{Columns, clean, micros};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use domain::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::Executor;
use sqlx::any::AnyRow;

/// Hash before the first row.
const BEGINNING: [u8; 32] = [0; 32];
/// Rows per statement when all are read.
const BATCH: u32 = 1_000;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doer {
    /// `person`, `token`, `program` or `nobody`.
    pub kind: String,
    /// Identifier of the person or token, else empty.
    pub id: String,
    /// Name under which they are known; what a stranger said they are called stays out.
    pub name: String,
}

impl Doer {
    /// The program at the command line, or by itself.
    pub fn program(name: &str) -> Self {
        Self { kind: "program".to_owned(), id: String::new(), name: name.to_owned() }
    }

    /// Somebody who has not proved who they are.
    pub fn nobody() -> Self {
        Self { kind: "nobody".to_owned(), id: String::new(), name: String::new() }
    }
}

/// Something that is done, to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Doer,
    /// What, one word with dots: `person.disabled`.
    pub action: String,
    /// To what: an incident, a person, a token.
    pub subject: String,
    /// More of it in words.
    pub detail: String,
    /// Network address it came from, empty if none.
    pub address: String,
}

impl Deed {
    /// Something that a program of ours does beside the server, at the machine itself.
    pub fn of_program(program: &str, at: Timestamp, action: &str, subject: &str, detail: &str) -> Self {
        Self {
            at,
            by: Doer::program(program),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
            address: String::new(),
        }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, from 1.
    pub seq: u64,
    /// What was done.
    pub deed: Deed,
    /// Hash of this row and of the hash before it.
    pub hash: [u8; 32],
}

/// Which rows to list, newest first; what is left open does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Name or identifier of who did it.
    pub by: Option<String>,
    /// The action, or how it begins: `sign_in`.
    pub action: Option<String>,
    /// To what.
    pub subject: Option<String>,
    /// Only rows with smaller numbers.
    pub before: Option<u64>,
}

/// What checking the log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows that hold.
    pub rows: u64,
    /// Hash of the last row that holds.
    pub head: [u8; 32],
    /// What is wrong, at the first row where something is.
    pub broken: Option<String>,
}

const APPEND: &str = "\
INSERT INTO audit (seq, done_at, doer_kind, doer, doer_name, action, subject, detail, address, hash) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const LIST: &str = "\
SELECT seq, done_at, doer_kind, doer, doer_name, action, subject, detail, address, hash FROM audit \
WHERE ($1 IS NULL OR doer = $1 OR doer_name = $1) \
  AND ($2 IS NULL OR action = $2 OR substr(action, 1, length($2) + 1) = $2 || '.') \
  AND ($3 IS NULL OR subject = $3) AND ($4 IS NULL OR seq < $4) \
ORDER BY seq DESC LIMIT $5";

const READ_ON: &str = "\
SELECT seq, done_at, doer_kind, doer, doer_name, action, subject, detail, address, hash FROM audit \
WHERE seq > $1 ORDER BY seq LIMIT $2";

impl Store {
    /// Writes down something that leaves no other trace, such as a sign-in that was refused.
    pub async fn record_deed(&self, deed: Deed) -> Result<()> {
        self.write(deed, |connection, deed| Box::pin(append(connection, deed))).await
    }

    /// Rows of the log, newest first.
    pub async fn list_audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query(LIST)
            .bind(filter.by.as_deref().map(clean))
            .bind(filter.action.as_deref().map(clean))
            .bind(filter.subject.as_deref().map(clean))
            .bind(filter.before.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX)))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(read).collect()
    }

    /// Rows after a number, oldest first.
    pub async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let find = sqlx::query(READ_ON).bind(after).bind(i64::from(limit));
        find.fetch_all(self.readers()).await?.iter().map(read).collect()
    }

    /// Reads the whole log and checks that every row is what was written, in the order in which it was.
    pub async fn verify_audit(&self) -> Result<Verified> {
        // Read first: rows may be appended while the log is read, and the head must not be behind.
        let head = self.readers().fetch_one("SELECT seq, hash FROM audit_head WHERE id = 1").await?;
        let (last, head) = (head.number::<u64>("seq")?, head.hash("hash")?);
        let mut verified = Verified { rows: 0, head: BEGINNING, broken: None };
        let mut hash_at_last = (last == 0).then_some(BEGINNING);
        loop {
            let rows = self.read_audit(verified.rows, BATCH).await;
            let rows = match rows {
                Err(Error::Corrupt(what)) => {
                    let what = format!("after row {}: {what}", verified.rows);
                    return Ok(Verified { broken: Some(what), ..verified });
                }
                rows => rows?,
            };
            for row in &rows {
                if let Some(what) = fault_of(row, &verified) {
                    return Ok(Verified { broken: Some(what), ..verified });
                }
                (verified.rows, verified.head) = (row.seq, row.hash);
                if row.seq == last {
                    hash_at_last = Some(row.hash);
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        if hash_at_last != Some(head) {
            verified.broken = Some(format!("the log should go on to row {last}, which is not what it was"));
        }
        Ok(verified)
    }
}

fn fault_of(row: &AuditRow, before: &Verified) -> Option<String> {
    let expected = before.rows + 1;
    if row.seq != expected {
        return Some(format!("row {expected} is missing"));
    }
    let sound = hash(&before.head, row.seq, &row.deed) == row.hash;
    (!sound).then(|| format!("row {} is not what was written", row.seq))
}

/// Appends a row. The head is locked first, so that of two at once the second follows on the first.
pub(crate) async fn append(connection: &mut Connection, deed: &Deed) -> Result<(), Failure> {
    let deed = cleaned(deed);
    let head = "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash";
    let head = connection.fetch_one(head).await?;
    let (seq, before) = (head.number::<u64>("seq")?, head.hash("hash")?);
    let hash = hash(&before, seq, &deed);
    sqlx::query(APPEND)
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .bind(micros(deed.at))
        .bind(deed.by.kind)
        .bind(deed.by.id)
        .bind(deed.by.name)
        .bind(deed.action)
        .bind(deed.subject)
        .bind(deed.detail)
        .bind(deed.address)
        .bind(hash.to_vec())
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1")
        .bind(hash.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// As the database keeps it, so that the hash is of what is read back.
fn cleaned(deed: &Deed) -> Deed {
    Deed {
        at: deed.at,
        by: Doer { kind: clean(&deed.by.kind), id: clean(&deed.by.id), name: clean(&deed.by.name) },
        action: clean(&deed.action),
        subject: clean(&deed.subject),
        detail: clean(&deed.detail),
        address: clean(&deed.address),
    }
}

/// Each field goes in with its length, so that no two rows read the same.
fn hash(before: &[u8; 32], seq: u64, deed: &Deed) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(before);
    digest.update(seq.to_be_bytes());
    digest.update(micros(deed.at).to_be_bytes());
    let by = &deed.by;
    for text in [&by.kind, &by.id, &by.name, &deed.action, &deed.subject, &deed.detail, &deed.address] {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().into()
}

fn read(row: &AnyRow) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: row.number("seq")?,
        deed: Deed {
            at: row.instant("done_at")?,
            by: Doer { kind: row.text("doer_kind")?, id: row.text("doer")?, name: row.text("doer_name")? },
            action: row.text("action")?,
            subject: row.text("subject")?,
            detail: row.text("detail")?,
            address: row.text("address")?,
        },
        hash: row.hash("hash")?,
    })
}
