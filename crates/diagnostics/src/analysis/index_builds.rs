//! Index builds, from the line that begins one to the line that ends it. Never keeps more than [`MOST`] of them.

use super::table::{Cell, Column, Heading, Unit};
use super::{Section, Table};
use crate::log::{Event, Line, Stage};
use jiff::Timestamp;
use std::collections::BTreeMap;

const MOST: usize = 1_000;

static HEADING: Heading = Heading {
    name: "index_builds",
    title: "Index builds",
    none: "No index was built.",
    columns: &[
        Column::of("began_at", "Began", Unit::Instant),
        Column::of("ns", "Collection", Unit::Words),
        Column::of("index", "Index", Unit::Words),
        Column::of("took_ms", "Took", Unit::Millis),
        Column::of("end", "End", Unit::Words),
    ],
};

/// Builds by the thread that does them and their collection.
#[derive(Clone, Debug, Default)]
pub(super) struct IndexBuilds {
    open: BTreeMap<(String, String), Build>,
    done: Vec<Build>,
    /// Ends whose beginning stands in a part before this one.
    ends: Vec<((String, String), Build)>,
    left_out: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Build {
    began_at: Timestamp,
    namespace: String,
    index: String,
    end: Option<(Timestamp, &'static str)>,
}

impl Section for IndexBuilds {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let Event::IndexBuild { namespace, index, stage } = &line.event else { return };
        let words =
            |words: &Option<std::borrow::Cow<'_, str>>| words.as_deref().unwrap_or_default().to_owned();
        let end = match stage {
            Stage::Began | Stage::Progress(_) => None,
            Stage::Done => Some((at, "done")),
            Stage::Failed => Some((at, "given up")),
        };
        if namespace.is_none() && matches!(stage, Stage::Progress(_)) {
            // How far it is says nothing of what it is.
            return;
        }
        let key = (line.context.clone().into_owned(), words(namespace));
        self.step(key, Build { began_at: at, namespace: words(namespace), index: words(index), end });
    }

    fn merge(&mut self, later: Self) {
        for (key, build) in later.ends {
            self.step(key, build);
        }
        later.done.into_iter().for_each(|build| self.keep(build));
        for (key, build) in later.open {
            self.step(key, build);
        }
        self.left_out += later.left_out;
    }

    fn table(&self, rows: usize) -> Table {
        let ends = self.ends.iter().map(|(_, build)| build);
        let mut found: Vec<_> = self.done.iter().chain(self.open.values()).chain(ends).collect();
        found.sort();
        HEADING.over(found.into_iter().map(Build::row).collect(), self.left_out, rows)
    }
}

impl IndexBuilds {
    fn step(&mut self, key: (String, String), step: Build) {
        // Old servers name the collection only where a build begins.
        let same = |open: &&(String, String)| open.0 == key.0 && (open.1 == key.1 || key.1.is_empty());
        let key = self.open.keys().find(same).cloned().unwrap_or(key);
        match (self.open.remove(&key), step.end.is_some()) {
            (Some(open), true) => self.keep(open.with(step)),
            (Some(open), false) => {
                self.open.insert(key, open.with(step));
            }
            (None, true) if self.ends.len() < MOST => self.ends.push((key, step)),
            (None, false) if self.open.len() < MOST => {
                self.open.insert(key, step);
            }
            (None, _) => self.left_out += 1,
        }
    }

    fn keep(&mut self, build: Build) {
        if self.done.len() < MOST {
            self.done.push(build);
        } else {
            self.left_out += 1;
        }
    }
}

impl Build {
    fn with(mut self, later: Self) -> Self {
        if self.index.is_empty() {
            self.index = later.index;
        }
        self.end = later.end;
        self
    }

    fn row(&self) -> Vec<Cell> {
        let took = self.end.map(|(at, _)| at.as_millisecond() - self.began_at.as_millisecond());
        // An end without a beginning tells nothing of how long it took.
        let took = took.filter(|took| *took > 0);
        vec![
            self.began_at.into(),
            self.namespace.as_str().into(),
            self.index.as_str().into(),
            took.into(),
            self.end.map_or("not told", |(_, end)| end).into(),
        ]
    }
}
