//! One watched database: what stands, what is in flight, charts of its nodes with the incidents drawn over
//! them, and which collections the reads are spent on.

use crate::live::{Portrait, Standing};
use crate::pages::{Frame, Section, Shell};
use crate::view::chart::{Band, CHARTS, ChartView, Values};
use crate::view::clock;
use crate::view::figure::Unit;
use crate::view::heat::HeatView;
use crate::view::html::Html;
use crate::view::link;
use crate::view::sign::Sign;
use askama::Template;
use domain::reads::Group;
use domain::time::Window;
use domain::{IncidentId, Timestamp};
use store::HeatRow;

/// What the looks along the application's way are called where nodes are named.
const APP: &str = "app";
/// Operations listed at most.
const MOST_GROUPS: usize = 30;

/// A range of time that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Word in addresses.
    pub word: &'static str,
    /// Words for people.
    pub label: &'static str,
    /// How far it reaches back, in seconds.
    pub length_s: i64,
    /// Length of a step, in seconds.
    pub step_s: i64,
    /// What a step is called.
    pub step: &'static str,
}

/// The ranges; the first is drawn from memory and lives.
pub const RANGES: [Range; 5] = [
    Range { word: "10m", label: "10 minutes", length_s: 600, step_s: 1, step: "second" },
    Range { word: "1h", label: "1 hour", length_s: 3_600, step_s: 12, step: "12 seconds" },
    Range { word: "6h", label: "6 hours", length_s: 21_600, step_s: 60, step: "minute" },
    Range { word: "1d", label: "1 day", length_s: 86_400, step_s: 300, step: "5 minutes" },
    Range { word: "90d", label: "90 days", length_s: 90 * 86_400, step_s: 21_600, step: "6 hours" },
];

impl Range {
    /// The range of that word.
    pub fn parse(word: &str) -> Option<Self> {
        RANGES.into_iter().find(|range| range.word == word)
    }

    /// Whether it is drawn anew every second.
    pub fn is_live(self) -> bool {
        self.step_s == 1
    }
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// What is known now.
    pub portrait: Portrait,
    /// The chosen range.
    pub range: Range,
    /// The node that was asked for, if one was.
    pub node: Option<String>,
    /// Names of all nodes.
    pub nodes: Vec<String>,
    /// Of each node that is drawn: its name, and the values of each line of each chart.
    pub drawn: Vec<(String, Vec<Vec<Values>>)>,
    /// Incidents in the range: identifier, title, when.
    pub incidents: Vec<(IncidentId, String, Window)>,
    /// Read times by namespace.
    pub heat: Vec<HeatRow>,
    /// Length of a step of the read times, in seconds.
    pub heat_step_s: i64,
    /// Whether the database of this program could not be read, so that only what is in memory is shown.
    pub without_store: bool,
}

#[derive(Template)]
#[template(path = "pages/reads/one.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
    name: String,
    sign: Sign,
    standing: Option<StandingView>,
    ranges: Vec<(Range, String, bool)>,
    nodes: Vec<NodeView>,
    others: Vec<(String, String)>,
    incidents: Vec<(String, String, Html, Option<Html>)>,
    heat: HeatView,
    groups: Vec<GroupView>,
    fsync_locked: bool,
    edges: [Html; 2],
}

struct StandingView {
    tone: &'static str,
    title: String,
    sentence: String,
    began: Html,
    evidence: Vec<String>,
    confidence: u8,
    culprit: Option<String>,
    incident: Option<String>,
}

struct NodeView {
    number: usize,
    name: String,
    title: String,
    role: &'static str,
    heard: Option<Html>,
    failure: Option<(Html, String)>,
    charts: Vec<ChartView>,
}

struct GroupView {
    node: String,
    namespace: String,
    operation: String,
    app: String,
    plan: String,
    count: u32,
    waiting: u32,
    oldest: String,
    message: String,
    blocks: Option<String>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let now = shell.now;
    let window = input.window(now);
    let bands = input.bands();
    let name = input.portrait.watched.name.to_string();
    let address = link::reads_of(&input.portrait.watched.name);
    let node_part = input.node.as_ref().map(|node| format!("&node={}", encode(node))).unwrap_or_default();
    let ranges = RANGES
        .map(|range| (range, format!("{address}?range={}{node_part}", range.word), range == input.range));
    let is_drawn = |node: &&String| !input.drawn.iter().any(|(drawn, _)| drawn == *node);
    let others = input.nodes.iter().filter(is_drawn);
    let page = Page {
        frame: Frame::new(shell, Section::Console, format!("Reads of {}", input.portrait.watched.title))
            .still(),
        input,
        name,
        sign: super::sign(input.portrait.condition(now)),
        standing: input.portrait.standing.as_ref().map(StandingView::new),
        ranges: ranges.into(),
        nodes: input.nodes(window, &bands, now),
        others: others
            .map(|node| (node.clone(), format!("{address}?range={}&node={}", input.range.word, encode(node))))
            .collect(),
        incidents: input.incidents.iter().map(incident).collect(),
        heat: HeatView::new(&input.heat, window, input.heat_step_s, now),
        groups: groups(&input.portrait),
        fsync_locked: in_flight(&input.portrait).any(|(_, found)| found.fsync_locked),
        edges: [window.from, now]
            .map(|at| if input.range.length_s > 86_400 { clock::short(at) } else { clock::of_day(at) }),
    };
    page.render()
}

