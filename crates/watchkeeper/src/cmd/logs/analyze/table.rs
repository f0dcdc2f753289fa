//! The result as people read it in a terminal.
//!
//! This module never shows a foreign text unfiltered: a name must not steer the terminal.

use super::Found;
use crate::cmd::terminal::{plain, second};
use diagnostics::analysis::{Cell, Column, ShapeRow, Table, Tally, Unit};
use domain::time::render_duration;
use std::fmt::Write as _;

/// A cell is cut here, in characters; the whole is in the JSON.
const WIDEST: usize = 100;

pub(super) const SHAPES: &[Column] = &[
    Column::of("total_ms", "Time", Unit::Millis),
    Column::of("count", "Count", Unit::Count),
    Column::of("p50_ms", "p50", Unit::Millis),
    Column::of("p95_ms", "p95", Unit::Millis),
    Column::of("p99_ms", "p99", Unit::Millis),
    Column::of("max_ms", "Max", Unit::Millis),
    Column::of("docs_examined", "Docs examined", Unit::Count),
    Column::of("returned", "Returned", Unit::Count),
    Column::of("plan", "Plan", Unit::Words),
    Column::of("apps", "Applications", Unit::Words),
    Column::of("clients", "Clients", Unit::Words),
    Column::of("shape", "Collection and shape", Unit::Words),
];

/// The whole result, with so many rows of each table.
pub(super) fn of(found: &Found, top: usize) -> String {
    let mut text = String::new();
    for (name, tally) in &found.files {
        text.push_str(&file(name, tally));
        text.push('\n');
    }
    let ranked = found.all.shapes.ranked();
    let more = ranked.len().saturating_sub(top);
    let _ = writeln!(text, "\nSlow operations by shape, those that took most time first");
    if ranked.is_empty() {
        text.push_str("  No operation was slow.\n");
    } else {
        let rows: Vec<_> = ranked.into_iter().take(top).map(shape).collect();
        write_rows(&mut text, SHAPES, &rows, more);
    }
    for table in found.all.tables(top) {
        section(&mut text, &table);
    }
    text
}

/// What was counted in a file, in a line for each thing worth saying.
pub(super) fn file(name: &str, tally: &Tally) -> String {
    let version = tally.version.as_deref().map(|version| format!(", MongoDB {}", plain(version)));
    let span = match tally.from.zip(tally.to) {
        Some((from, to)) => format!(", {} to {}", second(from), second(to)),
        None => String::new(),
    };
    let mut text = format!(
        "{}: {} lines, {} slow operations{}{span}",
        plain(name),
        grouped(tally.lines),
        grouped(tally.slow),
        version.unwrap_or_default()
    );
    // Writing to a string cannot fail.
    if tally.unparsed > 0 {
        let _ = write!(text, "\n  {} slow operations are cut off and not counted", grouped(tally.unparsed));
    }
    if tally.foreign > 0 {
        let _ = write!(text, "\n  {} lines have no time and were left out", grouped(tally.foreign));
    }
    text
}

/// The cells of a shape.
pub(super) fn shape(row: &ShapeRow) -> Vec<Cell> {
    let durations = &row.durations;
    let plan = row.plan_in_front().map(|plan| plan.summary.clone()).unwrap_or_default();
    vec![
        durations.total().into(),
        durations.count().into(),
        durations.quantile(50).into(),
        durations.quantile(95).into(),
        durations.quantile(99).into(),
        durations.max().into(),
        row.docs_examined.into(),
        row.returned.into(),
        plan.into(),
        names(&row.apps()),
        names(&row.clients()),
        format!("{} {}", row.namespace, row.shape).into(),
    ]
}

/// The most frequent, and how many there are besides.
fn names(ranked: &[(&str, u64)]) -> Cell {
    match ranked {
        [] => Cell::Absent,
        [(name, _)] => (*name).into(),
        [(name, _), others @ ..] => format!("{name} +{}", others.len()).into(),
    }
}

fn section(text: &mut String, table: &Table) {
    // Steps of time are for charts: in a terminal they would bury the rest.
    if table.heading.name == "timeline" {
        return;
    }
    let _ = writeln!(text, "\n{}", table.heading.title);
    if table.rows.is_empty() {
        let _ = writeln!(text, "  {}", table.heading.none);
        return;
    }
    write_rows(text, table.heading.columns, &table.rows, table.left_out);
}

/// Columns as wide as their widest cell, numbers to the right.
fn write_rows(text: &mut String, columns: &[Column], rows: &[Vec<Cell>], left_out: usize) {
    let titles = columns.iter().map(|column| column.title.to_owned()).collect::<Vec<_>>();
    let lines = rows
        .iter()
        .map(|row| row.iter().zip(columns).map(|(cell, column)| cut(&words(cell, *column))).collect());
    let lines: Vec<Vec<String>> = std::iter::once(titles).chain(lines).collect();
    let width = |index: usize| lines.iter().map(|line| line[index].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    for line in &lines {
        text.push(' ');
        for ((cell, column), width) in line.iter().zip(columns).zip(&widths) {
            let _ = match column.unit {
                Unit::Count | Unit::Millis => write!(text, " {cell:>width$} "),
                Unit::Words | Unit::Instant => write!(text, " {cell:<width$} "),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    if left_out > 0 {
        let _ = writeln!(text, "  … and {left_out} more");
    }
}

/// A cell as people read it, with nothing in it that terminals obey.
pub(super) fn words(cell: &Cell, column: Column) -> String {
    match (cell, column.unit) {
        (Cell::Number(millis), Unit::Millis) => duration(*millis),
        (Cell::Number(number), _) if *number >= 0 => grouped(number.unsigned_abs()),
        (Cell::Number(number), _) => number.to_string(),
        (Cell::At(at), _) => second(*at),
        (Cell::Words(words), _) => plain(words),
        (Cell::Absent, _) => "-".to_owned(),
    }
}

fn cut(words: &str) -> String {
    if words.chars().count() <= WIDEST {
        return words.to_owned();
    }
    words.chars().take(WIDEST).chain(['…']).collect()
}

/// `12 ms`, `3.4 s`, `2 h 5 min`.
fn duration(millis: i64) -> String {
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ => render_duration(millis / 1_000),
    }
}

/// Thousands apart, so that seven digits can be read.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
