//! What a log or a profile amounts to: its slow operations by shape, and everything else worth a person's time.
//!
//! An [`Analysis`] takes lines in, one part of a log after another, and parts are merged in their order, so that
//! what is found does not depend on how many threads read. Its size is bounded by the number of shapes, never by the
//! length of the log. It never reads a file.
//!
//! A new section is one file with one [`Section`], and one line in `Sections`.

mod clients;
mod connections;
mod counts;
mod elections;
mod errors;
mod index_builds;
mod list;
mod messages;
mod restarts;
mod shapes;
mod stalls;
mod steps;
mod table;
mod timeline;
mod warnings;

use clients::Clients;

pub use domain::durations::Durations;
pub use shapes::{Plan, ShapeRow, Shapes};
pub use table::{Cell, Column, Heading, Table, Unit};

use crate::log::{self, Event, Line};
use crate::profile::Form;
use jiff::Timestamp;
use std::borrow::Cow;

/// The span that is looked at; a side that is absent is open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// Lines before this are left out.
    pub from: Option<Timestamp>,
    /// Lines from this on are left out.
    pub to: Option<Timestamp>,
}

impl Span {
    fn holds(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Up to 4.2.
    Text,
    /// From 4.4 on.
    Json,
    /// No log, but operations that were profiled.
    Profile(Form),
}

/// What was counted in a file.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Version of the server that it last told.
    pub version: Option<String>,
    /// How its first line is written.
    pub format: Option<Format>,
    /// Lines that are not empty.
    pub lines: u64,
    /// Slow operations.
    pub slow: u64,
    /// Slow operations of which too little is left to count them.
    pub unparsed: u64,
    /// Lines without a time: what another program wrote, and what was cut.
    pub foreign: u64,
    /// The earliest time.
    pub from: Option<Timestamp>,
    /// The latest time.
    pub to: Option<Timestamp>,
}

impl Tally {
    fn merge(&mut self, later: Self) {
        self.version = later.version.or_else(|| self.version.take());
        self.format = self.format.or(later.format);
        self.lines += later.lines;
        self.slow += later.slow;
        self.unparsed += later.unparsed;
        self.foreign += later.foreign;
        self.from = [self.from, later.from].into_iter().flatten().min();
        self.to = self.to.max(later.to);
    }
}

/// One part of the report: lines in, a table out.
pub trait Section: Default {
    /// Takes in a line that has a time.
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>);

    /// Takes in what was made of the part that follows.
    fn merge(&mut self, later: Self);

    /// The table, of at most so many rows.
    fn table(&self, rows: usize) -> Table;
}

/// Every section, in the order of the report.
#[derive(Default)]
struct Sections {
    restarts: restarts::Restarts,
    elections: elections::Elections,
    errors: errors::Errors,
    warnings: warnings::Warnings,
    stalls: stalls::Stalls,
    index_builds: index_builds::IndexBuilds,
    connections: connections::Connections,
    timeline: timeline::Timeline,
}

/// What a log amounts to.
#[derive(Default)]
pub struct Analysis {
    /// What was counted.
    pub tally: Tally,
    /// Slow operations by shape.
    pub shapes: Shapes,
    clients: Clients,
    sections: Sections,
}

impl Analysis {
    /// Takes in lines of a log. `not_after` is explained at [`log::lines`].
    pub fn take_in(&mut self, bytes: &[u8], not_after: Timestamp, span: Span) {
        if self.tally.format.is_none() {
            let is_json = bytes.trim_ascii_start().first() == Some(&b'{');
            self.tally.format = Some(if is_json { Format::Json } else { Format::Text });
        }
        for line in log::lines(bytes, not_after) {
            self.line(&line, span);
        }
    }

    /// Takes in operations that were profiled.
    pub fn take_in_profile(&mut self, bytes: &[u8], form: Form, span: Span) {
        self.tally.format = Some(Format::Profile(form));
        form.lines(bytes, |line| self.line(line, span));
    }

    fn line(&mut self, line: &Line<'_>, span: Span) {
        let Some(at) = line.at else {
            self.tally.lines += 1;
            self.tally.foreign += 1;
            return;
        };
        // Who works here has often come before the span.
        self.clients.take_in(line);
        if !span.holds(at) {
            return;
        }
        let tally = &mut self.tally;
        tally.lines += 1;
        tally.from = Some(tally.from.map_or(at, |from| from.min(at)));
        tally.to = tally.to.max(Some(at));
        match &line.event {
            Event::Slow(slow) => {
                tally.slow += 1;
                self.shapes.take_in(at, slow, &self.clients.of(&line.context));
            }
            Event::Torn => tally.unparsed += 1,
            Event::Version(version) => tally.version = Some(version.clone().into_owned()),
            _ => {}
        }
        self.sections.take_in(at, line);
    }

    /// Takes in what was made of the part that follows, of the same log or, after [`Self::close`], of another.
    pub fn merge(&mut self, mut later: Self) {
        later.shapes.meet(&self.clients);
        self.clients.merge(later.clients);
        self.tally.merge(later.tally);
        self.shapes.merge(later.shapes);
        self.sections.merge(later.sections);
    }

    /// The log ends here; connections of the same numbers in another are others.
    pub fn close(&mut self) {
        self.clients = Clients::default();
    }

    /// Every section's table, of at most so many rows each.
    pub fn tables(&self, rows: usize) -> Vec<Table> {
        let Sections { restarts, elections, errors, warnings, stalls, index_builds, connections, timeline } =
            &self.sections;
        vec![
            self.shapes.collection_scans(rows),
            restarts.table(rows),
            elections.table(rows),
            errors.table(rows),
            warnings.table(rows),
            stalls.table(rows),
            index_builds.table(rows),
            connections.table(rows),
            timeline.table(rows),
        ]
    }
}

impl Sections {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let Self { restarts, elections, errors, warnings, stalls, index_builds, connections, timeline } =
            self;
        restarts.take_in(at, line);
        elections.take_in(at, line);
        errors.take_in(at, line);
        warnings.take_in(at, line);
        stalls.take_in(at, line);
        index_builds.take_in(at, line);
        connections.take_in(at, line);
        timeline.take_in(at, line);
    }

    fn merge(&mut self, later: Self) {
        self.restarts.merge(later.restarts);
        self.elections.merge(later.elections);
        self.errors.merge(later.errors);
        self.warnings.merge(later.warnings);
        self.stalls.merge(later.stalls);
        self.index_builds.merge(later.index_builds);
        self.connections.merge(later.connections);
        self.timeline.merge(later.timeline);
    }
}

/// The client's address without its port.
fn host(remote: &str) -> Cow<'_, str> {
    remote.rsplit_once(':').map_or(remote, |(host, _)| host).into()
}
