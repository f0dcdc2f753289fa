//! Reading series back, at any step.
//!
//! Never answers with more points than were asked for, and never waits on the runtime's threads while it
//! unpacks.

use super::block::{Block, Column};
use super::{MINUTES, Resolution, SECONDS};
use crate::Store;
use crate::columns::{Columns, clean, instant, micros};
use crate::error::{Error, Result};
use domain::Timestamp;
use domain::reads::Series;
use domain::time::Window;
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// One series of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which.
    pub series: Series,
    /// Oldest first; a step in which nothing was seen has no point.
    pub points: Vec<Point>,
}

/// One step of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Beginning of the step.
    pub at: Timestamp,
    /// Least value.
    pub least: f32,
    /// Mean value.
    pub mean: f32,
    /// Greatest value.
    pub greatest: f32,
}

const BLOCKS: &str = "\
SELECT from_at, block FROM reading WHERE database = $1 AND node = $2 AND step_us = $3 AND from_at >= $4 \
AND from_at < $5 ORDER BY from_at";

/// A point while it is made.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: f64,
    total: f64,
    least: f32,
    greatest: f32,
}

impl Sum {
    fn add(&mut self, least: f32, mean: f32, greatest: f32) {
        self.least = if self.count > 0.0 { self.least.min(least) } else { least };
        self.greatest = if self.count > 0.0 { self.greatest.max(greatest) } else { greatest };
        self.count += 1.0;
        self.total += f64::from(mean);
    }

    #[expect(clippy::cast_possible_truncation, reason = "a mean of numbers of that type")]
    fn point(self, at: Timestamp) -> Point {
        let Self { count, total, least, greatest } = self;
        Point { at, least, mean: (total / count) as f32, greatest }
    }
}

/// What is asked of the readings of a node.
#[derive(Clone, Debug)]
struct Question {
    series: Vec<Series>,
    from_us: i64,
    until_us: i64,
    step_us: i64,
}

type Sums = BTreeMap<(usize, i64), Sum>;

impl Store {
    /// Series of a node in a window, one point per step. Below a minute a step is made of seconds, as far as
    /// they are kept; from a minute on of minutes, and of seconds where those are not minutes yet.
    pub async fn readings(
        &self,
        database: &str,
        node: &str,
        series: &[Series],
        window: Window,
        step: SignedDuration,
    ) -> Result<Vec<Line>> {
        let step_us = i64::try_from(step.as_micros()).unwrap_or(i64::MAX).max(SECONDS.step_us);
        let until_us = window.until.map_or(i64::MAX, micros);
        let question = Question { series: series.to_vec(), from_us: micros(window.from), until_us, step_us };
        let place = (clean(database), clean(node));
        let mut blocks = Vec::new();
        if step_us >= MINUTES.step_us {
            blocks = self.blocks(&place, MINUTES, question.from_us, until_us).await?;
        }
        // A block of seconds counts where its minutes are not there.
        let seconds = self.blocks(&place, SECONDS, question.from_us, until_us).await?;
        let task = tokio::task::spawn_blocking(move || gather(&question, &blocks, &seconds));
        task.await.map_err(|error| Error::Unavailable(format!("reading was stopped: {error}")))?
    }

    async fn blocks(
        &self,
        (database, node): &(String, String),
        resolution: Resolution,
        from_us: i64,
        until_us: i64,
    ) -> Result<Vec<(i64, Vec<u8>)>> {
        let find = sqlx::query(BLOCKS)
            .bind(database.as_str())
            .bind(node.as_str())
            .bind(resolution.step_us)
            .bind(resolution.block_of(from_us))
            .bind(until_us);
        let rows = find.fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok((row.number("from_at")?, row.column("block")?))).collect()
    }
}

fn gather(question: &Question, minutes: &[(i64, Vec<u8>)], seconds: &[(i64, Vec<u8>)]) -> Result<Vec<Line>> {
    let wanted = |column: Column| {
        let is = |series: &Series| {
            [Column::mean(*series), Column::least(*series), Column::greatest(*series)].contains(&column)
        };
        question.series.iter().any(is)
    };
    let mut sums = Sums::new();
    let mut covered_until = i64::MIN;
    for (from_us, bytes) in minutes {
        let block = Block::unpack(bytes, wanted)?;
        covered_until = covered_until.max(take(question, &mut sums, MINUTES, *from_us, &block));
    }
    for (from_us, bytes) in seconds {
        if *from_us < covered_until {
            continue;
        }
        take(question, &mut sums, SECONDS, *from_us, &Block::unpack(bytes, wanted)?);
    }
    question.series.iter().enumerate().map(|(index, series)| line(&sums, index, *series)).collect()
}

/// Takes the values of a block; returns the end of the last step that had any.
fn take(question: &Question, sums: &mut Sums, resolution: Resolution, from_us: i64, block: &Block) -> i64 {
    let mut end = i64::MIN;
    let mut at_us = from_us;
    for slot in 0..block.slots() {
        let next_us = at_us + resolution.step_us;
        for (index, series) in question.series.iter().enumerate() {
            let Some(mean) = block.get(Column::mean(*series), slot) else { continue };
            end = next_us;
            if next_us <= question.from_us || at_us >= question.until_us {
                continue;
            }
            let least = block.get(Column::least(*series), slot).unwrap_or(mean);
            let greatest = block.get(Column::greatest(*series), slot).unwrap_or(mean);
            let step = at_us - at_us.rem_euclid(question.step_us);
            sums.entry((index, step)).or_default().add(least, mean, greatest);
        }
        at_us = next_us;
    }
    end
}

fn line(sums: &Sums, index: usize, series: Series) -> Result<Line> {
    let points = sums.range((index, i64::MIN)..=(index, i64::MAX));
    let points = points.map(|((_, at_us), sum)| Ok(sum.point(instant(*at_us)?)));
    Ok(Line { series, points: points.collect::<Result<_>>()? })
}
