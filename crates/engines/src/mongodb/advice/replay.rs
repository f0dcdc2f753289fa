//! A query of a given filter, run on a copy: first explained, then run once more cold and several times warm.
//!
//! Aggregations are run as the query that their first stages are, and writes as the query that finds what they write.

use std::time::Duration;

use ::mongodb::Database;
use ::mongodb::bson::{Bson, Document, doc};
use domain::advice::Query;
use domain::advice::trial::Run;
use tokio::time::Instant;

use super::facts::whole;
use super::instance::{projection, sort};
use super::{Error, Result};

/// Runs whose time counts.
const WARM: usize = 5;
/// A query on a copy that takes longer is given up.
const TIME_MS: i64 = 10_000;
/// What the server says of a command that took too long, and of a sort for which it has no memory.
const GAVE_UP: &[i32] = &[50, 96, 292, 17_144, 16_820];

/// Runs it.
pub(super) async fn run(
    database: &Database,
    collection: &str,
    query: &Query,
    filter: &Document,
) -> Result<Run> {
    let command = command(collection, query, filter);
    let explained = database
        .run_command(doc! { "explain": command.clone(), "verbosity": "executionStats", "maxTimeMS": TIME_MS })
        .await;
    let explained = match explained {
        Ok(explained) => explained,
        Err(error) if gave_up(&error) => return Ok(Run { gave_up: true, ..Run::default() }),
        Err(error) => return Err(error.into()),
    };
    let mut run =
        read(&explained).ok_or_else(|| Error("the explanation of a query was not understood".to_owned()))?;
    run.cold_us = time(database, &command).await?;
    for _ in 0..WARM {
        run.warm_us.push(time(database, &command).await?);
    }
    Ok(run)
}

/// The plan that the server would choose, without running the query.
pub(super) async fn plan(
    database: &Database,
    collection: &str,
    query: &Query,
    filter: &Document,
) -> Result<String> {
    let command = command(collection, query, filter);
    let explained = doc! { "explain": command, "verbosity": "queryPlanner", "maxTimeMS": TIME_MS };
    let explained = database.run_command(explained).await?;
    let plan = explained.get_document("queryPlanner").and_then(|planner| planner.get_document("winningPlan"));
    let plan = plan.map_err(|_| Error("the explanation of a query was not understood".to_owned()))?;
    let mut stages = Vec::new();
    walk(plan, &mut stages);
    Ok(stages.join(", "))
}

/// Runs without their answers being read: the first batch is what the server needs to find them all.
async fn time(database: &Database, command: &Document) -> Result<u64> {
    let mut command = command.clone();
    command.insert("maxTimeMS", TIME_MS);
    let began = Instant::now();
    let reply = database.run_command(command).await?;
    let took = micros(began.elapsed());
    // What is left of an answer would hold memory on the server.
    if let Some((id, collection)) = left(&reply) {
        database.run_command(doc! { "killCursors": collection, "cursors": [id] }).await?;
    }
    Ok(took)
}

fn left(reply: &Document) -> Option<(i64, String)> {
    let cursor = reply.get_document("cursor").ok()?;
    let id = cursor.get_i64("id").ok().filter(|id| *id != 0)?;
    Some((id, cursor.get_str("ns").ok()?.split_once('.')?.1.to_owned()))
}

/// An answer of a million documents is not sent to be counted.
const MOST_SENT: i32 = 10_000;

fn command(collection: &str, query: &Query, filter: &Document) -> Document {
    let mut command = if query.counts {
        doc! { "count": collection, "query": filter.clone() }
    } else {
        let mut find = doc! { "find": collection, "filter": filter.clone(), "batchSize": MOST_SENT };
        if !query.sort.is_empty() {
            find.insert("sort", sort(query));
        }
        if let Some(fields) = projection(query) {
            find.insert("projection", fields);
        }
        if query.limited {
            find.insert("limit", query.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(20));
        }
        if let Some(skip) = query.skip.and_then(|skip| i64::try_from(skip).ok()) {
            find.insert("skip", skip);
        }
        find
    };
    if let Some(collation) = &query.collation {
        command.insert("collation", super::copy::document(collation));
    }
    command
}

fn gave_up(error: &::mongodb::error::Error) -> bool {
    matches!(&*error.kind, ::mongodb::error::ErrorKind::Command(refused) if GAVE_UP.contains(&refused.code))
}

/// Figures of an explanation.
fn read(explained: &Document) -> Option<Run> {
    let stats = explained.get_document("executionStats").ok()?;
    if stats.get_bool("executionSuccess") == Ok(false) {
        return Some(Run { gave_up: true, ..Run::default() });
    }
    let plan = explained.get_document("queryPlanner").ok()?.get_document("winningPlan").ok()?;
    let mut stages = Vec::new();
    walk(plan, &mut stages);
    Some(Run {
        sorts: stages.iter().any(|stage| stage == "SORT"),
        plan: stages.join(", "),
        keys: whole(stats, "totalKeysExamined")?,
        docs: whole(stats, "totalDocsExamined")?,
        returned: whole(stats, "nReturned")?,
        ..Run::default()
    })
}

fn walk(stage: &Document, stages: &mut Vec<String>) {
    if let Ok(name) = stage.get_str("stage") {
        match stage.get_str("indexName") {
            Ok(index) => stages.push(format!("{name} {index}")),
            Err(_) => stages.push(name.to_owned()),
        }
    }
    for key in ["queryPlan", "inputStage", "inputStages", "thenStage", "elseStage"] {
        match stage.get(key) {
            Some(Bson::Document(inner)) => walk(inner, stages),
            Some(Bson::Array(inner)) => {
                for inner in inner.iter().filter_map(Bson::as_document) {
                    walk(inner, stages);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
