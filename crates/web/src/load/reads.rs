//! What the page of a watched database shows: the last minutes from memory, older ones from what is kept.
//!
//! Never refuses the page because the store cannot be read: during an outage it is looked at most.

use crate::api::databases::usual_step;
use crate::live::{LiveDatabase, Portrait};
use crate::pages::console::evidence::Measured;
use crate::pages::reads::one::{Input, Range};
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::view::chart::{CHARTS, ChartSpec, Values};
use domain::reads::Series;
use domain::reads::frame::SERIES;
use domain::time::{Window, seconds_between};
use domain::{Incident, IncidentId, Timestamp};
use jiff::SignedDuration;
use std::time::Duration;
use store::{HeatRow, Line};

/// Nodes that are drawn on one page; the others have a link.
const MOST_NODES: usize = 6;
/// Namespaces of the heat map.
const MOST_NAMESPACES: usize = 15;
/// Incidents that are drawn.
const MOST_INCIDENTS: usize = 50;
/// Cells of a row of the heat map.
const CELLS: i64 = 60;
/// Seconds that are drawn before and after a stall.
const AROUND_S: i64 = 300;
/// Longest wait for the store.
const PATIENCE: Duration = Duration::from_secs(5);

impl Site {
    /// What the page of a database shows.
    pub(crate) async fn reads_input(
        &self,
        database: &LiveDatabase,
        range: Range,
        node: Option<String>,
    ) -> Input {
        let now = self.config.clock.now();
        let portrait = database.portrait();
        let window = Window::closed(before(now, range.length_s), now);
        let heat_step_s = (range.length_s / CELLS).max(60);
        let heat = self.heat(&portrait, window, heat_step_s).await;
        let nodes = self.node_names(&portrait, window).await;
        let chosen = order(&portrait, &nodes, node.as_deref());
        let mut drawn = Vec::new();
        let mut without_store = heat.is_none();
        for name in chosen {
            let kept = if range.is_live() {
                None
            } else {
                Some(self.kept(portrait.watched.name.as_str(), &name, window, range.step_s).await)
            };
            without_store |= matches!(kept, Some(None));
            let values = kept.flatten().map_or_else(|| of_memory(&portrait, &name), |lines| of_lines(&lines));
            drawn.push((name, values));
        }
        Input {
            incidents: self.incidents_during(&portrait, window).await,
            portrait,
            range,
            node,
            nodes,
            drawn,
            heat: heat.unwrap_or_default(),
            heat_step_s,
            without_store,
        }
    }

    /// What the worst node of each watched database measured around an incident; one of which nothing can be read is
    /// left out, because the page is looked at most when the store is slow.
    pub(crate) async fn measured_during(&self, incident: &Incident) -> Vec<Measured> {
        let now = self.config.clock.now();
        let mut measured = Vec::new();
        for watch in &incident.watching.watches {
            let Some(node) = watch.latest.nodes.first() else { continue };
            let began_at = watch.stalls.first().map_or(watch.latest.began_at, |window| window.from);
            let ended_at = watch.latest.ended_at.unwrap_or(now);
            let window = Window::closed(before(began_at, AROUND_S), after(ended_at, AROUND_S).min(now));
            let length_s = seconds_between(window.from, window.until.unwrap_or(now));
            let step_s = usual_step(length_s);
            let lines = self.kept(watch.database.as_str(), node, window, step_s).await;
            if let Some(lines) = lines {
                let (database, node) = (watch.database.clone(), node.clone());
                measured.push(Measured { database, node, window, values: of_lines(&lines) });
            }
        }
        measured
    }

    async fn heat(&self, portrait: &Portrait, window: Window, step_s: i64) -> Option<Vec<HeatRow>> {
        let step = SignedDuration::from_secs(step_s);
        let name = portrait.watched.name.as_str();
        let read = self.store.read_times(name, window, step, MOST_NAMESPACES);
        tokio::time::timeout(PATIENCE, read).await.ok()?.map_err(|error| self.store_error(error)).ok()
    }

