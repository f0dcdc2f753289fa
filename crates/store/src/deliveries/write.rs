//! Deliveries by the hundred: many rows in one statement, because each statement has its price.
//!
//! Never writes part of a batch.

use super::{NewDelivery, Tried, TryResult, delivery_key};
use crate::columns::{clean, length, micros};
use crate::error::{Error, Failure};
use crate::outbox::ClaimedNotice;
use crate::writer::Connection;
use domain::Timestamp;
use jiff::SignedDuration;
use sqlx::AssertSqlSafe;

/// Rows of one statement. SQLite takes 32,766 values, PostgreSQL 65,535; the gain ends well before.
const ROWS: usize = 200;

/// One step of a notice: recipients, and where it stands afterwards.
pub(super) struct Step {
    pub(super) notice: ClaimedNotice,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) cursor: String,
    pub(super) lease: SignedDuration,
    pub(super) at: Timestamp,
    pub(super) deliveries: Vec<NewDelivery>,
}

pub(super) async fn step(connection: &mut Connection, step: &Step) -> Result<(), Failure> {
    let sql = "UPDATE outbox SET state = $1, cursor = $2, next_attempt_at = $3, last_error = NULL, \
               done_at = CASE WHEN $1 = 'done' THEN $3 END, \
               claimed_until = CASE WHEN $4 > 0 THEN (SELECT now_at FROM database_clock) + $4 ELSE 0 END \
               WHERE id = $5 AND claim_epoch = $6 AND state = $7";
    let moved = sqlx::query(sql)
        .bind(step.to)
        .bind(step.cursor.as_str())
        .bind(micros(step.at))
        .bind(length(step.lease))
        .bind(step.notice.key.as_str())
        .bind(i64::try_from(step.notice.epoch).unwrap_or(i64::MAX))
        .bind(step.from)
        .execute(&mut *connection)
        .await?;
    if moved.rows_affected() == 0 {
        return Err(Error::LostLease.into());
    }
    for deliveries in step.deliveries.chunks(ROWS) {
        insert(connection, step, deliveries).await?;
    }
    Ok(())
}

async fn insert(connection: &mut Connection, step: &Step, rows: &[NewDelivery]) -> Result<(), Failure> {
    let sql = format!(
        "INSERT INTO delivery (key, notice, incident, seq, lane, destination, channel, route, state, \
         created_at, next_attempt_at, attempts, claim_epoch, claimed_until) VALUES {} \
         ON CONFLICT (key) DO NOTHING",
        values(rows.len(), 8, |row| format!("({row}, 'waiting', ${0}, ${0}, 0, 0, 0)", rows.len() * 8 + 1))
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for row in rows {
        query = query
            .bind(delivery_key(&step.notice.key, &row.destination))
            .bind(step.notice.key.as_str())
            .bind(step.notice.incident.as_str())
            .bind(i64::from(step.notice.seq))
            .bind(row.lane.as_str())
            .bind(row.destination.as_str())
            .bind(row.channel.as_str())
            .bind(row.route.as_str());
    }
    query.bind(micros(step.at)).execute(connection).await?;
    Ok(())
}

pub(super) async fn finish(connection: &mut Connection, tried: &[Tried]) -> Result<u64, Failure> {
    let mut written = 0;
    for tried in tried.chunks(ROWS) {
        written += settle(connection, tried).await?;
        let retried: Vec<&Tried> =
            tried.iter().filter(|tried| matches!(tried.result, TryResult::Retry { .. })).collect();
        if !retried.is_empty() {
            hold_back(connection, &retried).await?;
        }
    }
    Ok(written)
}

async fn settle(connection: &mut Connection, tried: &[Tried]) -> Result<u64, Failure> {
    let sql = format!(
        "WITH result (key, epoch, state, due_at, tried_at, remote, error, untried) AS (VALUES {}) \
         UPDATE delivery SET state = result.state, next_attempt_at = result.due_at, claimed_until = 0, \
           attempts = attempts - result.untried, \
           first_attempt_at = CASE WHEN result.untried = 1 THEN first_attempt_at \
             ELSE coalesce(first_attempt_at, result.tried_at) END, \
           done_at = CASE WHEN result.state = 'waiting' THEN NULL ELSE result.tried_at END, \
           remote_id = coalesce(nullif(result.remote, ''), remote_id), \
           last_error = coalesce(nullif(result.error, ''), last_error) \
         FROM result WHERE delivery.key = result.key AND delivery.claim_epoch = result.epoch \
           AND delivery.state = 'waiting'",
        values(tried.len(), 8, |row| format!("({row})"))
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for Tried { delivery, at, result } in tried {
        let (state, due_at, remote, error, untried) = match result {
            TryResult::Done(remote) => ("done", at, remote.as_deref().unwrap_or_default(), "", 0_i64),
            TryResult::Retry { at, error } => ("waiting", at, "", error.as_str(), 0),
            TryResult::Postponed { at } => ("waiting", at, "", "", 1),
            TryResult::Dead(error) => ("dead", at, "", error.as_str(), 0),
        };
        query = query
            .bind(delivery.key.as_str())
            .bind(i64::try_from(delivery.epoch).unwrap_or(i64::MAX))
            .bind(state)
            .bind(micros(*due_at))
            .bind(micros(*at))
            .bind(clean(remote))
            .bind(clean(error))
            .bind(untried);
    }
    Ok(query.execute(connection).await?.rows_affected())
}

/// What waits behind a delivery that is tried again later is not looked at before then.
async fn hold_back(connection: &mut Connection, retried: &[&Tried]) -> Result<(), Failure> {
    let sql = format!(
        "WITH held (destination, incident, seq, due_at) AS (VALUES {}) \
         UPDATE delivery SET next_attempt_at = held.due_at FROM held \
         WHERE delivery.destination = held.destination AND delivery.incident = held.incident \
           AND delivery.seq > held.seq AND delivery.state = 'waiting' \
           AND delivery.next_attempt_at < held.due_at",
        values(retried.len(), 4, |row| format!("({row})"))
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for tried in retried {
        let TryResult::Retry { at, .. } = &tried.result else { continue };
        query = query
            .bind(tried.delivery.destination.as_str())
            .bind(tried.delivery.incident.as_str())
            .bind(i64::from(tried.delivery.seq))
            .bind(micros(*at));
    }
    query.execute(connection).await?;
    Ok(())
}

/// `rows` times `$1, $2, …`, `columns` at a time, each put into words by `row`.
fn values(rows: usize, columns: usize, row: impl Fn(String) -> String) -> String {
    let one = |number: usize| {
        let places = (1..=columns).map(|column| format!("${}", number * columns + column));
        row(places.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(one).collect::<Vec<_>>().join(", ")
}
