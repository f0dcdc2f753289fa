//! The result as JSON.

use super::Found;
use diagnostics::analysis::{Cell, Format, Plan, ShapeRow, Table, Tally};
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Serialize)]
struct Body<'a> {
    files: Vec<FileBody<'a>>,
    shapes: Vec<ShapeBody<'a>>,
    sections: Map<String, Value>,
}

#[derive(Serialize)]
struct FileBody<'a> {
    path: &'a str,
    version: Option<&'a str>,
    format: Option<&'static str>,
    lines: u64,
    slow: u64,
    unparsed: u64,
    foreign: u64,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Serialize)]
struct ShapeBody<'a> {
    shape: &'a str,
    ns: &'a str,
    op: &'a str,
    count: u64,
    total_ms: i64,
    p50_ms: i64,
    p95_ms: i64,
    p99_ms: i64,
    max_ms: i64,
    docs_examined: u64,
    keys_examined: u64,
    returned: u64,
    bytes_read: u64,
    replanned: u64,
    sorted: u64,
    plan: Option<&'a str>,
    plans: Vec<PlanBody<'a>>,
    query_hash: Option<&'a str>,
    apps: Vec<NameBody<'a>>,
    clients: Vec<NameBody<'a>>,
    drivers: Vec<NameBody<'a>>,
    first_at: String,
    last_at: String,
}

#[derive(Serialize)]
struct PlanBody<'a> {
    plan: &'a str,
    count: u64,
    total_ms: i64,
}

#[derive(Serialize)]
struct NameBody<'a> {
    name: &'a str,
    count: u64,
}

/// The whole result, with so many rows of each table.
pub(super) fn of(found: &Found, top: usize) -> serde_json::Result<String> {
    let body = Body {
        files: found.files.iter().map(|(name, tally)| file(name, tally)).collect(),
        shapes: found.all.shapes.ranked().into_iter().take(top).map(shape).collect(),
        sections: found
            .all
            .tables(top)
            .iter()
            .map(|table| (table.heading.name.to_owned(), section(table)))
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&body)? + "\n")
}

fn file<'a>(name: &'a str, tally: &'a Tally) -> FileBody<'a> {
    let format = tally.format.map(|format| match format {
        Format::Text => "text",
        Format::Json => "json",
        Format::Profile(_) => "profile",
    });
    FileBody {
        path: name,
        version: tally.version.as_deref(),
        format,
        lines: tally.lines,
        slow: tally.slow,
        unparsed: tally.unparsed,
        foreign: tally.foreign,
        from: tally.from.map(|from| from.to_string()),
        to: tally.to.map(|to| to.to_string()),
    }
}

fn shape(row: &ShapeRow) -> ShapeBody<'_> {
    ShapeBody {
        shape: &row.shape,
        ns: &row.namespace,
        op: &row.op,
        count: row.durations.count(),
        total_ms: row.durations.total(),
        p50_ms: row.durations.quantile(50),
        p95_ms: row.durations.quantile(95),
        p99_ms: row.durations.quantile(99),
        max_ms: row.durations.max(),
        docs_examined: row.docs_examined,
        keys_examined: row.keys_examined,
        returned: row.returned,
        bytes_read: row.bytes_read,
        replanned: row.replanned,
        sorted: row.sorted,
        plan: row.plan_in_front().map(|plan| plan.summary.as_str()),
        plans: row.plans.iter().map(plan).collect(),
        query_hash: row.hash.as_deref(),
        apps: row.apps().into_iter().map(name).collect(),
        clients: row.clients().into_iter().map(name).collect(),
        drivers: row.drivers().into_iter().map(name).collect(),
        first_at: row.first_at.to_string(),
        last_at: row.last_at.to_string(),
    }
}

fn plan(plan: &Plan) -> PlanBody<'_> {
    PlanBody { plan: &plan.summary, count: plan.count, total_ms: plan.total_ms }
}

fn name((name, count): (&str, u64)) -> NameBody<'_> {
    NameBody { name, count }
}

/// A table as a list of objects, and how many rows it has besides.
fn section(table: &Table) -> Value {
    let rows = table.rows.iter().map(|row| {
        let fields =
            table.heading.columns.iter().zip(row).map(|(column, cell)| (column.name.to_owned(), value(cell)));
        Value::Object(fields.collect())
    });
    serde_json::json!({ "rows": rows.collect::<Vec<_>>(), "left_out": table.left_out })
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Words(words) => words.as_str().into(),
        Cell::Number(number) => (*number).into(),
        Cell::At(at) => at.to_string().into(),
        Cell::Absent => Value::Null,
    }
}
