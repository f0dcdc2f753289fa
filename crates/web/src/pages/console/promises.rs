//! The ledger of promises: what is due when, and how often we kept our word, week by week.

use crate::pages::{Frame, Section, Shell};
use crate::view::clock;
use crate::view::html::Html;
use askama::Template;
use domain::Timestamp;

/// Height of the chart, in its own units.
const HEIGHT: usize = 60;
/// From one bar to the next.
const STEP: usize = 24;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// Promises that bind now, the most urgent first.
    pub pending: Vec<Pending>,
    /// Days back, and of those that came due in that time how many were kept: kept, and all.
    pub kept: [(i64, (usize, usize)); 2],
    /// The same week by week, the oldest first: when it began, kept, and all.
    pub weeks: Vec<(Timestamp, usize, usize)>,
}

/// A promise that binds.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Title of the incident.
    pub title: String,
    /// Name of its environment.
    pub source: String,
    /// Where it is managed.
    pub href: String,
    /// By when the next update was promised.
    pub due_at: Timestamp,
}

#[derive(Template)]
#[template(path = "pages/console/promises.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input,
    /// Each with when it is due, and whether it is late.
    pending: Vec<(&'a Pending, Html, bool)>,
    bars: Vec<Bar>,
    width: usize,
}

/// One week of the chart.
struct Bar {
    x: usize,
    kept: usize,
    broken: usize,
    kept_y: usize,
    kept_height: usize,
    broken_y: usize,
    broken_height: usize,
    day: String,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let pending = input.pending.iter();
    let most = input.weeks.iter().map(|(_, _, all)| *all).max().unwrap_or(0).max(1);
    Page {
        frame: Frame::new(shell, Section::Console, "Promises").still(),
        input,
        pending: pending
            .map(|one| (one, clock::ago(one.due_at, shell.now), one.due_at < shell.now))
            .collect(),
        bars: input.weeks.iter().enumerate().map(|(place, week)| bar(place, *week, most)).collect(),
        width: STEP * input.weeks.len().max(1),
    }
    .render()
}

fn bar(place: usize, (from, kept, all): (Timestamp, usize, usize), most: usize) -> Bar {
    let height = |count: usize| HEIGHT * count / most;
    let (kept_height, broken) = (height(kept), all - kept);
    let broken_height = height(all) - kept_height;
    Bar {
        x: STEP * place,
        kept,
        broken,
        kept_y: HEIGHT - kept_height,
        kept_height,
        broken_y: HEIGHT - kept_height - broken_height,
        broken_height,
        day: clock::write(from, "%-d %b"),
    }
}
