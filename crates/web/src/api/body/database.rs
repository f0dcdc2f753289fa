//! Watched databases as JSON.

use crate::api::time::Time;
use crate::live::{Portrait, Standing};
use domain::Timestamp;
use domain::detect::{Culprit, Verdict};
use domain::reads::frame::SERIES;
use domain::reads::{Frame, Group, InFlight, Series};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Line;
use utoipa::ToSchema;

/// Watched databases.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseListBody {
    /// When this was so.
    pub as_of: Time,
    /// In the order of the configuration.
    pub databases: Vec<DatabaseBody>,
}

/// A watched database, as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseBody {
    /// Identifier in addresses.
    pub name: String,
    /// Display name.
    pub title: String,
    /// The environment to which it belongs.
    pub environment: Option<String>,
    /// `quiet`, `strain`, `stall`, or `unknown` while nothing is heard of it.
    pub condition: String,
    /// The verdict that stands.
    pub standing: Option<StandingBody>,
    /// Its nodes.
    pub nodes: Vec<NodeBody>,
}

/// A node, as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeBody {
    /// `host:port`.
    pub node: String,
    /// `primary`, `secondary`, `standalone`, `router`, `arbiter` or `other`.
    pub role: Option<String>,
    /// The second of which the values are.
    pub at: Option<Time>,
    /// Values by series; one that was not seen in that second is not there.
    pub values: BTreeMap<&'static str, f32>,
    /// What is in flight.
    pub in_flight: Option<InFlightBody>,
    /// Looks that failed since the program started.
    pub failed_looks: u64,
    /// Why the last of them failed.
    pub last_failure: Option<LastFailureBody>,
}

/// A look that failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastFailureBody {
    /// When.
    pub at: Time,
    /// Along which path.
    pub path: String,
    /// Why, in words.
    pub reason: String,
}

/// A verdict that stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingBody {
    /// `stall` or `strain`.
    pub severity: &'static str,
    /// Kind of cause.
    pub cause: &'static str,
    /// The cause in words.
    pub cause_words: &'static str,
    /// When the first sign of it began.
    pub began_at: Time,
    /// When it was sure enough.
    pub detected_at: Time,
    /// One sentence.
    pub sentence: String,
    /// Nodes on which it shows, the worst first.
    pub nodes: Vec<String>,
    /// Namespaces in front.
    pub namespaces: Vec<String>,
    /// Operation to blame.
    pub culprit: Option<CulpritBody>,
    /// Client reads in flight for longer than they should be.
    pub waiting: u32,
    /// Age of the oldest, in milliseconds.
    pub oldest_ms: f64,
    /// What it rests on, one sentence each.
    pub evidence: Vec<String>,
    /// In percent.
    pub confidence: u8,
    /// The incident that it opened or joined.
    pub incident: Option<String>,
}

/// Operation to blame.
#[derive(Debug, Serialize, ToSchema)]
pub struct CulpritBody {
    /// `database.collection`; empty for an operation on the whole server.
    pub namespace: String,
    /// Name of the command.
    pub command: String,
    /// The command without its literals.
    pub shape: String,
    /// Application name of its client.
    pub app: String,
    /// Summary of the plan.
    pub plan: String,
    /// How many are in flight.
    pub count: u32,
    /// Age of the oldest, in milliseconds.
    pub oldest_ms: f64,
}

/// What is in flight on a node.
#[derive(Debug, Serialize, ToSchema)]
pub struct InFlightBody {
    /// `host:port`.
    pub node: String,
    /// When this was so.
    pub at: Time,
    /// Whether `fsyncLock` is held.
    pub fsync_locked: bool,
    /// Operations of one shape on one namespace, of one application, by one plan.
    pub groups: Vec<GroupBody>,
}

/// Operations of one shape.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupBody {
    /// `database.collection`.
    pub namespace: String,
    /// Name of the command.
    pub command: String,
    /// The command without its literals.
    pub shape: String,
    /// Application name of the client.
    pub app: String,
    /// Summary of the plan.
    pub plan: String,
    /// What the operation says of itself.
    pub message: String,
    /// The server's own, without a client.
    pub internal: bool,
    /// It waits for news by design, such as a change stream.
    pub tailing: bool,
    /// How many.
    pub count: u32,
    /// How many of them wait for a lock.
    pub waiting: u32,
    /// Age of the oldest, in milliseconds.
    pub oldest_ms: f64,
    /// For how long one of them has kept readers out, in milliseconds; 0 where none does.
    pub blocking_ms: f64,
}

/// Series of one node in a window.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesListBody {
    /// Identifier of the database.
    pub database: String,
    /// `host:port`.
    pub node: String,
    /// Beginning of the window.
    pub from: Time,
    /// End of the window.
    pub to: Time,
    /// Length of a step, in seconds.
    pub step_s: i64,
    /// The series.
    pub series: Vec<SeriesBody>,
}

/// One series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesBody {
    /// Name.
    pub name: &'static str,
    /// Words for people.
    pub label: &'static str,
    /// Beginnings of the steps, in seconds since 1970; a step in which nothing was seen is not there.
    pub at: Vec<i64>,
    /// Least values.
    pub least: Vec<f32>,
    /// Mean values.
    pub mean: Vec<f32>,
    /// Greatest values.
    pub greatest: Vec<f32>,
}

/// The first message of a stream.
#[derive(Debug, Serialize)]
pub(crate) struct BeginBody {
    now: Time,
    database: DatabaseBody,
    history: BTreeMap<String, HistoryBody>,
}

/// The last seconds of a node.
#[derive(Debug, Serialize)]
struct HistoryBody {
    at: Vec<i64>,
    values: BTreeMap<&'static str, Vec<Option<f32>>>,
}

