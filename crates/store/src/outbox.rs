//! The outbox: what is to be told, as rows, until somebody has told it. Any node may claim a row; the claim
//! runs out by the database's clock, and its epoch fences a node that comes back late.
//!
//! Rows are found by their state, never by "id greater than the last one seen": transactions commit in
//! another order than they began. The notices of one incident are claimed in order, one at a time.
//!
//! A notice is waiting until pages show it, published until all its recipients are written down as
//! [`deliveries`](crate::deliveries), and then done. Never sends anything.

use crate::Store;
use crate::claims::or_silent;
use crate::columns::{Columns, clean, length, micros};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use domain::effect::Effect;
use domain::{IncidentId, Notice, Timestamp, Visibility};
use jiff::SignedDuration;
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

/// A notice that this node has taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedNotice {
    /// Idempotency key: the same over every try, on every node.
    pub key: String,
    /// Which incident.
    pub incident: IncidentId,
    /// Which entry of its timeline caused it.
    pub seq: u32,
    /// What is to be told.
    pub notice: Notice,
    /// Whether everybody may hear it, or the team only.
    pub visibility: Visibility,
    /// When it was decided.
    pub created_at: Timestamp,
    /// Number of this try, from 1.
    pub attempt: u32,
    /// Fencing number of the claim.
    pub epoch: u64,
    /// How far its recipients have been written down; empty at the beginning.
    pub cursor: String,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Told.
    Done {
        /// When.
        at: Timestamp,
    },
    /// Not told yet.
    Retry {
        /// When to try again.
        at: Timestamp,
        /// Why it failed, one sentence.
        error: String,
    },
    /// Cannot be told.
    Dead {
        /// When that was settled.
        at: Timestamp,
        /// Why, one sentence.
        error: String,
    },
}

/// How full the outbox is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Notices not told yet.
    pub waiting: u64,
    /// Notices given up.
    pub dead: u64,
    /// Notices told.
    pub done: u64,
    /// When the oldest of those that wait was decided.
    pub oldest_waiting_at: Option<Timestamp>,
}

macro_rules! claim {
    ($state:literal) => {
        concat!(
            "WITH due AS MATERIALIZED ( \
               SELECT candidate.id AS id FROM outbox AS candidate WHERE candidate.state = '",
            $state,
            "' AND candidate.next_attempt_at <= $1 \
                 AND (candidate.claimed_until <= (SELECT now_at FROM database_clock) ",
            or_silent!(),
            ") AND NOT EXISTS (SELECT 1 FROM outbox AS earlier \
                   WHERE earlier.incident = candidate.incident AND earlier.state = '",
            $state,
            "' AND (earlier.seq < candidate.seq \
                     OR (earlier.seq = candidate.seq AND earlier.id < candidate.id))) \
               ORDER BY candidate.next_attempt_at, candidate.id LIMIT $2 {skip_locked} \
             ) \
             UPDATE outbox SET claimed_by = $3, claim_epoch = claim_epoch + 1, attempts = attempts + 1, \
               claimed_until = (SELECT now_at FROM database_clock) + $4 \
             FROM due WHERE outbox.id = due.id \
             RETURNING outbox.id, incident, seq, notice, visibility, created_at, attempts, claim_epoch, cursor"
        )
    };
}

const FINISH: &str = "\
UPDATE outbox SET state = $1, next_attempt_at = $2, last_error = $3, done_at = $4, claimed_until = 0 \
WHERE id = $5 AND claim_epoch = $6 AND state = 'waiting'";

const BACKLOG: &str = "\
SELECT count(CASE WHEN state IN ('waiting', 'published') THEN 1 END) AS waiting, count(CASE WHEN state = 'dead' THEN 1 END) AS dead, \
  count(CASE WHEN state = 'done' THEN 1 END) AS done, min(CASE WHEN state IN ('waiting', 'published') THEN created_at END) AS oldest \
FROM outbox";

/// The key of a notice: what receivers tell repetitions by.
pub fn notice_key(incident: &IncidentId, effect: &Effect) -> String {
    format!("{incident}.{}.{}", effect.seq, effect.notice.as_str())
}

impl Store {
    /// Takes up to `limit` notices that are due at `now` and that nobody else holds, for as long as `lease`.
    pub async fn claim_notices(
        &self,
        now: Timestamp,
        limit: u32,
        lease: SignedDuration,
    ) -> Result<Vec<ClaimedNotice>> {
        self.claim_outbox(claim!("waiting"), now, limit, lease).await
    }

