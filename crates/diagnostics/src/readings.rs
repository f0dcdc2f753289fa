//! Samples of diagnostic data as readings of the counters that the detector knows.
//!
//! [`Readings::take_in`] goes through the files of one node in the order of their names, `metrics.interim` last, and
//! tells what it meets: a [`Reading`] for each sample, a [`Gap`] where the node took none, and what could not be read.
//! Only the columns of [`METRICS`] are decoded. Never interpolates: a sample that was not taken is a gap.

mod node;

pub use node::Node;

use crate::ftdc::{Chunk, Column, Piece, Reader, Trouble, Wanted};
use domain::reads::{Counters, METRICS, Metric, Moment, Role};
use jiff::Timestamp;

/// Servers take a sample every second; this long without one is a sign by itself.
const GAP_MS: i64 = 1_500;

/// Where the sections of a sample lie. From 8.0 on a node that is router and shard at once sorts them by service.
const ROOTS: &[&str] = &["", "common.", "shard.", "router."];

/// What besides the metrics is read of each sample.
const MORE: &[&str] = &[
    "start",
    "serverStatus.start",
    "serverStatus.end",
    "serverStatus.repl.ismaster",
    "serverStatus.repl.isWritablePrimary",
    "serverStatus.repl.secondary",
    "replSetGetStatus.myState",
];

/// One sample of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// When it was begun, by the node's clock.
    pub at: Timestamp,
    /// The same on a clock that begins with the first reading and never goes back.
    pub moment: Moment,
    /// How long the node took to say it, to the millisecond.
    pub took_us: i64,
    /// What the node was then.
    pub role: Role,
    /// What it counted.
    pub counters: Box<Counters>,
}

/// A stretch without a sample: the process was frozen, starved or not running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the last sample before it was begun.
    pub from: Timestamp,
    /// When the first sample after it was begun.
    pub until: Timestamp,
    /// Whether the node was started anew meanwhile.
    pub restarted: bool,
}

/// What is met on the way through the files.
#[derive(Clone, Debug, PartialEq)]
pub enum Met {
    /// A sample.
    Reading(Reading),
    /// A stretch without one, told before the sample that ends it.
    Gap(Gap),
    /// Something that could not be read.
    Trouble(Trouble),
}

/// Goes through the files of one node.
pub struct Readings {
    wanted: Wanted,
    node: Node,
    last: Option<Last>,
}

/// The last sample there was.
#[derive(Clone, Copy)]
struct Last {
    at_ms: i64,
    moment: Moment,
    uptime_ms: Option<i64>,
}

impl Default for Readings {
    fn default() -> Self {
        Self::new()
    }
}

impl Readings {
    /// Nothing has been read yet.
    pub fn new() -> Self {
        let paths: Vec<String> =
            ROOTS.iter().flat_map(|root| paths().map(move |path| [root, &path[..]].concat())).collect();
        Self { wanted: Wanted::these(paths.iter().map(String::as_str)), node: Node::default(), last: None }
    }

    /// What the files said about the node so far.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Reads the next file of the node. What an earlier file told already is passed over: after a restart the server
    /// copies `metrics.interim` into a new file.
    pub fn take_in(&mut self, file: &[u8], mut meet: impl FnMut(Met)) {
        let known_until = self.last.map(|last| last.at_ms);
        let mut reader = Reader::new(file, self.wanted.clone());
        while let Some(piece) = reader.read() {
            match piece {
                Piece::Metadata(metadata) => self.node.learn(metadata.document),
                Piece::Chunk(chunk) => self.chunk(&chunk, known_until, &mut meet),
                Piece::Trouble(trouble) => meet(Met::Trouble(trouble)),
            }
        }
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, known_until: Option<i64>, meet: &mut impl FnMut(Met)) {
        self.node.learn(chunk.reference());
        let columns = Columns::of(chunk, self.node.is_router());
        for sample in 0..chunk.samples() {
            let at_ms = columns.start.as_ref().and_then(|start| start.get(sample)).unwrap_or(chunk.id_ms());
            let fresh = known_until.is_none_or(|known| at_ms > known);
            let (true, Ok(at)) = (fresh, Timestamp::from_millisecond(at_ms)) else { continue };
            let counters = columns.counters(sample);
            let moment = self.advance(at_ms, at, counters.get(Metric::UptimeMs), meet);
            meet(Met::Reading(Reading {
                at,
                moment,
                took_us: columns.took_us(sample),
                role: columns.role(sample),
                counters: Box::new(counters),
            }));
        }
    }