/// One second of all nodes.
#[derive(Debug, Serialize)]
pub(crate) struct FramesBody {
    at: Time,
    nodes: BTreeMap<String, BTreeMap<&'static str, f32>>,
}

impl DatabaseBody {
    /// As it is now.
    pub fn new(portrait: &Portrait, now: Timestamp) -> Self {
        Self {
            name: portrait.watched.name.to_string(),
            title: portrait.watched.title.clone(),
            environment: portrait.watched.environment.as_ref().map(ToString::to_string),
            condition: portrait.condition(now).as_str().to_owned(),
            standing: portrait.standing.as_ref().map(StandingBody::new),
            nodes: portrait.nodes.iter().map(|(name, node)| NodeBody::new(name, node)).collect(),
        }
    }
}

impl NodeBody {
    fn new(name: &str, node: &crate::live::LiveNode) -> Self {
        let latest = node.latest();
        Self {
            node: name.to_owned(),
            role: node.role.map(|role| role.as_str().to_owned()),
            at: latest.map(|(at, _)| Time(*at)),
            values: latest.map(|(_, frame)| values(frame)).unwrap_or_default(),
            in_flight: node.in_flight.as_ref().map(|(at, found)| InFlightBody::new(name, *at, found)),
            failed_looks: node.failures.values().sum(),
            last_failure: node.last_failure.as_ref().map(|(at, path, reason)| LastFailureBody {
                at: Time(*at),
                path: path.clone(),
                reason: reason.clone(),
            }),
        }
    }
}

impl StandingBody {
    /// As it stands.
    pub fn new(standing: &Standing) -> Self {
        let verdict: &Verdict = &standing.verdict;
        Self {
            severity: verdict.severity.as_str(),
            cause: verdict.cause.as_str(),
            cause_words: verdict.cause.words(),
            began_at: Time(verdict.began_at),
            detected_at: Time(verdict.detected_at),
            sentence: verdict.sentence.clone(),
            nodes: verdict.nodes.iter().map(ToString::to_string).collect(),
            namespaces: verdict.namespaces.iter().map(ToString::to_string).collect(),
            culprit: verdict.culprit.as_ref().map(CulpritBody::new),
            waiting: verdict.waiting,
            oldest_ms: ms(verdict.oldest_us),
            evidence: verdict.evidence.iter().map(|evidence| evidence.text.clone()).collect(),
            confidence: verdict.confidence,
            incident: standing.incident.as_ref().map(ToString::to_string),
        }
    }
}

impl CulpritBody {
    fn new(culprit: &Culprit) -> Self {
        Self {
            namespace: culprit.namespace.to_string(),
            command: culprit.command.to_string(),
            shape: culprit.shape.to_string(),
            app: culprit.app.to_string(),
            plan: culprit.plan.to_string(),
            count: culprit.count,
            oldest_ms: ms(culprit.oldest_us),
        }
    }
}

impl InFlightBody {
    /// What is in flight on a node.
    pub fn new(node: &str, at: Timestamp, in_flight: &InFlight) -> Self {
        Self {
            node: node.to_owned(),
            at: Time(at),
            fsync_locked: in_flight.fsync_locked,
            groups: in_flight.groups.iter().map(GroupBody::new).collect(),
        }
    }
}

impl GroupBody {
    fn new(group: &Group) -> Self {
        Self {
            namespace: group.namespace.to_string(),
            command: group.command.to_string(),
            shape: group.shape.to_string(),
            app: group.app.to_string(),
            plan: group.plan.to_string(),
            message: group.message.to_string(),
            internal: group.internal,
            tailing: group.tailing,
            count: group.count,
            waiting: group.waiting,
            oldest_ms: ms(group.oldest_us),
            blocking_ms: ms(group.exclusive_us),
        }
    }
}

impl SeriesBody {
    /// One series.
    pub fn new(line: &Line) -> Self {
        let spec = line.series.spec();
        Self {
            name: spec.name,
            label: spec.label,
            at: line.points.iter().map(|point| point.at.as_second()).collect(),
            least: line.points.iter().map(|point| point.least).collect(),
            mean: line.points.iter().map(|point| point.mean).collect(),
            greatest: line.points.iter().map(|point| point.greatest).collect(),
        }
    }
}

impl BeginBody {
    /// Everything that is known.
    pub(crate) fn new(portrait: &Portrait, now: Timestamp) -> Self {
        let history = portrait.nodes.iter().map(|(name, node)| {
            let column = |series: Series| node.frames.iter().map(|(_, frame)| frame.get(series)).collect();
            let seen = |values: &Vec<Option<f32>>| values.iter().any(Option::is_some);
            let columns = SERIES.iter().map(|line| (line.name, column(line.series)));
            let body = HistoryBody {
                at: node.frames.iter().map(|(at, _)| at.as_second()).collect(),
                values: columns.filter(|(_, values)| seen(values)).collect(),
            };
            (name.to_string(), body)
        });
        Self { now: Time(now), database: DatabaseBody::new(portrait, now), history: history.collect() }
    }
}

impl FramesBody {
    /// One second.
    pub(crate) fn new(at: Timestamp, frames: &[(Arc<str>, Frame)]) -> Self {
        let nodes = frames.iter().map(|(node, frame)| (node.to_string(), values(frame)));
        Self { at: Time(at), nodes: nodes.collect() }
    }
}

fn values(frame: &Frame) -> BTreeMap<&'static str, f32> {
    SERIES.iter().filter_map(|line| Some((line.name, frame.get(line.series)?))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^52 microseconds, 142 years, nobody cares")]
fn ms(micros: i64) -> f64 {
    micros as f64 / 1e3
}
