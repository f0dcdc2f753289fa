//! Deliveries as JSON. Whose address it was is nobody's business here: a subscriber shows as the kind of their
//! subscription.

use crate::api::time::Time;
use domain::IncidentId;
use serde::Serialize;
use store::{ChannelHealth, DeadDelivery, ReportLine};
use utoipa::ToSchema;

/// Who was told of an incident.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryReportBody {
    /// Public identifier.
    pub incident: String,
    /// One line for each notice and channel, the oldest notice first.
    pub lines: Vec<ReportLineBody>,
}

/// What became of one notice in one channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportLineBody {
    /// Entry of the timeline that is told.
    pub seq: u32,
    /// What kind of news: `opened`, `updated`, `resolved` and so on.
    pub notice: String,
    /// `operators` or `subscribers`.
    pub lane: String,
    /// Slug of a channel, or a kind of subscription.
    pub channel: String,
    /// How many are to have it.
    pub total: u64,
    /// How many wait for it.
    pub waiting: u64,
    /// How many have it.
    pub done: u64,
    /// How many were given up.
    pub dead: u64,
    /// When it was decided.
    pub decided_at: Time,
    /// When the first was tried.
    pub first_at: Option<Time>,
    /// When the last of those who have it were told.
    pub last_at: Option<Time>,
    /// The same as one sentence.
    pub summary: String,
}

/// Deliveries that were given up, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadListBody {
    /// At most 500.
    pub deliveries: Vec<DeadDeliveryBody>,
}

/// A delivery that was given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadDeliveryBody {
    /// Its key, by which it can be resent.
    pub key: String,
    /// Public identifier of the incident.
    pub incident: String,
    /// Entry of its timeline.
    pub seq: u32,
    /// `operators` or `subscribers`.
    pub lane: String,
    /// Slug of a channel, or a kind of subscription.
    pub channel: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub at: Time,
    /// Why.
    pub error: String,
}

/// A delivery that waits again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResentBody {
    /// Its key.
    pub key: String,
}

/// How channels do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelListBody {
    /// Those through which something was sent, operators' first.
    pub channels: Vec<ChannelBody>,
}

/// How a channel does.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelBody {
    /// `operators` or `subscribers`.
    pub lane: String,
    /// Slug of a channel, or a kind of subscription.
    pub channel: String,
    /// How many messages wait.
    pub waiting: u64,
    /// How many of those were tried before, without success.
    pub failing: u64,
    /// How many arrived.
    pub done: u64,
    /// How many were given up.
    pub dead: u64,
    /// When the last one arrived.
    pub last_ok_at: Option<Time>,
    /// What went wrong last among those that wait or were given up.
    pub last_error: Option<String>,
}

impl DeliveryReportBody {
    /// The report of an incident.
    pub fn new(incident: &IncidentId, lines: &[ReportLine]) -> Self {
        Self { incident: incident.to_string(), lines: lines.iter().map(Into::into).collect() }
    }
}

impl From<&ReportLine> for ReportLineBody {
    fn from(line: &ReportLine) -> Self {
        Self {
            seq: line.seq,
            notice: line.notice.as_str().to_owned(),
            lane: line.lane.audience().to_owned(),
            channel: line.channel.clone(),
            total: line.waiting + line.done + line.dead,
            waiting: line.waiting,
            done: line.done,
            dead: line.dead,
            decided_at: Time(line.decided_at),
            first_at: line.first_at.map(Time),
            last_at: line.last_at.map(Time),
            summary: crate::view::delivery::summary(line),
        }
    }
}

impl From<&DeadDelivery> for DeadDeliveryBody {
    fn from(dead: &DeadDelivery) -> Self {
        Self {
            key: dead.key.clone(),
            incident: dead.incident.to_string(),
            seq: dead.seq,
            lane: dead.lane.audience().to_owned(),
            channel: dead.channel.clone(),
            attempts: dead.attempts,
            at: Time(dead.at),
            error: dead.error.clone(),
        }
    }
}

impl From<&ChannelHealth> for ChannelBody {
    fn from(health: &ChannelHealth) -> Self {
        Self {
            lane: health.lane.audience().to_owned(),
            channel: health.channel.clone(),
            waiting: health.waiting,
            failing: health.failing,
            done: health.done,
            dead: health.dead,
            last_ok_at: health.last_ok_at.map(Time),
            last_error: health.last_error.clone(),
        }
    }
}
