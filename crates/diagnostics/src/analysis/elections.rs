//! Elections, and the states of members. Never keeps more than a thousand of them.

use super::list::List;
use super::table::{Column, Heading, Unit};
use super::{Section, Table};
use crate::log::{Event, Line};
use jiff::Timestamp;

static HEADING: Heading = Heading {
    name: "elections",
    title: "Elections and changes of state",
    none: "No member changed its state.",
    columns: &[
        Column::of("at", "At", Unit::Instant),
        Column::of("member", "Member", Unit::Words),
        Column::of("what", "What happened", Unit::Words),
    ],
};

/// What happened among members.
#[derive(Clone, Debug, Default)]
pub(super) struct Elections(List<(Timestamp, String, String)>);

impl Section for Elections {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        let (member, what) = match &line.event {
            Event::State { member, to } => (member.as_deref().unwrap_or("this one"), format!("is {to}")),
            Event::Election(words) => ("this one", words.clone().into_owned()),
            _ => return,
        };
        self.0.push((at, member.to_owned(), what));
    }

    fn merge(&mut self, later: Self) {
        self.0.merge(later.0);
    }

    fn table(&self, rows: usize) -> Table {
        let row =
            |(at, member, what): (Timestamp, String, String)| vec![at.into(), member.into(), what.into()];
        self.0.table(&HEADING, rows, row)
    }
}
