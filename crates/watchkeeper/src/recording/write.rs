//! Writing a recording: only ever appended to, and handed to the system once a second, so that what was seen
//! up to the last second survives a killed program.
//!
//! This module never writes over a recording.

use super::FILE;
use super::line::{Header, Line, render};
use anyhow::Context as _;
use domain::reads::{Look, Moment, Sample};
use jiff::Timestamp;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

/// A look that is on its way for longer gets a line before it ends, in microseconds.
const OVERDUE_US: i64 = 1_000_000;

/// A recording in the making.
pub struct Recorder {
    output: BufWriter<File>,
    under_way: HashMap<(Arc<str>, domain::reads::Path), UnderWay>,
}

struct UnderWay {
    began: Moment,
    told: bool,
}

impl Recorder {
    /// Begins one in a folder, which is made if it is not there.
    pub fn create(folder: &Path, header: &Header) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let path = folder.join(FILE);
        let opened = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = opened.with_context(|| format!("cannot begin `{}`", path.display()))?;
        let mut recorder = Self { output: BufWriter::new(file), under_way: HashMap::new() };
        recorder.write(&Line::Header(header.clone()))?;
        recorder.output.flush()?;
        Ok(recorder)
    }

    /// Takes note of a look.
    pub fn record(&mut self, sample: &Sample) -> std::io::Result<()> {
        let key = (Arc::clone(&sample.node), sample.path.clone());
        if sample.look == Look::Began {
            self.under_way.insert(key, UnderWay { began: sample.began, told: false });
            return Ok(());
        }
        if self.under_way.get(&key).is_some_and(|look| look.began == sample.began) {
            self.under_way.remove(&key);
        }
        self.write(&Line::Sample(sample.clone()))
    }

    /// Says what time it is at this moment and which looks are overdue, and hands all to the system. To be
    /// called once a second.
    pub fn tick(&mut self, now: Moment, wall: Timestamp) -> std::io::Result<()> {
        self.write(&Line::Wall(now, wall))?;
        self.tell_under_way(now, OVERDUE_US)?;
        self.output.flush()
    }

    /// Ends it: every look on its way is told.
    pub fn finish(mut self, now: Moment, wall: Timestamp) -> std::io::Result<()> {
        self.write(&Line::Wall(now, wall))?;
        self.tell_under_way(now, 0)?;
        self.output.flush()?;
        self.output.get_ref().sync_all()
    }

    fn tell_under_way(&mut self, now: Moment, for_us: i64) -> std::io::Result<()> {
        let mut lines = Vec::new();
        for ((node, path), look) in &mut self.under_way {
            if !look.told && now.since(look.began) >= for_us {
                look.told = true;
                let (node, path) = (Arc::clone(node), path.clone());
                lines.push(Sample { node, path, began: look.began, look: Look::Began });
            }
        }
        lines.sort_by(|a, b| (a.began, &a.node, &a.path).cmp(&(b.began, &b.node, &b.path)));
        lines.into_iter().try_for_each(|sample| self.write(&Line::Sample(sample)))
    }

    fn write(&mut self, line: &Line) -> std::io::Result<()> {
        let mut text = render(line);
        text.push('\n');
        self.output.write_all(text.as_bytes())
    }
}
