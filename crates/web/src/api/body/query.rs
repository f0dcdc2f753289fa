//! What queries cost, as JSON.

use crate::api::time::Time;
use crate::load::queries::{QueryLine, STEPS};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What queries cost over a window, by shape.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueryListBody {
    /// Beginning of the window: that of an hour.
    pub from: Time,
    /// Its end.
    pub to: Time,
    /// Length of one of the steps of `steps_ms`, in seconds.
    pub step_s: i64,
    /// In the order that was asked for.
    pub queries: Vec<QueryBody>,
}

/// What the operations of one shape cost together.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueryBody {
    /// Identifier of the shape that stays the same for ever.
    pub id: String,
    /// Identifier of the database.
    pub database: String,
    /// `database.collection`; `*` for the cheaper shapes together.
    pub namespace: String,
    /// The command, such as `find`.
    pub command: String,
    /// The command without its literals.
    pub shape: String,
    /// Time that they cost: finished as the server told, or in flight as was seen, whichever is more.
    pub time_ms: u64,
    /// The same in the same window a week before; nothing where nothing is kept of that.
    pub week_before_ms: Option<u64>,
    /// Time in each step of the window.
    pub steps_ms: Vec<u64>,
    /// How many finished and were written down by the profiler or the log.
    pub count: u64,
    /// Half of those took no longer.
    pub p50_ms: i64,
    /// 95 of a hundred took no longer.
    pub p95_ms: i64,
    /// 99 of a hundred took no longer.
    pub p99_ms: i64,
    /// The longest.
    pub max_ms: i64,
    /// Time in flight, as was seen by looking.
    pub active_ms: u64,
    /// Documents that finished ones examined.
    pub docs_examined: u64,
    /// Index keys that they examined.
    pub keys_examined: u64,
    /// Documents that they returned.
    pub returned: u64,
    /// Bytes that they read into the cache.
    pub bytes_read: u64,
    /// How many of them were planned anew.
    pub replanned: u64,
    /// Plans, and how many that finished had each.
    pub plans: BTreeMap<String, u64>,
    /// Applications, and how many that finished each sent.
    pub apps: BTreeMap<String, u64>,
}

impl QueryBody {
    /// One line.
    pub(crate) fn new(line: &QueryLine) -> Self {
        let (row, cost) = (&line.row, &line.row.cost);
        Self {
            id: row.name.id(),
            database: row.database.clone(),
            namespace: row.name.namespace.clone(),
            command: row.name.command.clone(),
            shape: row.name.shape.clone(),
            time_ms: row.time_ms(),
            week_before_ms: line.week_before_ms,
            steps_ms: (0..STEPS).map(|step| row.steps.get(&step).copied().unwrap_or(0)).collect(),
            count: cost.durations.count(),
            p50_ms: cost.durations.quantile(50),
            p95_ms: cost.durations.quantile(95),
            p99_ms: cost.durations.quantile(99),
            max_ms: cost.durations.max(),
            active_ms: cost.active_us / 1_000,
            docs_examined: cost.docs_examined,
            keys_examined: cost.keys_examined,
            returned: cost.returned,
            bytes_read: cost.bytes_read,
            replanned: cost.replanned,
            plans: cost.plans.clone(),
            apps: cost.apps.clone(),
        }
    }
}
