//! `watchkeeper ftdc chart`: the charts that people look at first, with the stalls shaded.
//!
//! This module never judges: the detector that serves says what was a stall.

use super::source::{self, Found, Source};
use crate::cmd::reads::{self, Stall};
use crate::cmd::terminal::second;
use crate::cmd::{Failure, terminal};
use anyhow::Context as _;
use diagnostics::overview::{Overview, Unit};
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use web::report::{Cell, Chart, Drawing, Line, Report, Span, Table};
use web::view::figure;

/// Draws operations, latency, queues, tickets, cache, checkpoints and more, with the stalls shaded
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The result is one HTML file, which needs no other. Shaded is what `watchkeeper reads replay` calls a stall.

Examples:
  watchkeeper ftdc chart --output stall.html /var/lib/mongodb/diagnostic.data
  watchkeeper ftdc chart --from 2024-12-14T17:00:00Z --to 2024-12-14T18:30:00Z --output all.html node1 node2

Exit codes: 0 every file was read, 1 one could not be read, 2 the command line is wrong")]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// The file to write; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { source, output } = self;
        let found = source.find()?;
        let html = tokio::task::spawn_blocking(move || draw(&found));
        let html = html.await.context("the drawing broke off")??;
        Ok(terminal::write(&output, &html)?)
    }
}

fn draw(found: &Found) -> anyhow::Result<String> {
    let bar = found.bar(1);
    let mut report = Report { title: "What diagnostic data tells".to_owned(), ..Report::default() };
    let stalls = reads::stalls(&found.paths)?;
    for node in &found.nodes {
        let mut overview = Overview::default();
        source::chunks(node, &bar, |met| {
            if let Ok(chunk) = met {
                overview.take_in(chunk, |at_ms| found.span.holds(at_ms));
            }
            Ok(())
        })?;
        let charts = overview.charts();
        let instants = || charts.iter().flat_map(|(_, lines)| lines).flatten().map(|(at, _)| *at);
        let Some((from, last)) = instants().min().zip(instants().max()) else {
            report.facts.push(format!("{}: no sample in that time", node.place));
            continue;
        };
        let until = last.max(from + SignedDuration::from_secs(1));
        report.facts.push(format!("{}: {} to {}", node.place, second(from), second(last)));
        let span = Span { from, until, shaded: shaded(&stalls, from, until) };
        for (chart, lines) in charts {
            let several = found.nodes.len() > 1;
            let named = chart.lines.iter().zip(lines).filter(|(_, values)| !values.is_empty());
            let line = |((label, _), values): (&(&str, _), Vec<(Timestamp, f64)>)| Line {
                label: (*label).to_owned(),
                values: values.into_iter().map(|(at, value)| (at, small(value))).collect(),
            };
            report.charts.push(Chart {
                title: if several {
                    format!("{} of {}", chart.title, node.place)
                } else {
                    chart.title.to_owned()
                },
                unit: unit(chart.unit),
                logarithmic: chart.logarithmic,
                drawing: Drawing::Lines(named.map(line).collect(), span.clone()),
            });
        }
    }
    bar.finish_and_clear();
    report.tables.push(table(&stalls));
    Ok(report.render()?)
}

fn shaded(stalls: &[Stall], from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp, bool)> {
    let within = stalls.iter().map(|stall| (stall.began_at, stall.ended_at.unwrap_or(until), stall.severe));
    within.filter(|(began, ended, _)| *began < until && *ended > from).collect()
}

fn table(stalls: &[Stall]) -> Table {
    let words = |words: String| Cell { words, order: None };
    let row = |stall: &Stall| {
        let ended = stall.ended_at.map_or_else(|| "goes on".to_owned(), second);
        let kind = if stall.severe { "stall" } else { "warning" };
        let began = Cell { words: second(stall.began_at), order: Some(stall.began_at.as_millisecond()) };
        vec![began, words(ended), words(kind.to_owned()), words(stall.sentence.clone())]
    };
    Table {
        title: "Stalls and warnings".to_owned(),
        none: "Reads never stalled.".to_owned(),
        columns: ["Began", "Ended", "Kind", "What is said of it"]
            .map(|title| (title.to_owned(), false))
            .to_vec(),
        rows: stalls.iter().map(row).collect(),
        left_out: 0,
    }
}

fn unit(unit: Unit) -> figure::Unit {
    match unit {
        Unit::Count => figure::Unit::Count,
        Unit::PerSecond => figure::Unit::PerS,
        Unit::Millis => figure::Unit::Ms,
        Unit::Percent => figure::Unit::Percent,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a pixel is wider")]
fn small(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_charts_of_a_node_and_names_no_other_file() {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../diagnostics/fixtures/ftdc/4.0.10-linux-initiate");
        let source = Source::of(vec![folder.into()], None, None);
        let html = draw(&source.find().unwrap_or_else(|_| panic!("found"))).expect("drawn");
        for title in [
            "Operations",
            "Mean latency",
            "Tickets in use",
            "Cache",
            "Last checkpoint",
            "Connections",
            "Processors",
        ] {
            assert!(html.contains(&format!(">{title}</h2>")), "{title}");
        }
        assert!(
            html.contains("reads were under strain")
                && html.contains("class=\"band dg\"")
                && !html.contains("src=")
        );
    }
}
