//! Deliveries: one row for each recipient of each notice, until that recipient has it. As in the outbox, any
//! node may claim a row, the claim runs out by the database's clock, and its epoch fences a node that comes
//! back late.
//!
//! What one recipient hears of one incident is claimed in order, one at a time; recipients never wait for each
//! other. Everything goes in batches, because a notice may have a hundred thousand recipients. Never sends
//! anything.

mod report;
mod write;

pub use report::{ChannelHealth, DeadDelivery, ReportLine};

use crate::Store;
use crate::audit::{self, Deed};
use crate::claims::or_silent;
use crate::columns::{Columns, length, micros};
use crate::error::{Error, Result};
use crate::outbox::ClaimedNotice;
use domain::{IncidentId, Timestamp};
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use std::fmt::Write as _;

/// Who is served apart from whom: a hundred thousand mails never delay a pager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// The channels of the configuration.
    Operators,
    /// Those who subscribed to a page.
    Subscribers,
    /// Of those the ones by mail, which one server takes: nobody looks for a webhook behind a hundred thousand mails.
    Mail,
}

impl Lane {
    /// The word used in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operators => "operators",
            Self::Subscribers => "subscribers",
            Self::Mail => "subscribers-mail",
        }
    }

    /// The word for those in it.
    pub fn audience(self) -> &'static str {
        match self {
            Self::Operators => "operators",
            Self::Subscribers | Self::Mail => "subscribers",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        match text {
            "operators" => Ok(Self::Operators),
            "subscribers" => Ok(Self::Subscribers),
            "subscribers-mail" => Ok(Self::Mail),
            _ => Err(Error::Corrupt(format!("`{text}` is no lane"))),
        }
    }
}

/// One recipient of a notice, to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// In which lane.
    pub lane: Lane,
    /// Who: a name that never stands for another recipient.
    pub destination: String,
    /// What reports count it under: a channel's name, or a kind of subscription.
    pub channel: String,
    /// What shares a limit with others: a host, or the mail server.
    pub route: String,
}

/// A delivery that this node has taken on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// Idempotency key: the same over every try, on every node.
    pub key: String,
    /// Key of the notice.
    pub notice: String,
    /// Which incident.
    pub incident: IncidentId,
    /// Which entry of its timeline.
    pub seq: u32,
    /// In which lane.
    pub lane: Lane,
    /// Who.
    pub destination: String,
    /// What reports count it under.
    pub channel: String,
    /// What shares a limit with others.
    pub route: String,
    /// When it was written down.
    pub created_at: Timestamp,
    /// Number of this try, from 1.
    pub attempt: u32,
    /// Fencing number of the claim.
    pub epoch: u64,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What was tried.
    pub delivery: ClaimedDelivery,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub result: TryResult,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TryResult {
    /// The recipient has it; its own name for it, where it gave one.
    Done(Option<String>),
    /// Not yet.
    Retry {
        /// When to try again.
        at: Timestamp,
        /// Why it failed, one sentence.
        error: String,
    },
    /// It was not tried: its turn has not come.
    Postponed {
        /// When to try.
        at: Timestamp,
    },
    /// Given up.
    Dead(String),
}

const CLAIM: &str = concat!(
    "WITH due AS MATERIALIZED ( \
       SELECT candidate.key AS key FROM delivery AS candidate \
       WHERE candidate.state = 'waiting' AND candidate.lane = $1 AND candidate.next_attempt_at <= $2 \
         AND (candidate.claimed_until <= (SELECT now_at FROM database_clock) ",
    or_silent!(),
    ") AND candidate.route NOT IN ({full}) \
         AND NOT EXISTS (SELECT 1 FROM delivery AS earlier \
           WHERE earlier.destination = candidate.destination AND earlier.incident = candidate.incident \
             AND earlier.state = 'waiting' AND earlier.seq < candidate.seq) \
       ORDER BY candidate.next_attempt_at, candidate.key LIMIT $3 {skip_locked} \
     ) \
     UPDATE delivery SET claimed_by = $4, claim_epoch = claim_epoch + 1, attempts = attempts + 1, \
       claimed_until = (SELECT now_at FROM database_clock) + $5 \
     FROM due WHERE delivery.key = due.key \
     RETURNING delivery.key, notice, incident, seq, lane, destination, channel, route, created_at, \
       next_attempt_at, attempts, claim_epoch"
);

