//! The result as a report that stands for itself.
//!
//! This module never shows more than the terminal does, but for the charts.

use super::Found;
use super::table;
use diagnostics::analysis::{Cell, Column, Durations, ShapeRow, Table, Unit};
use domain::time::render_duration;
use jiff::{SignedDuration, Timestamp};
use web::report::{self, Chart, Drawing, Line, MOST_LINES, Report, Span};
use web::view::figure;

/// Classes of durations in milliseconds, by where each begins.
const CLASSES: [i64; 12] = [0, 10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000, 600_000];

/// The whole file, with so many rows of each table.
pub(super) fn of(found: &Found, top: usize) -> anyhow::Result<String> {
    let names: Vec<&str> = found.files.iter().map(|(name, _)| name.as_str()).collect();
    let tables = found.all.tables(top);
    let mut report = Report {
        title: match names.as_slice() {
            [name] => format!("What {} tells", name.rsplit('/').next().unwrap_or(name)),
            names => format!("What {} logs tell", names.len()),
        },
        facts: found.files.iter().map(|(name, tally)| table::file(name, tally)).collect(),
        charts: charts(found, &tables),
        tables: vec![shapes(&found.all.shapes.ranked(), top)],
    };
    // Steps of time are in the charts.
    report.tables.extend(tables.iter().filter(|table| table.heading.name != "timeline").map(section));
    Ok(report.render()?)
}

fn charts(found: &Found, tables: &[Table]) -> Vec<Chart> {
    let tally = &found.all.tally;
    let Some((from, to)) = tally.from.zip(tally.to) else { return Vec::new() };
    // A log of one instant has a chart of one second.
    let until = to.max(from + SignedDuration::from_secs(1));
    let span = Span { from, until, shaded: Vec::new() };
    let ranked = found.all.shapes.ranked();
    let mut charts = Vec::new();
    if !ranked.is_empty() {
        charts.push(Chart {
            title: "Time in slow operations, by shape".to_owned(),
            unit: figure::Unit::Ms,
            logarithmic: false,
            drawing: Drawing::Stacked(layers(&ranked), span.clone()),
        });
        charts.push(Chart {
            title: "Slow operations, by how long they took".to_owned(),
            unit: figure::Unit::Count,
            logarithmic: false,
            drawing: Drawing::Bars(classes(&ranked)),
        });
    }
    let Some(timeline) = tables.iter().find(|table| table.heading.name == "timeline") else { return charts };
    let mut over_time = |title: &str, columns: &[&str]| {
        let lines: Vec<Line> = columns.iter().filter_map(|name| line(timeline, name)).collect();
        if lines.iter().any(|line| line.values.iter().any(|(_, value)| *value > 0.0)) {
            charts.push(Chart {
                title: title.to_owned(),
                unit: figure::Unit::Count,
                logarithmic: false,
                drawing: Drawing::Lines(lines, span.clone()),
            });
        }
    };
    over_time("Slow operations", &["slow", "collection_scans"]);
    over_time("Connections", &["open", "connections"]);
    over_time("Errors and warnings", &["errors"]);
    charts
}

/// The shapes in which most time was spent, and all others together.
fn layers(ranked: &[&ShapeRow]) -> Vec<Line> {
    let alone = if ranked.len() > MOST_LINES { MOST_LINES - 1 } else { ranked.len() };
    let (first, others) = ranked.split_at(alone);
    let values = |rows: &[&ShapeRow]| {
        let steps = rows.iter().flat_map(|row| row.over_time());
        steps.map(|(at, millis)| (at, small(millis))).collect()
    };
    let named = first
        .iter()
        .map(|row| Line { label: format!("{} {}", row.namespace, row.shape), values: values(&[*row]) });
    let mut layers: Vec<Line> = named.collect();
    if !others.is_empty() {
        layers.push(Line { label: format!("{} other shapes", others.len()), values: values(others) });
    }
    layers
}

fn classes(ranked: &[&ShapeRow]) -> Vec<(String, f32)> {
    let mut all = Durations::default();
    for row in ranked {
        all.merge(&row.durations);
    }
    let counts = all.from_each(&CLASSES);
    let words = |from: i64| match from {
        ..1_000 => format!("{from} ms"),
        _ => render_duration(from / 1_000),
    };
    let counts = counts.into_iter().map(|count| small(i64::try_from(count).unwrap_or(i64::MAX)));
    CLASSES.into_iter().map(words).zip(counts).collect()
}

/// A column of the timeline.
fn line(timeline: &Table, name: &str) -> Option<Line> {
    let index = timeline.heading.columns.iter().position(|column| column.name == name)?;
    let value = |row: &Vec<Cell>| match (row.first()?, row.get(index)?) {
        (Cell::At(at), Cell::Number(number)) => Some((*at, small(*number))),
        _ => None,
    };
    let values: Vec<(Timestamp, f32)> = timeline.rows.iter().filter_map(value).collect();
    Some(Line { label: timeline.heading.columns[index].title.to_lowercase(), values })
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is wider")]
fn small(number: i64) -> f32 {
    number as f32
}

fn shapes(ranked: &[&ShapeRow], top: usize) -> report::Table {
    let rows: Vec<_> = ranked.iter().take(top).map(|row| table::shape(row)).collect();
    report::Table {
        title: "Slow operations by shape".to_owned(),
        none: "No operation was slow.".to_owned(),
        columns: columns(table::SHAPES),
        rows: rows.iter().map(|row| cells(row, table::SHAPES)).collect(),
        left_out: ranked.len().saturating_sub(top),
    }
}

fn section(table: &Table) -> report::Table {
    report::Table {
        title: table.heading.title.to_owned(),
        none: table.heading.none.to_owned(),
        columns: columns(table.heading.columns),
        rows: table.rows.iter().map(|row| cells(row, table.heading.columns)).collect(),
        left_out: table.left_out,
    }
}

fn columns(columns: &[Column]) -> Vec<(String, bool)> {
    let is_figure = |unit| matches!(unit, Unit::Count | Unit::Millis);
    columns.iter().map(|column| (column.title.to_owned(), is_figure(column.unit))).collect()
}

fn cells(row: &[Cell], columns: &[Column]) -> Vec<report::Cell> {
    let cell = |(cell, column): (&Cell, &Column)| report::Cell {
        words: table::words(cell, *column),
        order: match cell {
            Cell::Number(number) => Some(*number),
            Cell::At(at) => Some(at.as_millisecond()),
            Cell::Words(_) | Cell::Absent => None,
        },
    };
    row.iter().zip(columns).map(cell).collect()
}
