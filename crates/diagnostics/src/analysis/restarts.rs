//! When servers started and stopped. Never keeps more than a thousand of them.

use super::list::List;
use super::table::{Column, Heading, Unit};
use super::{Section, Table};
use crate::log::{Event, Line};
use jiff::Timestamp;

static HEADING: Heading = Heading {
    name: "restarts",
    title: "Starts and stops",
    none: "No server started or stopped.",
    columns: &[Column::of("at", "At", Unit::Instant), Column::of("what", "What happened", Unit::Words)],
};

/// Starts and stops.
#[derive(Clone, Debug, Default)]
pub(super) struct Restarts(List<(Timestamp, String)>);

impl Section for Restarts {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let what = match &line.event {
            Event::Start { port, host } => {
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                format!("started on {}{port}", host.as_deref().unwrap_or("an unknown host"))
            }
            Event::Stop(words) => format!("stopped: {words}"),
            Event::Version(version) => format!("version {version}"),
            _ => return,
        };
        self.0.push((at, what));
    }

    fn merge(&mut self, later: Self) {
        self.0.merge(later.0);
    }

    fn table(&self, rows: usize) -> Table {
        self.0.table(&HEADING, rows, |(at, what)| vec![at.into(), what.into()])
    }
}
