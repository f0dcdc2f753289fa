//! Letters: what is written to one subscriber alone, as rows until it is sent. The question whether they want to
//! be told, and the digest of a day. Any node may claim one, as with the [`outbox`](crate::outbox).
//!
//! Never holds what a letter says: that is made when it is sent, of what is so then.

use crate::Store;
use crate::claims::or_silent;
use crate::columns::{Columns, length, micros};
use crate::error::{Error, Failure, Result};
use crate::outbox::{Outcome, finish};
use crate::writer::Connection;
use domain::Timestamp;
use jiff::SignedDuration;
use sqlx::any::AnyRow;

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    /// Whether the owner of the address wants to be told; to somebody who confirmed, that they did.
    Confirm,
    /// The news of a day.
    Digest,
}

impl LetterKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Digest => "digest",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        match text {
            "confirm" => Ok(Self::Confirm),
            "digest" => Ok(Self::Digest),
            _ => Err(Error::Corrupt(format!("there is a letter of kind `{text}`"))),
        }
    }
}

/// A letter that this node has taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedLetter {
    /// Idempotency key: the same over every try, on every node.
    pub id: String,
    /// To whom.
    pub subscriber: String,
    /// About what.
    pub kind: LetterKind,
    /// From when on the news of a digest are told.
    pub about_from: Timestamp,
    /// When it was written: until when the news of a digest are told.
    pub created_at: Timestamp,
    /// Number of this try, from 1.
    pub attempt: u32,
    /// Fencing number of the claim.
    pub epoch: u64,
}

/// A digest to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDigest {
    /// To whom.
    pub subscriber: String,
    /// The civil day on which it is sent, such as `2026-11-22`: one letter a day.
    pub day: String,
    /// From when on news are told.
    pub about_from: Timestamp,
    /// Until when.
    pub at: Timestamp,
}

const CLAIM: &str = concat!(
    "WITH due AS MATERIALIZED ( \
       SELECT candidate.id AS id FROM letter AS candidate \
       WHERE candidate.state = 'waiting' AND candidate.next_attempt_at <= $1 \
         AND (candidate.claimed_until <= (SELECT now_at FROM database_clock) ",
    or_silent!(),
    ") ORDER BY candidate.next_attempt_at, candidate.id LIMIT $2 {skip_locked} \
     ) \
     UPDATE letter SET claimed_by = $3, claim_epoch = claim_epoch + 1, attempts = attempts + 1, \
       claimed_until = (SELECT now_at FROM database_clock) + $4 \
     FROM due WHERE letter.id = due.id \
     RETURNING letter.id, subscriber, kind, about_from, created_at, attempts, claim_epoch"
);

const FINISH: &str = "\
UPDATE letter SET state = $1, next_attempt_at = $2, last_error = $3, done_at = $4, claimed_until = 0 \
WHERE id = $5 AND claim_epoch = $6 AND state = 'waiting'";

const INSERT: &str = "\
INSERT INTO letter (id, subscriber, kind, about_from, created_at, state, next_attempt_at, attempts, claim_epoch, \
  claimed_until) VALUES ($1, $2, $3, $4, $5, 'waiting', $5, 0, 0, 0) ON CONFLICT (id) DO NOTHING";

impl Store {
    /// Takes up to `limit` letters that are due at `now` and that nobody else holds, for as long as `lease`.
    pub async fn claim_letters(
        &self,
        now: Timestamp,
        limit: u32,
        lease: SignedDuration,
    ) -> Result<Vec<ClaimedLetter>> {
        let job = (self.inner.dialect, now, limit, self.inner.node.clone(), lease);
        self.write(job, |connection, (dialect, now, limit, node, lease)| {
            Box::pin(async move {
                let rows = sqlx::query(dialect.sql(CLAIM))
                    .bind(micros(*now))
                    .bind(i64::from(*limit))
                    .bind(node.as_str())
                    .bind(length(*lease))
                    .fetch_all(connection)
                    .await?;
                Ok(rows.iter().map(read).collect::<Result<Vec<_>>>()?)
            })
        })
        .await
    }

    /// Records how a try ended. [`Error::LostLease`] where another node has claimed the letter since, or its
    /// subscriber left.
    pub async fn finish_letter(&self, id: &str, epoch: u64, outcome: Outcome) -> Result<()> {
        self.write((id.to_owned(), epoch, outcome), |connection, (id, epoch, outcome)| {
            Box::pin(finish(connection, FINISH, id, *epoch, outcome))
        })
        .await
    }

    /// Writes digests, each once: one that was written before stays as it is. Says how many are new.
    pub async fn write_digests(&self, digests: Vec<NewDigest>) -> Result<u64> {
        self.write(digests, |connection, digests| {
            Box::pin(async move {
                let mut new = 0;
                for digest in digests {
                    let key = format!("digest.{}.{}", digest.subscriber, digest.day);
                    let (from, at) = (digest.about_from, digest.at);
                    let kind = LetterKind::Digest;
                    new += insert(connection, &key, &digest.subscriber, kind, from, at).await?;
                }
                Ok(new)
            })
        })
        .await
    }
}

/// Writes a letter, due at once.
pub(crate) async fn insert(
    connection: &mut Connection,
    id: &str,
    subscriber: &str,
    kind: LetterKind,
    about_from: Timestamp,
    at: Timestamp,
) -> Result<u64, Failure> {
    let inserted = sqlx::query(INSERT)
        .bind(id.to_owned())
        .bind(subscriber.to_owned())
        .bind(kind.as_str())
        .bind(micros(about_from))
        .bind(micros(at))
        .execute(connection)
        .await?;
    Ok(inserted.rows_affected())
}

fn read(row: &AnyRow) -> Result<ClaimedLetter> {
    Ok(ClaimedLetter {
        id: row.text("id")?,
        subscriber: row.text("subscriber")?,
        kind: LetterKind::parse(&row.text("kind")?)?,
        about_from: row.instant("about_from")?,
        created_at: row.instant("created_at")?,
        attempt: row.number("attempts")?,
        epoch: row.number("claim_epoch")?,
    })
}
