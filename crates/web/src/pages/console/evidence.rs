//! The evidence of an incident: charts of what was measured with the stall shaded, who caused it and who waited,
//! and the locks as a tree.

use crate::pages::{Frame, Section, Shell};
use crate::view::chart::{Band, CHARTS, ChartView, Values};
use crate::view::clock;
use crate::view::html::Html;
use crate::view::link;
use crate::view::words;
use askama::Template;
use domain::detect::Contributor;
use domain::detect::contributors::{Kind, Part};
use domain::incident::Watch;
use domain::time::Window;
use domain::{Entry, Event, Incident, Judgement, Slug, Timestamp};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Everything that was said and seen of it, oldest first.
    pub timeline: &'a [Entry],
    /// What the worst node of each watched database measured; a database of which nothing can be read is absent.
    pub measured: Vec<Measured>,
}

/// What one node measured around an incident.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which database.
    pub database: Slug,
    /// Its worst node.
    pub node: String,
    /// Which stretch is drawn.
    pub window: Window,
    /// Values of the charts, in their order.
    pub values: Vec<Vec<Values>>,
}

#[derive(Template)]
#[template(path = "pages/console/evidence.html")]
struct Page<'a> {
    frame: Frame<'a>,
    title: &'a str,
    manage: String,
    watches: Vec<WatchPart>,
}

struct WatchPart {
    number: usize,
    name: String,
    database: Slug,
    sentence: String,
    /// What was said when those who have a part were named, where something else was said since.
    blamed: Option<String>,
    parts: Vec<PartRow>,
    tree: Option<Lock>,
    node: String,
    edges: Option<[Html; 2]>,
    charts: Vec<ChartView>,
}

struct PartRow {
    part: &'static str,
    words: &'static str,
    what: String,
    shape: String,
    sentence: String,
    share: Option<(u8, &'static str)>,
    count: String,
    oldest: String,
    plan: String,
}

/// Who holds a lock, and who waits for it.
struct Lock {
    holder: String,
    held: String,
    waiters: Vec<String>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let incident = input.incident;
    let watches = incident.watching.watches.iter().enumerate();
    Page {
        frame: Frame::new(shell, Section::Console, format!("Evidence: {}", incident.title)).still(),
        title: &incident.title,
        manage: link::manage(&incident.id),
        watches: watches.map(|(number, watch)| input.watch(number, watch, shell.now)).collect(),
    }
    .render()
}

impl Input<'_> {
    fn watch(&self, number: usize, watch: &Watch, now: Timestamp) -> WatchPart {
        let latest = &watch.latest;
        let named = self.last_named(watch);
        let measured = self.measured.iter().find(|measured| measured.database == watch.database);
        let charts = |measured: &Measured| -> Vec<ChartView> {
            let bands: Vec<Band> =
                watch.stalls.iter().map(|window| Band { window: *window, tone: "mo", href: None }).collect();
            let drawn = CHARTS.iter().zip(&measured.values);
            let drawn = drawn.filter(|(_, values)| values.iter().any(|values| !values.is_empty()));
            drawn
                .map(|(spec, values)| {
                    spec.draw(format!("w{number}-{}", spec.name), values, measured.window, &bands, now)
                })
                .collect()
        };
        WatchPart {
            number,
            name: latest.name.clone(),
            database: watch.database.clone(),
            sentence: latest.sentence.clone(),
            parts: named.contributors.iter().map(row).collect(),
            tree: lock(&named.contributors),
            blamed: (named.sentence != latest.sentence).then(|| named.sentence.clone()),
            node: measured.map(|measured| measured.node.clone()).unwrap_or_default(),
            edges: measured.map(|measured| {
                [measured.window.from, measured.window.until.unwrap_or(now)].map(clock::of_day)
            }),
            charts: measured.map(charts).unwrap_or_default(),
        }
    }
}

impl Input<'_> {
    /// The last judgement of a database that names anybody: a server that is gone has no operations.
    fn last_named<'a>(&'a self, watch: &'a Watch) -> &'a Judgement {
        let own = self.timeline.iter().rev().filter_map(|entry| match &entry.event {
            Event::Judged(judgement) if judgement.database == watch.database => Some(&**judgement),
            _ => None,
        });
        std::iter::once(&watch.latest)
            .chain(own)
            .find(|one| !one.contributors.is_empty())
            .unwrap_or(&watch.latest)
    }
}

fn row(one: &Contributor) -> PartRow {
    PartRow {
        part: one.part.as_str(),
        words: match one.part {
            Part::Cause => "causes it",
            Part::Victim => "waits",
            Part::Bystander => "is there",
        },
        what: what(one),
        shape: one.shape.to_string(),
        sentence: one.sentence.clone(),
        share: one.shares.foremost(),
        count: if one.count == 0 { "–".to_owned() } else { one.count.to_string() },
        oldest: if one.count == 0 { "–".to_owned() } else { words::seconds(one.oldest_us) },
        plan: one.plan.to_string(),
    }
}

/// What it is, in few words.
fn what(one: &Contributor) -> String {
    let on = if one.namespace.is_empty() { String::new() } else { format!(" on {}", one.namespace) };
    match one.kind {
        Kind::IndexBuild => format!("Index build{on}"),
        Kind::Checkpoint => "Checkpoint".to_owned(),
        Kind::Eviction => "Eviction by clients".to_owned(),
        Kind::FsyncLock => "fsyncLock".to_owned(),
        Kind::Election => "Election".to_owned(),
        Kind::Connections => "Connections".to_owned(),
        Kind::Storage => "The disk".to_owned(),
        Kind::Shape | Kind::Maintenance | Kind::Drop => format!("{}{on}", one.command),
    }
}

/// Who waits for whom, where somebody holds a lock and others wait.
fn lock(contributors: &[Contributor]) -> Option<Lock> {
    let holds =
        |one: &&Contributor| one.part == Part::Cause && one.shares.lock.is_some_and(|share| share > 0);
    let holder = contributors.iter().find(holds)?;
    let waiters = contributors.iter().filter(|one| one.waiting > 0);
    let waiter = |one: &Contributor| {
        let by = if one.app.is_empty() { String::new() } else { format!(" by {}", one.app) };
        format!("{} {}{by}, the oldest for {}", one.waiting, what(one), words::seconds(one.oldest_us))
    };
    let waiters: Vec<String> = waiters.map(waiter).collect();
    let held = if holder.count == 0 { String::new() } else { words::seconds(holder.oldest_us) };
    (!waiters.is_empty()).then(|| Lock { holder: what(holder), held, waiters })
}