/// The key of a delivery: what a receiver tells repetitions by.
pub fn delivery_key(notice: &str, destination: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(notice.as_bytes());
    hash.update([0]);
    hash.update(destination.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    digest[..16].iter().fold(String::from("msg_"), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}

/// What to claim.
#[derive(Clone, Debug)]
pub struct ClaimWish {
    /// In which lane.
    pub lane: Lane,
    /// What is due by then.
    pub now: Timestamp,
    /// At most so many.
    pub limit: u32,
    /// For how long.
    pub lease: SignedDuration,
    /// Routes that have enough to do.
    pub full: Vec<String>,
}

impl Store {
    /// Takes deliveries that are due and that nobody else holds, those that are due longest first.
    pub async fn claim_deliveries(&self, wish: ClaimWish) -> Result<Vec<ClaimedDelivery>> {
        let job = (self.inner.dialect, self.inner.node.clone(), wish);
        self.write(job, |connection, (dialect, node, wish)| {
            Box::pin(async move {
                let full: Vec<String> = (6..6 + wish.full.len()).map(|number| format!("${number}")).collect();
                // An empty list is no SQL everywhere; no route is called ''.
                let full = if full.is_empty() { "''".to_owned() } else { full.join(", ") };
                let sql = dialect.sql(CLAIM).0.replace("{full}", &full);
                let mut query = sqlx::query(AssertSqlSafe(sql))
                    .bind(wish.lane.as_str())
                    .bind(micros(wish.now))
                    .bind(i64::from(wish.limit))
                    .bind(node.as_str())
                    .bind(length(wish.lease));
                for route in &wish.full {
                    query = query.bind(route.as_str());
                }
                let rows = query.fetch_all(connection).await?;
                let mut claimed = Vec::with_capacity(rows.len());
                for row in &rows {
                    claimed.push((row.number::<i64>("next_attempt_at")?, read(row)?));
                }
                claimed.sort_by(|a, b| (a.0, a.1.seq, &a.1.key).cmp(&(b.0, b.1.seq, &b.1.key)));
                Ok(claimed.into_iter().map(|(_, delivery)| delivery).collect())
            })
        })
        .await
    }

    /// Writes down how tries ended, all in one transaction. Those that another node has claimed since are left
    /// alone; returns how many were written.
    pub async fn finish_deliveries(&self, tried: Vec<Tried>) -> Result<u64> {
        self.write(tried, |connection, tried| Box::pin(write::finish(connection, tried))).await
    }

    /// Writes that pages show a notice, and its first recipients, all or nothing. With `more`, the others are
    /// written down later. [`Error::LostLease`] where another node has claimed the notice since.
    pub async fn publish_notice(
        &self,
        notice: &ClaimedNotice,
        at: Timestamp,
        deliveries: Vec<NewDelivery>,
        more: bool,
    ) -> Result<()> {
        let job = write::Step {
            notice: notice.clone(),
            from: "waiting",
            to: if more { "published" } else { "done" },
            cursor: String::new(),
            lease: SignedDuration::ZERO,
            at,
            deliveries,
        };
        self.write(job, |connection, job| Box::pin(write::step(connection, job))).await
    }

    /// Writes down further recipients of a published notice, and how far that has come. Without a cursor it was
    /// the last step. [`Error::LostLease`] where another node has claimed the notice since.
    pub async fn fan_out(
        &self,
        notice: &ClaimedNotice,
        at: Timestamp,
        deliveries: Vec<NewDelivery>,
        cursor: Option<(String, SignedDuration)>,
    ) -> Result<()> {
        let (to, (cursor, lease)) = match cursor {
            Some(next) => ("published", next),
            None => ("done", (String::new(), SignedDuration::ZERO)),
        };
        let notice = notice.clone();
        let job = write::Step { notice, from: "published", to, cursor, lease, at, deliveries };
        self.write(job, |connection, job| Box::pin(write::step(connection, job))).await
    }

    /// Puts a delivery that was given up back in its queue, and records who did. [`Error::NotFound`] where there is
    /// none.
    pub async fn resend_delivery(&self, key: &str, deed: Deed, now: Timestamp) -> Result<()> {
        self.write((key.to_owned(), deed, now), |connection, (key, deed, now)| {
            Box::pin(async move {
                let sql = "UPDATE delivery SET state = 'waiting', attempts = 0, next_attempt_at = $1, \
                           claimed_until = 0, done_at = NULL WHERE key = $2 AND state = 'dead'";
                let put = sqlx::query(sql).bind(micros(*now)).bind(key.as_str());
                if put.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                audit::append(connection, deed).await
            })
        })
        .await
    }

    /// Forgets deliveries that ended before then; returns how many.
    pub async fn prune_deliveries(&self, before: Timestamp) -> Result<u64> {
        self.write(before, |connection, before| {
            Box::pin(async move {
                let sql = "DELETE FROM delivery WHERE state <> 'waiting' AND done_at < $1";
                Ok(sqlx::query(sql).bind(micros(*before)).execute(connection).await?.rows_affected())
            })
        })
        .await
    }
}

fn read(row: &AnyRow) -> Result<ClaimedDelivery> {
    Ok(ClaimedDelivery {
        key: row.text("key")?,
        notice: row.text("notice")?,
        incident: row.incident_id("incident")?,
        seq: row.number("seq")?,
        lane: Lane::parse(&row.text("lane")?)?,
        destination: row.text("destination")?,
        channel: row.text("channel")?,
        route: row.text("route")?,
        created_at: row.instant("created_at")?,
        attempt: row.number("attempts")?,
        epoch: row.number("claim_epoch")?,
    })
}
