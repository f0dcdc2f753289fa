//! Asking to be told, and confirming it. The question to the address is a letter in the same transaction, so
//! that a crash loses neither. Whether the address was known changes nothing that the asker could see.

use super::{ASKED_PER_DAY, CONFIRM_HOURS, NewSubscriber, Subscriber, read, select, target_sha256};
use crate::Store;
use crate::columns::{Columns, clean, micros};
use crate::error::{Failure, Result};
use crate::letters::{self, LetterKind};
use crate::writer::Connection;
use domain::Timestamp;
use jiff::SignedDuration;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a row is made of; `$11` is the state and `$12` when it was confirmed.
pub(super) const INSERT: &str = "\
INSERT INTO subscriber (id, page, kind, target, target_sha256, environments, components, language, rhythm, state, \
  token_sha256, secret, origin, created_at, confirmed_at, asked_at, asked_since, asked_count, bounces) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $10, $13, $14, $15, $12, $15, $15, 1, 0) \
ON CONFLICT (page, kind, target_sha256) DO NOTHING";

/// Whoever has not confirmed yet may still change their mind; whoever has is not changed by others.
const ASK_AGAIN: &str = "\
UPDATE subscriber SET asked_at = $2, asked_since = $3, asked_count = $4, \
  target = CASE WHEN state = 'confirmed' THEN target ELSE $5 END, \
  environments = CASE WHEN state = 'confirmed' THEN environments ELSE $6 END, \
  components = CASE WHEN state = 'confirmed' THEN components ELSE $7 END, \
  language = CASE WHEN state = 'confirmed' THEN language ELSE $8 END, \
  rhythm = CASE WHEN state = 'confirmed' THEN rhythm ELSE $9 END, \
  secret = coalesce(secret, $10), \
  state = CASE WHEN state = 'gone' THEN 'pending' ELSE state END \
WHERE id = $1";

const CONFIRM: &str = "\
UPDATE subscriber SET state = 'confirmed', confirmed_at = coalesce(confirmed_at, $2), bounces = 0, reason = NULL, \
  ended_at = NULL \
WHERE token_sha256 = $1 AND state IN ('pending', 'quarantined') AND asked_at >= $3";

impl Store {
    /// Notes that somebody wants to be told, and writes the letter that asks the address whether it is so: at
    /// most [`ASKED_PER_DAY`] of them. Nothing tells the caller whether the address was known.
    pub async fn ask_subscriber(&self, new: NewSubscriber) -> Result<()> {
        let dialect = self.inner.dialect;
        self.write((dialect, new), |connection, (dialect, new)| {
            Box::pin(async move {
                let id = if insert(connection, new, "pending", None).await? {
                    Some(new.id.clone())
                } else {
                    let known = find(*dialect, connection, new).await?;
                    ask_again(connection, &known, new).await?
                };
                if let Some(id) = id {
                    let key = format!("confirm.{id}.{}", micros(new.at));
                    letters::insert(connection, &key, &id, LetterKind::Confirm, new.at, new.at).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The subscriber whose links have this token.
    pub async fn subscriber_by_token(&self, token_sha256: &[u8; 32]) -> Result<Option<Subscriber>> {
        let sql = select!("WHERE token_sha256 = $1");
        let row = sqlx::query(sql).bind(token_sha256.to_vec()).fetch_optional(self.readers()).await?;
        row.as_ref().map(read).transpose()
    }

    /// Confirms. Nothing happens where the question is too old to be answered, or was answered before.
    pub async fn confirm_subscriber(&self, token_sha256: [u8; 32], at: Timestamp) -> Result<bool> {
        self.write((token_sha256, at), |connection, (token, at)| {
            Box::pin(async move {
                let confirmed = sqlx::query(CONFIRM)
                    .bind(token.to_vec())
                    .bind(micros(*at))
                    .bind(micros(*at) - CONFIRM_HOURS * 3_600_000_000)
                    .execute(connection)
                    .await?;
                Ok(confirmed.rows_affected() > 0)
            })
        })
        .await
    }
}

/// Whether the row is new.
pub(super) async fn insert(
    connection: &mut Connection,
    new: &NewSubscriber,
    state: &str,
    confirmed_at: Option<Timestamp>,
) -> Result<bool, Failure> {
    let inserted = sqlx::query(INSERT)
        .bind(new.id.as_str())
        .bind(new.page.as_str())
        .bind(new.kind.as_str())
        .bind(clean(&new.target))
        .bind(target_sha256(new.kind, &new.target).to_vec())
        .bind(new.wishes.environments())
        .bind(new.wishes.components())
        .bind(clean(&new.wishes.language))
        .bind(new.wishes.rhythm.as_str())
        .bind(new.token_sha256.to_vec())
        .bind(state)
        .bind(confirmed_at.map(micros))
        .bind(new.secret.clone())
        .bind(clean(&new.origin))
        .bind(micros(new.at))
        .execute(connection)
        .await?;
    Ok(inserted.rows_affected() > 0)
}

/// How often the known one was asked.
struct Asked {
    id: String,
    since: Timestamp,
    count: u32,
}

async fn find(
    dialect: crate::dialect::Dialect,
    connection: &mut Connection,
    new: &NewSubscriber,
) -> Result<Asked, Failure> {
    let sql = "SELECT id, asked_since, asked_count FROM subscriber \
               WHERE page = $1 AND kind = $2 AND target_sha256 = $3 {for_update}";
    let row = sqlx::query(dialect.sql(sql))
        .bind(new.page.as_str())
        .bind(new.kind.as_str())
        .bind(target_sha256(new.kind, &new.target).to_vec())
        .fetch_one(connection)
        .await?;
    Ok(Asked { id: row.text("id")?, since: row.instant("asked_since")?, count: row.number("asked_count")? })
}

/// Whom to write to; nobody where the address was asked often enough today.
async fn ask_again(
    connection: &mut Connection,
    known: &Asked,
    new: &NewSubscriber,
) -> Result<Option<String>, Failure> {
    let another_day = new.at.duration_since(known.since) >= DAY;
    let (since, count) = if another_day { (new.at, 1) } else { (known.since, known.count + 1) };
    if count > ASKED_PER_DAY {
        return Ok(None);
    }
    sqlx::query(ASK_AGAIN)
        .bind(known.id.as_str())
        .bind(micros(new.at))
        .bind(micros(since))
        .bind(i64::from(count))
        .bind(clean(&new.target))
        .bind(new.wishes.environments())
        .bind(new.wishes.components())
        .bind(clean(&new.wishes.language))
        .bind(new.wishes.rhythm.as_str())
        .bind(new.secret.clone())
        .execute(connection)
        .await?;
    Ok(Some(known.id.clone()))
}