    async fn kept(&self, name: &str, node: &str, window: Window, step_s: i64) -> Option<Vec<Line>> {
        let series: Vec<Series> = SERIES.iter().map(|line| line.series).collect();
        let step = SignedDuration::from_secs(step_s);
        let _place = self.questions.acquire().await.ok()?;
        let read = self.store.readings(name, node, &series, window, step);
        tokio::time::timeout(PATIENCE, read).await.ok()?.map_err(|error| self.store_error(error)).ok()
    }

    /// Nodes that are seen now, and those of which something is kept.
    async fn node_names(&self, portrait: &Portrait, window: Window) -> Vec<String> {
        let mut names: Vec<String> = portrait.nodes.iter().map(|(name, _)| name.to_string()).collect();
        let read = self.store.reading_nodes(portrait.watched.name.as_str(), window.from);
        if let Ok(Ok(kept)) = tokio::time::timeout(PATIENCE, read).await {
            names.extend(kept);
        }
        names.sort();
        names.dedup();
        names
    }

    /// Incidents of our own in the environment of the database.
    async fn incidents_during(
        &self,
        portrait: &Portrait,
        window: Window,
    ) -> Vec<(IncidentId, String, Window)> {
        let Some(environment) = &portrait.watched.environment else { return Vec::new() };
        let Ok(snapshot) = self.current_or_old().await else { return Vec::new() };
        let snapshot: &Snapshot = &snapshot;
        let known = snapshot.of_environment(environment).iter();
        known
            .filter(|known| known.row.withdrawn_at.is_none() && known.window().overlaps(&window))
            .take(MOST_INCIDENTS)
            .map(|known| (known.row.id.clone(), known.row.title.clone(), known.window()))
            .collect()
    }
}

fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

fn before(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

/// The node that was asked for, or the first few: those in trouble first, then the primary.
fn order(portrait: &Portrait, nodes: &[String], asked: Option<&str>) -> Vec<String> {
    if let Some(node) = nodes.iter().find(|node| Some(node.as_str()) == asked) {
        return vec![node.clone()];
    }
    let rank = |name: &&String| {
        let troubled = portrait
            .standing
            .as_ref()
            .is_some_and(|standing| standing.verdict.nodes.iter().any(|node| **node == ***name));
        let known = portrait.nodes.iter().find(|(known, _)| **known == ***name);
        let serves = known.and_then(|(_, node)| node.role).is_some_and(domain::reads::Role::serves_alone);
        (!troubled, !serves, known.is_none())
    };
    let mut ordered: Vec<&String> = nodes.iter().collect();
    ordered.sort_by_key(rank);
    ordered.into_iter().take(MOST_NODES).cloned().collect()
}

/// The last minutes of every node, as they are in memory.
pub(crate) fn in_memory(portrait: &Portrait) -> Vec<(String, Vec<Vec<Values>>)> {
    portrait.nodes.iter().map(|(name, _)| (name.to_string(), of_memory(portrait, name))).collect()
}

/// The last minutes of one of them.
fn of_memory(portrait: &Portrait, name: &str) -> Vec<Vec<Values>> {
    let node = portrait.nodes.iter().find(|(known, _)| **known == *name).map(|(_, node)| node);
    let values = |series: Series| -> Values {
        let frames = node.into_iter().flat_map(|node| &node.frames);
        frames.filter_map(|(at, frame)| Some((*at, frame.get(series)?))).collect()
    };
    charts(|_, series| values(series))
}

/// What was kept.
fn of_lines(lines: &[Line]) -> Vec<Vec<Values>> {
    charts(|spec, series| {
        let line = lines.iter().find(|line| line.series == series);
        let points = line.into_iter().flat_map(|line| &line.points);
        points.map(|point| (point.at, if spec.by_greatest { point.greatest } else { point.mean })).collect()
    })
}

fn charts(values: impl Fn(&ChartSpec, Series) -> Values) -> Vec<Vec<Values>> {
    CHARTS.iter().map(|spec| spec.lines.iter().map(|(series, _)| values(spec, *series)).collect()).collect()
}
