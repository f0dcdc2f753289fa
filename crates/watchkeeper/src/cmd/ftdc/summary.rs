//! `watchkeeper ftdc summary`: who wrote it, when, and what is in it.
//!
//! This module never shows a foreign text unfiltered: a name must not steer the terminal.

use super::source::{self, Found, Source, Span};
use crate::cmd::diagnostic_data::{self, NodeFiles};
use crate::cmd::terminal::{plain, second};
use crate::cmd::{Failure, terminal};
use anyhow::Context as _;
use diagnostics::overview;
use diagnostics::readings::{Gap, Met, Readings};
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// As many gaps and troubles are told; all are counted.
const MOST: usize = 20;

/// Tells which nodes wrote diagnostic data, over what time, and what its metrics hold
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  watchkeeper ftdc summary /var/lib/mongodb/diagnostic.data
  watchkeeper ftdc summary --metric '*opcounters*' --json metrics.2024-12-14T17-00-00Z-00000

Exit codes: 0 every file was read, 1 one could not be read, 2 the command line is wrong")]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Tell the least, mean, greatest and last value of these metrics; `*` stands for any text, `?` for a letter
    #[arg(long, value_name = "GLOB")]
    metric: Vec<String>,
    /// Print the result as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// What is told of a node.
struct Told {
    name: String,
    version: Option<String>,
    files: usize,
    chunks: u64,
    samples: u64,
    most_metrics: usize,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    gaps: Vec<Gap>,
    troubles: Vec<String>,
    metrics: BTreeMap<String, Figures>,
}

/// The values of a metric.
#[derive(Clone, Copy, Debug)]
struct Figures {
    count: u64,
    sum: i128,
    least: i64,
    greatest: i64,
    last: i64,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { source, metric, json } = self;
        let found = source.find()?;
        let told = tokio::task::spawn_blocking(move || {
            let bar = found.bar(2);
            let Found { nodes, span, .. } = &found;
            let told: anyhow::Result<Vec<Told>> =
                nodes.iter().map(|node| tell(node, *span, &metric, &bar)).collect();
            bar.finish_and_clear();
            told
        });
        let told = told.await.context("the reading broke off")??;
        if json {
            let nodes: Vec<Value> = told.iter().map(body).collect();
            return Ok(terminal::print_json(&json!({ "nodes": nodes }))?);
        }
        Ok(terminal::print(&told.iter().map(text).collect::<Vec<_>>().join("\n"))?)
    }
}

fn tell(node: &NodeFiles, span: Span, patterns: &[String], bar: &ProgressBar) -> anyhow::Result<Told> {
    let mut told = Told {
        name: node.place.clone(),
        version: None,
        files: node.files.len(),
        chunks: 0,
        samples: 0,
        most_metrics: 0,
        first_ms: None,
        last_ms: None,
        gaps: Vec::new(),
        troubles: Vec::new(),
        metrics: BTreeMap::new(),
    };
    source::chunks(node, bar, |met| {
        match met {
            Ok(chunk) => {
                let asked: Vec<bool> =
                    source::instants(chunk).iter().map(|at| told.meet(*at, span)).collect();
                told.chunks += u64::from(asked.contains(&true));
                told.most_metrics = told.most_metrics.max(chunk.schema().len());
                for (index, name) in chunk.names().enumerate() {
                    if !patterns.iter().any(|pattern| overview::fits(pattern, name)) {
                        continue;
                    }
                    let values = chunk.column(index).into_iter().flat_map(|column| column.iter());
                    for (value, _) in values.zip(&asked).filter(|(_, asked)| **asked) {
                        told.metrics.entry(name.to_owned()).or_insert_with(|| Figures::of(value)).add(value);
                    }
                }
            }
            Err(trouble) => told.troubles.push(trouble.to_string()),
        }
        Ok(())
    })?;
    let mut readings = Readings::new();
    for file in &node.files {
        readings.take_in(&diagnostic_data::read(file)?, |met| {
            if let Met::Gap(gap) = met
                && span.holds(gap.until.as_millisecond())
            {
                told.gaps.push(gap);
            }
        });
        bar.inc(crate::cmd::files::size(file));
    }
    told.version.clone_from(&readings.node().version);
    told.name = readings.node().address().unwrap_or(told.name);
    Ok(told)
}