    /// Moves to the next sample, and tells of the gap before it.
    fn advance(
        &mut self,
        at_ms: i64,
        at: Timestamp,
        uptime_ms: Option<i64>,
        meet: &mut impl FnMut(Met),
    ) -> Moment {
        let moment = match self.last {
            None => Moment::default(),
            // A clock that was set back: all we know is that the next sample came later, so let it be a second.
            Some(last) if at_ms <= last.at_ms => last.moment + 1_000_000,
            Some(last) => last.moment + (at_ms - last.at_ms).saturating_mul(1_000),
        };
        if let Some(last) = self.last
            && at_ms.saturating_sub(last.at_ms) > GAP_MS
            && let Ok(from) = Timestamp::from_millisecond(last.at_ms)
        {
            let restarted = uptime_ms.zip(last.uptime_ms).is_some_and(|(now, before)| now < before);
            meet(Met::Gap(Gap { from, until: at, restarted }));
        }
        self.last = Some(Last { at_ms, moment, uptime_ms });
        moment
    }
}

/// The paths of all that is read, within a root.
fn paths() -> impl Iterator<Item = String> {
    let metrics = METRICS.iter().flat_map(|spec| spec.paths.iter().copied().flatten());
    MORE.iter().map(|path| (*path).to_owned()).chain(metrics.map(|path| full(path)))
}

/// The path of a metric within a root.
fn full(path: &str) -> String {
    if path.starts_with("systemMetrics.") { path.to_owned() } else { format!("serverStatus.{path}") }
}

/// The columns of a chunk that a reading is made of.
struct Columns<'r> {
    start: Option<Column<'r>>,
    began: Option<Column<'r>>,
    ended: Option<Column<'r>>,
    primary: Option<Column<'r>>,
    secondary: Option<Column<'r>>,
    state: Option<Column<'r>>,
    /// What the node is where nothing says more.
    otherwise: Role,
    /// Each metric with the columns it is the sum of.
    metrics: Vec<(Metric, Vec<Column<'r>>)>,
}

impl<'r> Columns<'r> {
    fn of(chunk: &Chunk<'r>, router: bool) -> Self {
        let find = |path: &str| ROOTS.iter().find_map(|root| chunk.named(&[root, path].concat()));
        let metrics = METRICS.iter().filter_map(|spec| {
            let alternatives = spec.paths.iter().map(|sum| sum.iter().filter_map(|path| find(&full(path))));
            let columns = alternatives.map(Iterator::collect).find(|columns: &Vec<_>| !columns.is_empty());
            Some((spec.metric, columns?))
        });
        Self {
            start: chunk.named("start"),
            began: find("serverStatus.start"),
            ended: find("serverStatus.end"),
            primary: find("serverStatus.repl.ismaster")
                .or_else(|| find("serverStatus.repl.isWritablePrimary")),
            secondary: find("serverStatus.repl.secondary"),
            state: find("replSetGetStatus.myState"),
            otherwise: if router { Role::Router } else { Role::Standalone },
            metrics: metrics.collect(),
        }
    }

    fn counters(&self, sample: usize) -> Counters {
        let mut counters = Counters::default();
        for (metric, columns) in &self.metrics {
            let parts = columns.iter().filter_map(|column| column.get(sample));
            counters.set(*metric, parts.fold(0, i64::saturating_add));
        }
        counters
    }

    fn took_us(&self, sample: usize) -> i64 {
        let at = |column: &Option<Column<'_>>| column.as_ref()?.get(sample);
        let took_ms = at(&self.ended).zip(at(&self.began)).map(|(ended, began)| ended.saturating_sub(began));
        took_ms.unwrap_or(0).max(0).saturating_mul(1_000)
    }

    fn role(&self, sample: usize) -> Role {
        let at = |column: &Option<Column<'_>>| column.as_ref()?.get(sample);
        match (at(&self.state), at(&self.primary), at(&self.secondary)) {
            (Some(1), ..) | (None, Some(1), _) => Role::Primary,
            (Some(2), ..) | (None, _, Some(1)) => Role::Secondary,
            (Some(7), ..) => Role::Arbiter,
            (None, None, None) => self.otherwise,
            _ => Role::Other,
        }
    }
}
