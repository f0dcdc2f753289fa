//! The query explorer: what queries cost over time, by shape, with filters, orders and the same hours a week before.

use crate::load::queries::{QueryLine, QueryQuestion, STEPS, Sort};
use crate::pages::{Frame, Section, Shell};
use crate::view::chart::{self, Values};
use crate::view::figure::Unit;
use crate::view::html::Html;
use crate::view::link;
use askama::Template;
use domain::Timestamp;
use domain::time::seconds_between;
use jiff::SignedDuration;

/// Longest search, in characters.
pub(crate) const MOST_WORDS: usize = 200;
/// Lines of the page; the rest is found by searching.
const MOST_ROWS: usize = 100;

/// A range of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Word in addresses.
    pub(crate) word: &'static str,
    /// What the link says.
    pub(crate) label: &'static str,
    /// Whole hours before this one.
    pub(crate) hours: i64,
}

/// The range where none is asked for.
pub(crate) const USUAL: Range = RANGES[1];

/// Every range, the shortest first.
pub(crate) const RANGES: [Range; 4] = [
    Range { word: "hour", label: "This hour", hours: 0 },
    Range { word: "day", label: "24 hours", hours: 24 },
    Range { word: "week", label: "7 days", hours: 7 * 24 },
    Range { word: "quarter", label: "90 days", hours: 90 * 24 },
];

impl Range {
    /// The range of that word.
    pub(crate) fn from_name(word: &str) -> Option<Self> {
        RANGES.into_iter().find(|range| range.word == word)
    }
}

/// What the page shows.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// Watched databases: identifier and name.
    pub(crate) databases: Vec<(String, String)>,
    /// The range.
    pub(crate) range: Range,
    /// What was asked.
    pub(crate) question: QueryQuestion,
    /// In the order that was asked for.
    pub(crate) lines: Vec<QueryLine>,
}

#[derive(Template)]
#[template(path = "pages/queries/all.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
    ranges: Vec<(&'static str, String, bool)>,
    sorts: Vec<(&'static str, &'static str, bool)>,
    rows: Vec<Row>,
    more: usize,
}

struct Row {
    id: String,
    database: String,
    namespace: String,
    shape: String,
    scans: bool,
    replanned: u64,
    time: String,
    spark: Html,
    growth: Option<(&'static str, String)>,
    facts: Vec<(&'static str, String)>,
    count: String,
    p50: String,
    p99: String,
    examined: String,
}

/// The whole document.
pub(crate) fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let ranges = RANGES.map(|range| (range.label, address(input, range), range == input.range));
    let sorts = Sort::ALL.map(|(sort, name, label)| (name, label, sort == input.question.sort));
    Page {
        frame: Frame::new(shell, Section::Console, "Queries").still(),
        input,
        ranges: ranges.into(),
        sorts: sorts.into(),
        rows: input.lines.iter().take(MOST_ROWS).map(|line| row(line, input, shell.now)).collect(),
        more: input.lines.len().saturating_sub(MOST_ROWS),
    }
    .render()
}

/// The same question over another range.
fn address(input: &Input, range: Range) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.append_pair("range", range.word);
    if let Some(database) = &input.question.database {
        pairs.append_pair("database", database);
    }
    if !input.question.words.is_empty() {
        pairs.append_pair("q", &input.question.words);
    }
    pairs.append_pair("sort", input.question.sort.as_str());
    format!("{}?{}", link::QUERIES, pairs.finish())
}

fn row(line: &QueryLine, input: &Input, now: Timestamp) -> Row {
    let (name, cost) = (&line.row.name, &line.row.cost);
    let finished = cost.durations.count() > 0;
    let took = |percent| if finished { millis(cost.durations.quantile(percent)) } else { "–".to_owned() };
    let title = input.databases.iter().find(|(slug, _)| *slug == line.row.database);
    let names = |names: &std::collections::BTreeMap<String, u64>| {
        names.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let facts = [
        ("Plans", names(&cost.plans)),
        ("Applications", names(&cost.apps)),
        ("Longest", if finished { millis(cost.durations.max()) } else { String::new() }),
        ("Documents examined", count(cost.docs_examined)),
        ("Keys examined", count(cost.keys_examined)),
        ("Returned", count(cost.returned)),
        ("Read into the cache", bytes(cost.bytes_read)),
        ("Seen in flight for", millis(i64::try_from(cost.active_us / 1_000).unwrap_or(i64::MAX))),
    ];
    let rest = name.namespace == store::queries::REST;
    Row {
        id: name.id(),
        database: title.map_or_else(|| line.row.database.clone(), |(_, title)| title.clone()),
        namespace: if rest { "Cheaper shapes together".to_owned() } else { name.namespace.clone() },
        shape: name.shape.clone(),
        scans: cost.scans_collection(),
        replanned: cost.replanned,
        time: millis(i64::try_from(line.row.time_ms()).unwrap_or(i64::MAX)),
        spark: spark(line, input, now),
        growth: growth(line),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty() && value != "0").collect(),
        count: if finished { count(cost.durations.count()) } else { "–".to_owned() },
        p50: took(50),
        p99: took(99),
        examined: cost.examined_each().map_or_else(|| "–".to_owned(), count),
    }
}

/// Time in each step, as a line.
fn spark(line: &QueryLine, input: &Input, now: Timestamp) -> Html {
    let window = input.question.window;
    let until = window.until.unwrap_or(now);
    let step_s = seconds_between(window.from, until) / i64::try_from(STEPS).unwrap_or(1);
    let at = |step: usize| {
        let seconds = step_s.saturating_mul(i64::try_from(step).unwrap_or(0));
        window.from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(until)
    };
    let ms = |step: usize| float(line.row.steps.get(&step).copied().unwrap_or(0));
    let values: Values = (0..STEPS).map(|step| (at(step), ms(step))).collect();
    chart::spark(&values, window, now)
}

/// How it differs from the same hours a week before: class and words.
fn growth(line: &QueryLine) -> Option<(&'static str, String)> {
    let (now, before) = (line.row.time_ms(), line.week_before_ms?);
    if before == 0 {
        return Some(("new", "new".to_owned()));
    }
    let times = float(now) / float(before);
    let (class, words) = match times {
        times if times >= 2.0 => ("more", format!("{times:.1} times")),
        times if times > 1.05 => ("more", format!("+{:.0} %", (times - 1.0) * 100.0)),
        times if times < 0.95 => ("less", format!("−{:.0} %", (1.0 - times) * 100.0)),
        _ => ("same", "as usual".to_owned()),
    };
    Some((class, words))
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn float(number: u64) -> f32 {
    number as f32
}

fn millis(millis: i64) -> String {
    Unit::Ms.write(float(millis.max(0).unsigned_abs()))
}

fn count(number: u64) -> String {
    Unit::Count.write(float(number))
}

fn bytes(number: u64) -> String {
    match number {
        0 => String::new(),
        number if number < 10_000_000 => format!("{} kB", Unit::Count.write(float(number / 1_000))),
        number => format!("{} MB", Unit::Count.write(float(number / 1_000_000))),
    }
}