impl Told {
    /// Counts a sample; whether it is asked for.
    fn meet(&mut self, at_ms: i64, span: Span) -> bool {
        // After a restart a server copies what `metrics.interim` held.
        let fresh = self.last_ms.is_none_or(|last| last < at_ms);
        if !span.holds(at_ms) || !fresh {
            return false;
        }
        self.samples += 1;
        self.first_ms.get_or_insert(at_ms);
        self.last_ms = Some(at_ms);
        true
    }
}

impl Figures {
    fn of(value: i64) -> Self {
        Self { count: 0, sum: 0, least: value, greatest: value, last: value }
    }

    fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum += i128::from(value);
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        self.last = value;
    }

    /// Rounded down.
    fn mean(&self) -> i64 {
        i64::try_from(self.sum.div_euclid(i128::from(self.count.max(1)))).unwrap_or(i64::MAX)
    }
}

fn instant(at_ms: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_millisecond(at_ms?).ok()
}

fn body(told: &Told) -> Value {
    let gap = |gap: &Gap| {
        json!({
            "from": gap.from.to_string(),
            "to": gap.until.to_string(),
            "seconds": gap.until.duration_since(gap.from).as_secs_f64(),
            "restarted": gap.restarted,
        })
    };
    let metric = |(name, figures): (&String, &Figures)| {
        json!({
            "metric": name,
            "samples": figures.count,
            "min": figures.least,
            "mean": figures.mean(),
            "max": figures.greatest,
            "last": figures.last,
        })
    };
    json!({
        "node": told.name,
        "version": told.version,
        "files": told.files,
        "chunks": told.chunks,
        "samples": told.samples,
        "metrics": told.most_metrics,
        "from": instant(told.first_ms).map(|at| at.to_string()),
        "to": instant(told.last_ms).map(|at| at.to_string()),
        "gaps": told.gaps.iter().map(gap).collect::<Vec<_>>(),
        "unread": told.troubles,
        "values": told.metrics.iter().map(metric).collect::<Vec<_>>(),
    })
}

fn text(told: &Told) -> String {
    let version = told.version.as_deref().map(|version| format!(", MongoDB {}", plain(version)));
    let span = match instant(told.first_ms).zip(instant(told.last_ms)) {
        Some((from, to)) => format!(", {} to {}", second(from), second(to)),
        None => String::new(),
    };
    let mut text = format!(
        "{}: {} samples of up to {} metrics in {} chunks of {} files{}{span}\n",
        plain(&told.name),
        told.samples,
        told.most_metrics,
        told.chunks,
        told.files,
        version.unwrap_or_default()
    );
    // Writing to a string cannot fail.
    for gap in told.gaps.iter().take(MOST) {
        let seconds = gap.until.duration_since(gap.from).as_secs_f64();
        let why = if gap.restarted { ", restarted" } else { "" };
        let _ = writeln!(text, "  nothing is known from {} on for {seconds:.1} s{why}", second(gap.from));
    }
    if told.gaps.len() > MOST {
        let _ = writeln!(text, "  … and {} more gaps; all are in the JSON", told.gaps.len() - MOST);
    }
    for trouble in told.troubles.iter().take(MOST) {
        let _ = writeln!(text, "  unread  {trouble}");
    }
    if told.troubles.len() > MOST {
        let _ = writeln!(text, "  … and {} more; all are in the JSON", told.troubles.len() - MOST);
    }
    for (name, figures) in &told.metrics {
        let (least, mean, greatest) = (figures.least, figures.mean(), figures.greatest);
        let _ =
            writeln!(text, "  {}: {least} to {greatest}, mean {mean}, last {}", plain(name), figures.last);
    }
    text
}
