//! What a subscriber, an operator or a failing address changes: wishes, leaving, quarantine.
//!
//! Never brings back somebody who left: only their own asking does.

use super::{SOFT_BOUNCES, Wishes};
use crate::Store;
use crate::columns::{clean, micros};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use domain::Timestamp;

const CHANGE: &str = "\
UPDATE subscriber SET environments = $2, components = $3, language = $4, rhythm = $5 \
WHERE token_sha256 = $1 AND state <> 'gone'";

/// Nothing is kept of somebody who left but the hash by which an imported list knows them.
const END: &str = "\
UPDATE subscriber SET state = 'gone', target = '', secret = NULL, reason = $2, ended_at = $3 \
WHERE id = $1 AND state <> 'gone'";

const QUARANTINE: &str = "\
UPDATE subscriber SET bounces = bounces + 1, \
  reason = CASE WHEN bounces + 1 >= $3 THEN $2 ELSE reason END, \
  state = CASE WHEN bounces + 1 >= $3 THEN 'quarantined' ELSE state END \
WHERE id = $1 AND state = 'confirmed'";

/// How an address failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounce {
    /// For good: it is in quarantine at once.
    Hard,
    /// For now: it is in quarantine after several in a row.
    Soft,
}

impl Store {
    /// Changes what somebody wants to hear. False where nobody has this token, or they left.
    pub async fn change_subscriber(&self, token_sha256: [u8; 32], wishes: Wishes) -> Result<bool> {
        self.write((token_sha256, wishes), |connection, (token, wishes)| {
            Box::pin(async move {
                let changed = sqlx::query(CHANGE)
                    .bind(token.to_vec())
                    .bind(wishes.environments())
                    .bind(wishes.components())
                    .bind(clean(&wishes.language))
                    .bind(wishes.rhythm.as_str())
                    .execute(connection)
                    .await?;
                Ok(changed.rows_affected() > 0)
            })
        })
        .await
    }

    /// Takes somebody off the list, with what is still to be written to them. False where they had left before.
    pub async fn end_subscriber(&self, id: &str, reason: &str, at: Timestamp) -> Result<bool> {
        self.write((id.to_owned(), clean(reason), at), |connection, (id, reason, at)| {
            Box::pin(async move {
                let ended = sqlx::query(END).bind(id.as_str()).bind(reason.as_str()).bind(micros(*at));
                let ended = ended.execute(&mut *connection).await?.rows_affected() > 0;
                forget_letters(connection, id).await?;
                Ok(ended)
            })
        })
        .await
    }

    /// Notes that a message could not be brought to somebody. True where that put them into quarantine.
    pub async fn bounced(&self, id: &str, bounce: Bounce, reason: &str) -> Result<bool> {
        let needed = match bounce {
            Bounce::Hard => 1,
            Bounce::Soft => i64::from(SOFT_BOUNCES),
        };
        self.write((id.to_owned(), clean(reason), needed), |connection, (id, reason, needed)| {
            Box::pin(async move {
                let noted = sqlx::query(QUARANTINE).bind(id.as_str()).bind(reason.as_str()).bind(*needed);
                noted.execute(&mut *connection).await?;
                let sql = "SELECT 1 AS found FROM subscriber WHERE id = $1 AND state = 'quarantined'";
                Ok(sqlx::query(sql).bind(id.as_str()).fetch_optional(connection).await?.is_some())
            })
        })
        .await
    }

    /// Notes that a message arrived after others had not. To be called where
    /// [`Subscriber::bounces`](super::Subscriber::bounces) is not zero: a write for each message would be waste.
    pub async fn reached(&self, id: &str) -> Result<()> {
        self.write(id.to_owned(), |connection, id| {
            Box::pin(async move {
                let sql =
                    "UPDATE subscriber SET bounces = 0 WHERE id = $1 AND state = 'confirmed' AND bounces > 0";
                sqlx::query(sql).bind(id.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes somebody out of quarantine. [`Error::NotFound`] where they are not in it.
    pub async fn release_subscriber(&self, id: &str) -> Result<()> {
        self.write(id.to_owned(), |connection, id| {
            Box::pin(async move {
                let sql = "UPDATE subscriber SET state = 'confirmed', bounces = 0, reason = NULL \
                           WHERE id = $1 AND state = 'quarantined' AND confirmed_at IS NOT NULL";
                let released = sqlx::query(sql).bind(id.as_str()).execute(connection).await?;
                if released.rows_affected() == 0 { Err(Error::NotFound.into()) } else { Ok(()) }
            })
        })
        .await
    }

    /// Forgets those who were asked before `asked_before` and never answered, and letters that were done with
    /// before `done_before`.
    pub async fn prune_subscribers(&self, asked_before: Timestamp, done_before: Timestamp) -> Result<()> {
        self.write((asked_before, done_before), |connection, (asked_before, done_before)| {
            Box::pin(async move {
                let unanswered = "DELETE FROM letter WHERE subscriber IN (SELECT id FROM subscriber \
                                  WHERE state = 'pending' AND asked_at < $1)";
                sqlx::query(unanswered).bind(micros(*asked_before)).execute(&mut *connection).await?;
                let sql = "DELETE FROM subscriber WHERE state = 'pending' AND asked_at < $1";
                sqlx::query(sql).bind(micros(*asked_before)).execute(&mut *connection).await?;
                let sql = "DELETE FROM letter WHERE done_at < $1";
                sqlx::query(sql).bind(micros(*done_before)).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

async fn forget_letters(connection: &mut Connection, subscriber: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM letter WHERE subscriber = $1 AND state = 'waiting'";
    sqlx::query(sql).bind(subscriber.to_owned()).execute(connection).await?;
    Ok(())
}
