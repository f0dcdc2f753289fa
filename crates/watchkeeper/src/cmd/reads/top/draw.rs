//! The picture: databases above, what stands, nodes with their latencies, and what is in flight.
//!
//! Never holds anything; foreign text loses its control characters before it is drawn.

use super::model::{Database, Group, Model, Node, Standing};
use crate::cmd::terminal::plain;
use domain::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Row, Table, Wrap};
use web::view::figure::Unit;

/// Heights of bars, in eighths.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns of a sparkline.
const SPARK: usize = 24;
/// Rows of databases before the list ends.
const MOST_DATABASES: u16 = 8;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, now: Timestamp) {
    let count = u16::try_from(model.reading.databases.len()).unwrap_or(u16::MAX);
    let standing = model.chosen().and_then(|database| database.standing.as_ref());
    let nodes = model.chosen().map_or(0, |database| database.nodes.len());
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(count.clamp(1, MOST_DATABASES) + 3),
        Constraint::Length(standing.map_or(0, |it| u16::try_from(it.evidence.len().min(4)).unwrap_or(0) + 4)),
        Constraint::Length(u16::try_from(nodes).unwrap_or(u16::MAX).clamp(1, 10) + 3),
        Constraint::Min(4),
        Constraint::Length(1),
    ]);
    let [head, databases, verdict, nodes, flight, foot] = rows.areas(frame.area());
    draw_head(frame, head, model, now);
    draw_databases(frame, databases, model);
    if let Some(standing) = standing {
        draw_standing(frame, verdict, standing);
    }
    draw_nodes(frame, nodes, model);
    draw_flight(frame, flight, model);
    let keys = " ↑↓ database   ←→ node   q quit";
    frame.render_widget(Paragraph::new(keys).style(Style::new().add_modifier(Modifier::DIM)), foot);
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, model: &Model, now: Timestamp) {
    let mut spans = vec![" Watchkeeper reads ".bold(), Span::raw(format!("{}  {now:.0}", model.server))];
    if let Some(trouble) = &model.trouble {
        spans.push(Span::raw("  "));
        spans.push(Span::styled(trouble.clone(), Style::new().fg(Color::Red)));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

fn draw_databases(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let title = Block::bordered().title(" Databases ");
    if model.reading.databases.is_empty() {
        frame.render_widget(Paragraph::new("The server watches none.").block(title), area);
        return;
    }
    // What was chosen stays in sight.
    let room = usize::from(area.height.saturating_sub(3)).max(1);
    let first = model.database.saturating_sub(room - 1);
    let rows = model.reading.databases.iter().enumerate().skip(first).map(|(index, database)| {
        let (last, past) = worst(model, database);
        let row = Row::new([
            mark(index == model.database),
            plain(&database.title),
            words(&database.condition).to_owned(),
            figure(last),
            spark(&past),
            database.standing.as_ref().map_or_else(String::new, |standing| plain(&standing.sentence)),
        ]);
        row.style(tone(&database.condition))
    });
    let widths = [
        Constraint::Length(1),
        Constraint::Length(16),
        Constraint::Length(10),
        Constraint::Length(8),
        Constraint::Length(u16::try_from(SPARK).unwrap_or(u16::MAX)),
        Constraint::Min(10),
    ];
    let head = Row::new(["", "name", "reads", "worst", "last 2 min", ""]).style(dim());
    frame.render_widget(Table::new(rows, widths).header(head).block(title), area);
}

fn draw_standing(frame: &mut Frame<'_>, area: Rect, standing: &Standing) {
    let title = format!(" {} ({} %) ", plain(&standing.cause_words), standing.confidence);
    let mut lines = vec![Line::from(plain(&standing.sentence)).bold()];
    lines.extend(standing.evidence.iter().take(4).map(|text| Line::from(format!("· {}", plain(text)))));
    if let Some(incident) = &standing.incident {
        lines.push(Line::from(format!("incident {}", plain(incident))).style(dim()));
    }
    let block = Block::bordered().title(title).border_style(tone(&standing.severity));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }).block(block), area);
}

fn draw_nodes(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let Some(database) = model.chosen() else { return };
    let title = Block::bordered().title(format!(" Nodes of {} ", plain(&database.title)));
    let rows = database.nodes.iter().enumerate().map(|(index, node)| {
        let value = |series: &str| figure(node.values.get(series).copied());
        let count = |series: &str| whole(node.values.get(series).copied());
        Row::new([
            mark(index == model.node),
            plain(&node.name),
            node.role.as_deref().map_or_else(String::new, plain),
            value("hot_read_ms"),
            value("cold_read_ms"),
            value("app_read_ms"),
            value("hello_ms"),
            value("fresh_ms"),
            count("in_flight"),
            count("queued_readers"),
            count("reads_per_s"),
            spark(&model.past(&database.name, &node.name, "hot_read_ms")),
        ])
    });
    let latency = Constraint::Length(8);
    let number = Constraint::Length(6);
    let widths = [
        Constraint::Length(1),
        Constraint::Min(12),
        Constraint::Length(10),
        latency,
        latency,
        latency,
        latency,
        latency,
        number,
        number,
        number,
        Constraint::Length(u16::try_from(SPARK).unwrap_or(u16::MAX)),
    ];
    let names = [
        "",
        "node",
        "role",
        "hot",
        "cold",
        "app",
        "hello",
        "fresh",
        "flight",
        "queue",
        "read/s",
        "hot, last 2 min",
    ];
    let head = Row::new(names).style(dim());
    frame.render_widget(Table::new(rows, widths).header(head).block(title), area);
}

