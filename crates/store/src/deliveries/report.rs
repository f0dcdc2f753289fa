//! What became of deliveries, for people: by notice of an incident, by channel, and those that were given up.
//!
//! Never counts all of the table: each question is answered by an index.

use super::Lane;
use crate::Store;
use crate::columns::{Columns, micros};
use crate::error::{Error, Result};
use domain::{IncidentId, Notice, Timestamp};
use sqlx::any::AnyRow;

/// What became of one notice in one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// Entry of the timeline that is told.
    pub seq: u32,
    /// What kind of news.
    pub notice: Notice,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// In which lane.
    pub lane: Lane,
    /// A channel's name, or a kind of subscription.
    pub channel: String,
    /// Not there yet.
    pub waiting: u64,
    /// There.
    pub done: u64,
    /// Given up.
    pub dead: u64,
    /// When the first was tried.
    pub first_at: Option<Timestamp>,
    /// When the last one that arrived did.
    pub last_at: Option<Timestamp>,
}

/// How a channel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHealth {
    /// In which lane.
    pub lane: Lane,
    /// A channel's name, or a kind of subscription.
    pub channel: String,
    /// Not there yet.
    pub waiting: u64,
    /// Of those: tried before, without success.
    pub failing: u64,
    /// There.
    pub done: u64,
    /// Given up.
    pub dead: u64,
    /// When the last one arrived.
    pub last_ok_at: Option<Timestamp>,
    /// What went wrong last among those that wait or were given up.
    pub last_error: Option<String>,
}

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadDelivery {
    /// Its key.
    pub key: String,
    /// Which incident.
    pub incident: IncidentId,
    /// Entry of the timeline.
    pub seq: u32,
    /// In which lane.
    pub lane: Lane,
    /// A channel's name, or a kind of subscription.
    pub channel: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
    /// Why.
    pub error: String,
}

const REPORT: &str = "\
SELECT delivery.seq AS seq, outbox.notice AS notice, outbox.created_at AS decided_at, lane, channel, \
  count(CASE WHEN delivery.state = 'waiting' THEN 1 END) AS waiting, \
  count(CASE WHEN delivery.state = 'done' THEN 1 END) AS done, \
  count(CASE WHEN delivery.state = 'dead' THEN 1 END) AS dead, min(first_attempt_at) AS first_at, \
  max(CASE WHEN delivery.state = 'done' THEN delivery.done_at END) AS last_at \
FROM delivery JOIN outbox ON outbox.id = delivery.notice WHERE delivery.incident = $1 \
GROUP BY delivery.seq, outbox.notice, outbox.created_at, lane, channel ORDER BY delivery.seq, lane, channel";

const HEALTH: &str = "\
SELECT lane, channel, count(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, \
  count(CASE WHEN state = 'done' THEN 1 END) AS done, count(CASE WHEN state = 'dead' THEN 1 END) AS dead, \
  max(CASE WHEN state = 'done' THEN done_at END) AS last_ok_at \
FROM delivery GROUP BY lane, channel ORDER BY lane, channel";

const FAILING: &str = "\
SELECT lane, channel, count(*) AS failing, max(last_error) AS last_error \
FROM delivery WHERE state = 'waiting' AND attempts > 0 AND last_error IS NOT NULL GROUP BY lane, channel";

const LAST_DEAD: &str = "\
SELECT last_error FROM delivery WHERE lane = $1 AND channel = $2 AND state = 'dead' ORDER BY done_at DESC LIMIT 1";

const DEAD: &str = "\
SELECT key, incident, seq, lane, channel, attempts, done_at, last_error FROM delivery \
WHERE state = 'dead' AND done_at <= $1 ORDER BY done_at DESC, key LIMIT $2";

impl Store {
    /// What became of every notice of an incident, by channel, oldest notice first.
    pub async fn delivery_report(&self, incident: &IncidentId) -> Result<Vec<ReportLine>> {
        let rows = sqlx::query(REPORT).bind(incident.as_str()).fetch_all(self.readers()).await?;
        rows.iter().map(read_line).collect()
    }

    /// How every channel does that something was ever sent through.
    pub async fn channel_health(&self) -> Result<Vec<ChannelHealth>> {
        let mut all = Vec::new();
        for row in sqlx::query(HEALTH).fetch_all(self.readers()).await? {
            all.push(self.read_health(&row).await?);
        }
        for row in sqlx::query(FAILING).fetch_all(self.readers()).await? {
            let (lane, channel) = (Lane::parse(&row.text("lane")?)?, row.text("channel")?);
            if let Some(health) = all.iter_mut().find(|one| one.lane == lane && one.channel == channel) {
                health.failing = row.number("failing")?;
                health.last_error = row.text_or_null("last_error")?;
            }
        }
        Ok(all)
    }

    /// Deliveries that were given up by `until`, the latest first.
    pub async fn dead_deliveries(&self, until: Timestamp, limit: u32) -> Result<Vec<DeadDelivery>> {
        let query = sqlx::query(DEAD).bind(micros(until)).bind(i64::from(limit));
        query.fetch_all(self.readers()).await?.iter().map(read_dead).collect()
    }

    async fn read_health(&self, row: &AnyRow) -> Result<ChannelHealth> {
        let lane = Lane::parse(&row.text("lane")?)?;
        let channel = row.text("channel")?;
        let dead: u64 = row.number("dead")?;
        let last_error = if dead == 0 {
            None
        } else {
            let query = sqlx::query(LAST_DEAD).bind(lane.as_str()).bind(channel.as_str());
            let found = query.fetch_optional(self.readers()).await?;
            found.map(|row| row.text_or_null("last_error")).transpose()?.flatten()
        };
        Ok(ChannelHealth {
            lane,
            channel,
            waiting: row.number("waiting")?,
            failing: 0,
            done: row.number("done")?,
            dead,
            last_ok_at: row.instant_or_null("last_ok_at")?,
            last_error,
        })
    }
}

fn read_line(row: &AnyRow) -> Result<ReportLine> {
    let notice = row.text("notice")?;
    Ok(ReportLine {
        seq: row.number("seq")?,
        notice: Notice::parse(&notice)
            .ok_or_else(|| Error::Corrupt(format!("the outbox holds notice `{notice}`")))?,
        decided_at: row.instant("decided_at")?,
        lane: Lane::parse(&row.text("lane")?)?,
        channel: row.text("channel")?,
        waiting: row.number("waiting")?,
        done: row.number("done")?,
        dead: row.number("dead")?,
        first_at: row.instant_or_null("first_at")?,
        last_at: row.instant_or_null("last_at")?,
    })
}

fn read_dead(row: &AnyRow) -> Result<DeadDelivery> {
    Ok(DeadDelivery {
        key: row.text("key")?,
        incident: row.incident_id("incident")?,
        seq: row.number("seq")?,
        lane: Lane::parse(&row.text("lane")?)?,
        channel: row.text("channel")?,
        attempts: row.number("attempts")?,
        at: row.instant("done_at")?,
        error: row.text_or_null("last_error")?.unwrap_or_default(),
    })
}
