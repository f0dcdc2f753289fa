//! Diagnostic data of nodes as lines of a recording.
//!
//! This module never holds more than one file of each node.

use crate::cmd::diagnostic_data::{self, NodeFiles};
use crate::cmd::files;
use crate::recording::Line;
use diagnostics::readings::{Gap, Met, Reading, Readings};
use domain::reads::{Answer, Look, Moment, Path, Role, Sample};
use indicatif::ProgressBar;
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// As many troubles are told; all are counted.
const MAX_TROUBLES: usize = 20;

/// What was found besides samples.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) gaps: Vec<(String, Gap)>,
    pub(super) troubles: Vec<String>,
    pub(super) untold: u64,
    names: BTreeSet<String>,
}

impl Found {
    /// Takes note of what could not be read.
    pub(super) fn trouble(&mut self, trouble: String) {
        if self.troubles.len() < MAX_TROUBLES {
            self.troubles.push(trouble);
        } else {
            self.untold += 1;
        }
    }

    /// A name that no other node has.
    fn name(&mut self, wanted: String) -> Arc<str> {
        let numbered = (2..).map(|number| format!("{wanted} #{number}"));
        let free = std::iter::once(wanted.clone()).chain(numbered).find(|name| !self.names.contains(name));
        let name = free.unwrap_or(wanted);
        self.names.insert(name.clone());
        name.into()
    }
}

/// The samples of one node.
pub(super) struct Node {
    place: String,
    files: VecDeque<PathBuf>,
    readings: Readings,
    ready: VecDeque<(Moment, Line)>,
    name: Option<Arc<str>>,
    /// From the node's own moments to those of all nodes, in microseconds.
    shift_us: i64,
    role: Option<Role>,
    found: Rc<RefCell<Found>>,
    bar: ProgressBar,
}

impl Node {
    /// The samples that are in these files.
    pub(super) fn new(node: NodeFiles, found: &Rc<RefCell<Found>>, bar: &ProgressBar) -> Self {
        Self {
            place: node.place,
            files: node.files.into(),
            readings: Readings::new(),
            ready: VecDeque::new(),
            name: None,
            shift_us: 0,
            role: None,
            found: Rc::clone(found),
            bar: bar.clone(),
        }
    }

    /// Reads until it is known which node this is.
    pub(super) fn meet(&mut self) -> Arc<str> {
        while self.ready.is_empty()
            && let Some(file) = self.files.pop_front()
        {
            self.read(&file);
        }
        self.name()
    }

    fn read(&mut self, file: &std::path::Path) {
        let bytes = match diagnostic_data::read(file) {
            Ok(bytes) => bytes,
            Err(error) => return self.found.borrow_mut().trouble(format!("{error:#}")),
        };
        let mut met = Vec::new();
        self.readings.take_in(&bytes, |one| met.push(one));
        for one in met {
            match one {
                Met::Reading(reading) => self.tell(reading),
                Met::Gap(gap) => {
                    let name = self.name().to_string();
                    self.found.borrow_mut().gaps.push((name, gap));
                }
                Met::Trouble(trouble) => {
                    self.found.borrow_mut().trouble(format!("{}: {trouble}", file.display()));
                }
            }
        }
        self.bar.inc(files::size(file));
    }

    fn name(&mut self) -> Arc<str> {
        let (readings, place, found) = (&self.readings, &self.place, &self.found);
        let wanted = || readings.node().address().unwrap_or_else(|| place.clone());
        Arc::clone(self.name.get_or_insert_with(|| found.borrow_mut().name(wanted())))
    }

    fn tell(&mut self, reading: Reading) {
        let node = self.name();
        if self.role.is_none() {
            self.shift_us = reading.at.as_microsecond() - reading.moment.0;
        }
        let began = reading.moment + self.shift_us;
        self.ready.push_back((began, Line::Wall(began, reading.at)));
        let mut look = |path, took_us, answer| {
            let look = Look::Answered(took_us, answer);
            let sample = Sample { node: Arc::clone(&node), path, began, look };
            self.ready.push_back((began, Line::Sample(sample)));
        };
        if self.role != Some(reading.role) {
            self.role = Some(reading.role);
            look(Path::Hello, 0, Answer::Role(reading.role));
        }
        look(Path::Counters, reading.took_us, Answer::Counters(reading.counters));
    }
}

impl Iterator for Node {
    type Item = (Moment, Line);

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let file = self.files.pop_front()?;
            self.read(&file);
        }
        self.ready.pop_front()
    }
}