    /// The same for notices that pages show, and whose recipients are still to be written down.
    pub async fn claim_published(
        &self,
        now: Timestamp,
        limit: u32,
        lease: SignedDuration,
    ) -> Result<Vec<ClaimedNotice>> {
        self.claim_outbox(claim!("published"), now, limit, lease).await
    }

    async fn claim_outbox(
        &self,
        sql: &'static str,
        now: Timestamp,
        limit: u32,
        lease: SignedDuration,
    ) -> Result<Vec<ClaimedNotice>> {
        let job = (self.inner.dialect.sql(sql), now, limit, self.inner.node.clone(), lease);
        self.write(job, |connection, (sql, now, limit, node, lease)| {
            Box::pin(async move {
                let rows = sqlx::query(AssertSqlSafe(sql.0.clone()))
                    .bind(micros(*now))
                    .bind(i64::from(*limit))
                    .bind(node.as_str())
                    .bind(length(*lease))
                    .fetch_all(connection)
                    .await?;
                let mut claimed = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
                claimed.sort_by(|a, b| (a.created_at, &a.key).cmp(&(b.created_at, &b.key)));
                Ok(claimed)
            })
        })
        .await
    }

    /// Records how a try ended. [`Error::LostLease`] where another node has claimed the notice since.
    pub async fn finish_notice(&self, key: &str, epoch: u64, outcome: Outcome) -> Result<()> {
        self.write((key.to_owned(), epoch, outcome), |connection, (key, epoch, outcome)| {
            Box::pin(finish(connection, FINISH, key, *epoch, outcome))
        })
        .await
    }

    /// How full the outbox is.
    pub async fn outbox_stats(&self) -> Result<Backlog> {
        let row = sqlx::query(BACKLOG).fetch_one(self.readers()).await?;
        Ok(Backlog {
            waiting: row.number("waiting")?,
            dead: row.number("dead")?,
            done: row.number("done")?,
            oldest_waiting_at: row.instant_or_null("oldest")?,
        })
    }
}

/// Writes how a try ended with a statement that takes state, next try, error, end, key and epoch.
pub(crate) async fn finish(
    connection: &mut Connection,
    sql: &'static str,
    key: &str,
    epoch: u64,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let (state, at, error, done_at) = match outcome {
        Outcome::Done { at } => ("done", at, None, Some(at)),
        Outcome::Retry { at, error } => ("waiting", at, Some(error), None),
        Outcome::Dead { at, error } => ("dead", at, Some(error), Some(at)),
    };
    let finished = sqlx::query(sql)
        .bind(state)
        .bind(micros(*at))
        .bind(error.map(|error| clean(error)))
        .bind(done_at.map(|at| micros(*at)))
        .bind(key)
        .bind(i64::try_from(epoch).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    if finished.rows_affected() == 0 { Err(Error::LostLease.into()) } else { Ok(()) }
}

fn read(row: &AnyRow) -> Result<ClaimedNotice> {
    let notice = row.text("notice")?;
    Ok(ClaimedNotice {
        key: row.text("id")?,
        incident: row.incident_id("incident")?,
        seq: row.number("seq")?,
        notice: Notice::parse(&notice)
            .ok_or_else(|| Error::Corrupt(format!("the outbox holds notice `{notice}`")))?,
        visibility: Visibility::parse(&row.text("visibility")?),
        created_at: row.instant("created_at")?,
        attempt: row.number("attempts")?,
        epoch: row.number("claim_epoch")?,
        cursor: row.text("cursor")?,
    })
}

/// Puts an effect into the outbox, due from the moment at which it was decided.
pub(crate) async fn insert(
    connection: &mut Connection,
    incident: &IncidentId,
    effect: &Effect,
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "INSERT INTO outbox (id, incident, seq, notice, created_at, state, next_attempt_at, attempts, \
               claim_epoch, claimed_until, visibility) VALUES ($1, $2, $3, $4, $5, 'waiting', $5, 0, 0, 0, $6)";
    sqlx::query(sql)
        .bind(notice_key(incident, effect))
        .bind(incident.as_str())
        .bind(i64::from(effect.seq))
        .bind(effect.notice.as_str())
        .bind(micros(at))
        .bind(effect.visibility.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
