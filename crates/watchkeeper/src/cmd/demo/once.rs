//! One stall from its beginning to the end of its incident, told with the seconds since it began.
//!
//! Never judges more than a visitor could see: the incidents, their timelines and what users felt.

use super::Failure;
use super::platform::Watched;
use crate::cmd::terminal;
use crate::demo::platform::{LASTS_FOR, Stall};
use anyhow::{Context as _, ensure};
use domain::{Event, Incident, Kind, Timestamp};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use store::{Filter, Source, Store};
use tokio::time::{Instant, sleep, timeout};
use web::live::Condition;

/// What is usual must be seen before anything is unusual: the detector learns from quiet seconds, ten seconds late.
const WARM_UP: Duration = Duration::from_secs(20);
/// Longest wait for quiet, and for the incident to be closed after the stall.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// When users are said to wait.
const SLOW: Duration = Duration::from_secs(1);

pub(super) async fn run(stall: &'static Stall, mongod: &Path, folder: &Path) -> Result<(), Failure> {
    let watched = Watched::start(mongod, folder).await?;
    let told = live_through(stall, &watched).await;
    watched.stop().await;
    Ok(told?)
}

async fn live_through(stall: &'static Stall, watched: &Watched) -> anyhow::Result<()> {
    let parts = watched.app.parts();
    eprintln!("learning what is usual for {} s", WARM_UP.as_secs());
    timeout(PATIENCE, quiet(watched)).await.context("the databases did not become quiet")?;
    terminal::print(&format!("{}: {}\n", stall.name, stall.story))?;
    let began = parts.clock.now();
    watched.platform.begin(stall).await;
    let mut story = vec![(began, "the stall begins".to_owned())];
    let felt = timeout(LASTS_FOR, felt(watched)).await.is_ok();
    if felt {
        story.push((parts.clock.now(), "users wait for more than a second".to_owned()));
    }
    watched.platform.over().await?;
    let over = parts.clock.now();
    story.push((over, "the stall is over".to_owned()));
    let closed = timeout(PATIENCE, closed(&parts.store, began)).await.is_ok();
    let incidents = incidents(&parts.store, began).await?;
    for incident in &incidents {
        let entries = timeline(&parts.store, incident).await?;
        story.extend(entries.into_iter().filter(|(at, _)| *at >= began));
    }
    story.sort_by_key(|(at, _)| *at);
    terminal::print(&told(began, &story))?;
    ensure!(felt, "users felt nothing");
    judge(stall, &incidents, closed)
}

/// Waits until nothing is open and both databases have been quiet for long enough to know what is usual.
async fn quiet(watched: &Watched) {
    let parts = watched.app.parts();
    let mut since = Instant::now();
    while since.elapsed() < WARM_UP {
        let now = parts.clock.now();
        let databases = parts.site.live().databases();
        let quiet = databases.iter().all(|database| database.glance().condition(now) == Condition::Quiet);
        if !quiet || parts.store.open_incidents().await.is_ok_and(|open| !open.is_empty()) {
            since = Instant::now();
        }
        sleep(LOOK).await;
    }
}

async fn felt(watched: &Watched) {
    while watched.platform.felt().oldest < SLOW {
        sleep(LOOK).await;
    }
}

/// Waits until there is an incident, and all of them are over.
async fn closed(store: &Store, began: Timestamp) {
    loop {
        let found = incidents(store, began).await.unwrap_or_default();
        if !found.is_empty() && found.iter().all(|incident| !incident.is_open()) {
            return;
        }
        sleep(LOOK).await;
    }
}

/// Our own incidents of which anything was said since then: a busy machine may have stalled before.
async fn incidents(store: &Store, since: Timestamp) -> store::Result<Vec<Incident>> {
    let own = Filter { source: Some(Source::Environments), kind: Some(Kind::Incident), ..Filter::default() };
    let mut incidents = Vec::new();
    for row in store.list_incidents(&own, None, 10).await?.rows {
        if store.timeline(&row.id).await?.iter().any(|entry| entry.seen_at >= since) {
            incidents.push(store.load(&row.id).await?);
        }
    }
    Ok(incidents)
}

/// What its timeline says, an entry in a line.
async fn timeline(store: &Store, incident: &Incident) -> store::Result<Vec<(Timestamp, String)>> {
    let entries = store.timeline(&incident.id).await?;
    let line = |entry: domain::Entry| Some((entry.seen_at, line(&entry.event)?));
    Ok(entries.into_iter().filter_map(line).collect())
}

fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Opened { title, .. } => format!("incident: {title}"),
        Event::StateChanged { to, .. } => format!("state: {to:?}").to_lowercase(),
        Event::UpdatePosted { body, .. } => {
            format!("update: {}", terminal::plain(body.lines().next().unwrap_or_default()))
        }
        Event::ComponentChanged { name, to, .. } => format!("{name}: {}", to.label().to_lowercase()),
        Event::Judged(judgement) => format!(
            "judged ({}): {} ({}, {} % sure)",
            judgement.change.as_str(),
            judgement.sentence,
            judgement.cause.as_str(),
            judgement.confidence
        ),
        _ => return None,
    })
}

fn told(began: Timestamp, story: &[(Timestamp, String)]) -> String {
    let mut text = String::new();
    for (at, line) in story {
        let _ = writeln!(text, "{:7.1} s  {line}", at.duration_since(began).as_secs_f64());
    }
    text
}

/// One incident, where it belongs, closed, and with the right cause.
fn judge(stall: &Stall, incidents: &[Incident], closed: bool) -> anyhow::Result<()> {
    let [incident] = incidents else {
        anyhow::bail!("{} incidents were opened; one was right", incidents.len());
    };
    ensure!(incident.title.contains("PROD1"), "the incident does not name PROD1: `{}`", incident.title);
    ensure!(closed, "the incident was not closed");
    let watch = incident.watching.watches.first().context("no watch speaks in the incident")?;
    let named = watch.said.as_ref().map_or(watch.latest.cause, |said| said.judgement.cause);
    let right: Vec<&str> = stall.causes.iter().map(|cause| cause.as_str()).collect();
    ensure!(
        stall.causes.contains(&named),
        "the cause named last is `{}`; `{}` was right",
        named.as_str(),
        right.join("` or `")
    );
    Ok(())
}