impl Input {
    fn window(&self, now: Timestamp) -> Window {
        let length = jiff::SignedDuration::from_secs(self.range.length_s);
        Window { from: now.saturating_sub(length).unwrap_or(now), until: Some(now) }
    }

    fn bands(&self) -> Vec<Band> {
        let of_incident = |(id, _, window): &(IncidentId, String, Window)| Band {
            window: *window,
            tone: "mo",
            href: Some(link::incident(id)),
        };
        let mut bands: Vec<Band> = self.incidents.iter().map(of_incident).collect();
        if let Some(Standing { verdict, incident: None }) = &self.portrait.standing {
            bands.push(Band { window: Window::open(verdict.began_at), tone: "dg", href: None });
        }
        bands
    }

    fn nodes(&self, window: Window, bands: &[Band], now: Timestamp) -> Vec<NodeView> {
        let node = |(number, (name, values)): (usize, &(String, Vec<Vec<Values>>))| {
            let known = self.portrait.nodes.iter().find(|(known, _)| **known == **name).map(|(_, node)| node);
            let chart = |(spec, values): (&'static crate::view::chart::ChartSpec, &Vec<Values>)| {
                spec.draw(format!("n{number}-{}", spec.name), values, window, bands, now)
            };
            let failure = known.and_then(|node| node.last_failure.as_ref());
            NodeView {
                number,
                name: name.clone(),
                title: if name == APP { "The application’s way".to_owned() } else { name.clone() },
                role: known.and_then(|node| node.role).map_or("", domain::reads::Role::as_str),
                heard: known.and_then(|node| node.latest()).map(|(at, _)| clock::ago(*at, now)),
                failure: failure.map(|(at, path, why)| (clock::ago(*at, now), format!("{path}: {why}"))),
                charts: CHARTS.iter().zip(values).filter(|(_, lines)| has_any(lines)).map(chart).collect(),
            }
        };
        self.drawn.iter().enumerate().map(node).collect()
    }
}

impl StandingView {
    fn new(standing: &Standing) -> Self {
        let verdict = &standing.verdict;
        let stall = verdict.severity == domain::detect::Severity::Stall;
        let culprit = verdict.culprit.as_ref().map(|culprit| {
            let operation = operation(&culprit.command, &culprit.shape);
            let words = [&*culprit.namespace, &*operation, &*culprit.message];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        let words = verdict.cause.words();
        let mut title = words.get(..1).unwrap_or_default().to_uppercase();
        title.push_str(words.get(1..).unwrap_or_default());
        Self {
            tone: if stall { "mo" } else { "dg" },
            title,
            sentence: verdict.sentence.clone(),
            began: clock::full(verdict.began_at),
            evidence: verdict.evidence.iter().map(|it| format!("{}: {}", it.node, it.text)).collect(),
            confidence: verdict.confidence,
            culprit,
            incident: standing.incident.as_ref().map(link::incident),
        }
    }
}

fn incident((id, title, window): &(IncidentId, String, Window)) -> (String, String, Html, Option<Html>) {
    (link::incident(id), title.clone(), clock::short(window.from), window.until.map(clock::short))
}

fn in_flight(portrait: &Portrait) -> impl Iterator<Item = (&str, &domain::reads::InFlight)> {
    portrait.nodes.iter().filter_map(|(name, node)| Some((&**name, &node.in_flight.as_ref()?.1)))
}

/// Operations of all nodes: those who block first, then by the time they take together.
fn groups(portrait: &Portrait) -> Vec<GroupView> {
    let mut groups: Vec<(&str, &Group)> = in_flight(portrait)
        .flat_map(|(node, found)| found.groups.iter().map(move |group| (node, group)))
        .filter(|(_, group)| !group.tailing)
        .collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse((group.exclusive_us, group.total_us, group.oldest_us)));
    groups.into_iter().take(MOST_GROUPS).map(|(node, group)| GroupView::new(node, group)).collect()
}

impl GroupView {
    fn new(node: &str, group: &Group) -> Self {
        Self {
            node: node.to_owned(),
            namespace: group.namespace.to_string(),
            operation: operation(&group.command, &group.shape),
            app: if group.internal { "(the server)".to_owned() } else { group.app.to_string() },
            plan: group.plan.to_string(),
            count: group.count,
            waiting: group.waiting,
            oldest: age(group.oldest_us),
            message: group.message.to_string(),
            blocks: (group.exclusive_us > 0).then(|| age(group.exclusive_us)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn age(micros: i64) -> String {
    Unit::Ms.write(micros as f32 / 1_000.0)
}

/// A chart of which nothing was seen is left out: the application's way has one line only.
fn has_any(lines: &[Values]) -> bool {
    lines.iter().any(|values| !values.is_empty())
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A shape names its command first, unless there is none of it.
fn operation(command: &str, shape: &str) -> String {
    if shape.starts_with(command) { shape.to_owned() } else { format!("{command} {shape}").trim().to_owned() }
}
