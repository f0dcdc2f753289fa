//! All watched databases: how each stands, the worst probe latency of the last minutes, what stands.

use crate::live::{Condition, Portrait, Standing};
use crate::pages::{Frame, Section, Shell};
use crate::view::chart::{self, Values};
use crate::view::figure::Unit;
use crate::view::html::Html;
use crate::view::link;
use crate::view::sign::Sign;
use askama::Template;
use domain::reads::Series;
use domain::time::Window;
use jiff::SignedDuration;

/// Seconds of a sparkline.
const SECONDS: i64 = 600;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// In the order of the configuration.
    pub databases: Vec<Portrait>,
}

#[derive(Template)]
#[template(path = "pages/reads/all.html")]
struct Page<'a> {
    frame: Frame<'a>,
    databases: Vec<Row>,
}

struct Row {
    title: String,
    href: String,
    sign: Sign,
    standing: Option<String>,
    incident: Option<String>,
    nodes: String,
    spark: Html,
    last: String,
    greatest: String,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let mut order: Vec<(Condition, &Portrait)> =
        input.databases.iter().map(|portrait| (portrait.condition(shell.now), portrait)).collect();
    order.sort_by_key(|(condition, _)| std::cmp::Reverse(*condition));
    let databases = order.into_iter().map(|(condition, portrait)| row(shell, condition, portrait)).collect();
    Page { frame: Frame::new(shell, Section::Console, "Reads").still(), databases }.render()
}

fn row(shell: &Shell, condition: Condition, portrait: &Portrait) -> Row {
    let worst = worst_probe(portrait);
    let write = |value: Option<f32>| value.map_or_else(|| "–".to_owned(), |value| Unit::Ms.write(value));
    let from = shell.now.saturating_sub(SignedDuration::from_secs(SECONDS)).unwrap_or(shell.now);
    let (fresh, all) =
        (portrait.nodes.iter().filter(|(_, node)| node.is_fresh(shell.now)).count(), portrait.nodes.len());
    Row {
        title: portrait.watched.title.clone(),
        href: link::reads_of(&portrait.watched.name),
        sign: super::sign(condition),
        standing: portrait.standing.as_ref().map(|Standing { verdict, .. }| verdict.sentence.clone()),
        incident: portrait.standing.as_ref().and_then(|it| it.incident.as_ref().map(link::incident)),
        nodes: match (fresh, all) {
            (_, 0) => "no node yet".to_owned(),
            (1, 1) => "1 node".to_owned(),
            (fresh, all) if fresh == all => format!("{all} nodes"),
            (fresh, all) => format!("{fresh} of {all} nodes heard"),
        },
        spark: chart::spark(&worst, Window::open(from), shell.now),
        last: write(worst.last().map(|(_, value)| *value)),
        greatest: write(worst.iter().map(|(_, value)| *value).reduce(f32::max)),
    }
}

/// The slowest read probe of all nodes, second by second.
fn worst_probe(portrait: &Portrait) -> Values {
    let mut worst = std::collections::BTreeMap::new();
    for (at, frame) in portrait.nodes.iter().flat_map(|(_, node)| &node.frames) {
        let probes =
            [Series::HotMs, Series::ColdMs, Series::AppMs].into_iter().filter_map(|it| frame.get(it));
        if let Some(value) = probes.reduce(f32::max) {
            let known = worst.entry(*at).or_insert(value);
            *known = value.max(*known);
        }
    }
    worst.into_iter().collect()
}
