//! Queries over time: what the operations of each shape cost, hour by hour and minute by minute, in bounded space.
//!
//! One row holds one hour of one database: at most [`MOST`] shapes, the cheaper ones together as [`REST`]. Like the
//! readings these are measurements and no acknowledgements. Never keeps a value of a query.

mod hour;

pub use hour::MOST;

use crate::Store;
use crate::columns::{Columns, clean, micros};
use crate::error::{Error, Result};
use domain::Timestamp;
use domain::query::{QueryCost, QueryName};
use domain::time::Window;
use hour::Hour;
use sqlx::Executor as _;
use std::collections::BTreeMap;

/// What the cheaper shapes of an hour are called together; no namespace has that name.
pub const REST: &str = "*";

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;

/// What was seen in one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryMinute {
    /// Which; its beginning.
    pub at: Timestamp,
    /// What each shape cost in it.
    pub costs: Vec<(QueryName, QueryCost)>,
}

/// One shape of one database over a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRow {
    /// Identifier of the database.
    pub database: String,
    /// Which shape; its namespace is [`REST`] for the cheaper ones together.
    pub name: QueryName,
    /// What it cost in the hours of the window.
    pub cost: QueryCost,
    /// Steps of the window in which it cost anything: its number, oldest first, and the time in milliseconds.
    pub steps: BTreeMap<usize, u64>,
}

impl QueryRow {
    /// Time that it cost in the window, in milliseconds, to the minute.
    pub fn time_ms(&self) -> u64 {
        self.steps.values().fold(0, |sum, ms| sum.saturating_add(*ms))
    }
}

impl Store {
    /// Keeps what queries of a database cost in some minutes, beside what is kept of them already.
    pub async fn keep_queries(&self, database: &str, minutes: &[QueryMinute]) -> Result<()> {
        let mut hours: BTreeMap<i64, Hour> = BTreeMap::new();
        for minute in minutes {
            let at_us = micros(minute.at);
            let from_us = at_us - at_us.rem_euclid(HOUR_US);
            let hour = hours.entry(from_us).or_default();
            for (name, cost) in &minute.costs {
                hour.add(name, cost, minute_of(at_us - from_us));
            }
        }
        self.write((clean(database), hours), |connection, (database, hours)| {
            Box::pin(async move {
                for (from_us, fresh) in hours {
                    let find =
                        sqlx::query("SELECT block FROM query_hour WHERE database = $1 AND from_at = $2");
                    let find = find.bind(database.as_str()).bind(*from_us);
                    let row = find.fetch_optional(&mut *connection).await?;
                    let bytes: Option<Vec<u8>> = row.map(|row| row.column("block")).transpose()?;
                    // One that cannot be read is given up: it must not keep the next ones from being kept.
                    let mut hour = bytes.and_then(|bytes| Hour::unpack(&bytes).ok()).unwrap_or_default();
                    hour.merge(fresh);
                    let save = sqlx::query(
                        "INSERT INTO query_hour (database, from_at, block) VALUES ($1, $2, $3) \
                         ON CONFLICT (database, from_at) DO UPDATE SET block = excluded.block",
                    );
                    save.bind(database.as_str())
                        .bind(*from_us)
                        .bind(hour.pack()?)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What each shape of a database cost in a window, the costliest first. A sum counts every minute that begins in
    /// the window; what is not told by the minute counts with its hour. `steps` says into how many steps the window
    /// is cut.
    pub async fn queries(&self, database: &str, window: Window, steps: usize) -> Result<Vec<QueryRow>> {
        let sql = "SELECT from_at, block FROM query_hour WHERE database = $1 AND from_at > $2 AND from_at < $3 \
                   ORDER BY from_at";
        let until =
            window.until.ok_or_else(|| Error::Unavailable("a window of queries has no end".to_owned()))?;
        let (from_us, until_us) = (micros(window.from), micros(until));
        let database = clean(database);
        let find = sqlx::query(sql).bind(database.as_str()).bind(from_us - HOUR_US).bind(until_us);
        let rows = find.fetch_all(self.readers()).await?;
        let mut hours: Vec<(i64, Vec<u8>)> = Vec::with_capacity(rows.len());
        for row in &rows {
            hours.push((row.number("from_at")?, row.column("block")?));
        }
        let task =
            tokio::task::spawn_blocking(move || gather(&database, &hours, (from_us, until_us), steps.max(1)));
        task.await.map_err(|error| Error::Unavailable(format!("reading was stopped: {error}")))?
    }

    /// Forgets hours that ended before.
    pub async fn prune_queries(&self, before: Timestamp) -> Result<()> {
        let before_us = micros(before) - HOUR_US;
        self.write(before_us, |connection, before_us| {
            Box::pin(async move {
                let forget = sqlx::query("DELETE FROM query_hour WHERE from_at < $1").bind(*before_us);
                connection.execute(forget).await?;
                Ok(())
            })
        })
        .await
    }
}

/// The minute of an hour, 0 to 59.
fn minute_of(since_us: i64) -> u8 {
    u8::try_from((since_us / MINUTE_US).clamp(0, 59)).unwrap_or_default()
}

fn gather(
    database: &str,
    hours: &[(i64, Vec<u8>)],
    (from_us, until_us): (i64, i64),
    steps: usize,
) -> Result<Vec<QueryRow>> {
    let mut rows: BTreeMap<QueryName, QueryRow> = BTreeMap::new();
    let step_us = ((until_us - from_us) / i64::try_from(steps).unwrap_or(i64::MAX)).max(1);
    for (hour_us, bytes) in hours {
        for (name, cost, minutes) in Hour::unpack(bytes)?.shapes() {
            let inside = |minute: u8| {
                let at_us = hour_us + i64::from(minute) * MINUTE_US;
                (at_us >= from_us && at_us < until_us).then_some(at_us)
            };
            let told: Vec<(i64, u64)> =
                minutes.iter().filter_map(|(minute, ms)| Some((inside(*minute)?, *ms))).collect();
            if told.is_empty() {
                continue;
            }
            let row = rows.entry(name.clone()).or_insert_with(|| QueryRow {
                database: database.to_owned(),
                name: name.clone(),
                cost: QueryCost::default(),
                steps: BTreeMap::new(),
            });
            row.cost.merge(cost);
            for (at_us, ms) in told {
                let step = usize::try_from((at_us - from_us) / step_us).unwrap_or_default().min(steps - 1);
                *row.steps.entry(step).or_default() += ms;
            }
        }
    }
    let mut rows: Vec<QueryRow> = rows.into_values().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.time_ms()));
    Ok(rows)
}