fn draw_flight(frame: &mut Frame<'_>, area: Rect, model: &Model) {
    let Some(node) = model.chosen_node() else { return };
    let locked = node.in_flight.as_ref().is_some_and(|found| found.fsync_locked);
    let lock = if locked { ", fsyncLock is held" } else { "" };
    let title = Block::bordered().title(format!(" In flight on {}{lock} ", plain(&node.name)));
    let rows = groups(node).into_iter().map(|group| {
        let row = Row::new([
            plain(&group.namespace),
            plain(&operation(group)),
            plain(&group.app),
            plain(&group.plan),
            group.count.to_string(),
            group.waiting.to_string(),
            age(group.oldest_ms),
            if group.blocking_ms > 0.0 {
                format!("blocks {}", age(group.blocking_ms))
            } else {
                String::new()
            },
        ]);
        if group.blocking_ms > 0.0 { row.style(Style::new().fg(Color::Red)) } else { row }
    });
    let widths = [
        Constraint::Length(20),
        Constraint::Min(20),
        Constraint::Length(12),
        Constraint::Length(18),
        Constraint::Length(5),
        Constraint::Length(5),
        Constraint::Length(8),
        Constraint::Length(15),
    ];
    let head =
        Row::new(["namespace", "operation", "app", "plan", "count", "waits", "oldest", ""]).style(dim());
    frame.render_widget(Table::new(rows, widths).header(head).block(title), area);
}

/// A shape names its command first, unless there is none of it.
fn operation(group: &Group) -> String {
    match group.shape.strip_prefix(group.command.as_str()) {
        Some(_) => group.shape.clone(),
        None => format!("{} {}", group.command, group.shape),
    }
}

/// Those who block first, then by the time they take together.
fn groups(node: &Node) -> Vec<&Group> {
    let weight = |group: &Group| f64::from(group.count) * group.oldest_ms;
    let groups = node.in_flight.iter().flat_map(|found| &found.groups);
    let mut groups: Vec<&Group> = groups.filter(|group| !group.tailing).collect();
    groups.sort_by(|a, b| {
        b.blocking_ms.total_cmp(&a.blocking_ms).then_with(|| weight(b).total_cmp(&weight(a)))
    });
    groups
}

/// The slowest read probe of all nodes, now and before.
fn worst(model: &Model, database: &Database) -> (Option<f32>, Vec<f32>) {
    const PROBES: [&str; 3] = ["hot_read_ms", "cold_read_ms", "app_read_ms"];
    let now =
        database.nodes.iter().flat_map(|node| PROBES.iter().filter_map(|it| node.values.get(*it).copied()));
    let mut past: Vec<f32> = Vec::new();
    for node in &database.nodes {
        for series in PROBES {
            // Aligned at their ends: the last value of each is now.
            for (back, value) in model.past(&database.name, &node.name, series).into_iter().rev().enumerate()
            {
                match past.get_mut(back) {
                    Some(known) => *known = known.max(value),
                    None => past.push(value),
                }
            }
        }
    }
    past.reverse();
    (now.reduce(f32::max), past)
}

/// Bars on a logarithmic scale from 0.1 ms to 10 s, the greatest value of each stretch.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
fn spark(values: &[f32]) -> String {
    let size = values.len().div_ceil(SPARK).max(1);
    let bar = |chunk: &[f32]| {
        let value = chunk.iter().copied().fold(0.0, f32::max);
        let share = (value.max(0.1) / 0.1).log10() / 5.0;
        BARS[((share * 8.0) as usize).min(BARS.len() - 1)]
    };
    values.chunks(size).map(bar).collect()
}

fn figure(value: Option<f32>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| Unit::Ms.write(value))
}

fn whole(value: Option<f32>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| Unit::Count.write(value.round()))
}

#[expect(clippy::cast_possible_truncation, reason = "three digits are shown")]
fn age(ms: f64) -> String {
    Unit::Ms.write(ms as f32)
}

fn mark(chosen: bool) -> String {
    if chosen { "›".to_owned() } else { String::new() }
}

fn words(condition: &str) -> &str {
    match condition {
        "quiet" => "flow",
        "strain" => "strained",
        "stall" => "STALLED",
        _ => "unheard",
    }
}

fn tone(condition: &str) -> Style {
    match condition {
        "stall" => Style::new().fg(Color::Red),
        "strain" => Style::new().fg(Color::Yellow),
        "quiet" => Style::new(),
        _ => dim(),
    }
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}
