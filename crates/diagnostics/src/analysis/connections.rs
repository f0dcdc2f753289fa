//! Who connected, how often, and how many were open at most. Clients are told by address; never keeps more than
//! [`MOST`] of them.

use super::table::{Cell, Column, Heading, Unit};
use super::{Section, Table, host};
use crate::log::{Event, Line};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

const MOST: usize = 1_000;
/// Drivers and applications kept of a client.
const MOST_NAMES: usize = 8;

static HEADING: Heading = Heading {
    name: "connections",
    title: "Connections",
    none: "No connections are told.",
    columns: &[
        Column::of("client", "Client", Unit::Words),
        Column::of("opened", "Opened", Unit::Count),
        Column::of("closed", "Closed", Unit::Count),
        Column::of("drivers", "Drivers and applications", Unit::Words),
    ],
};

/// Connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    clients: BTreeMap<String, Client>,
    most_open: Option<(i64, Reverse<Timestamp>)>,
    opened: u64,
    closed: u64,
    left_out: usize,
}

#[derive(Clone, Debug, Default)]
struct Client {
    opened: u64,
    closed: u64,
    names: BTreeSet<String>,
}

impl Section for Connections {
    fn take_in(&mut self, at: Timestamp, line: &Line<'_>) {
        match &line.event {
            Event::Connection { remote, opened, open, .. } => {
                self.opened += u64::from(*opened);
                self.closed += u64::from(!opened);
                self.most_open = self.most_open.max(open.map(|open| (open, Reverse(at))));
                let came =
                    Client { opened: u64::from(*opened), closed: u64::from(!opened), ..Client::default() };
                self.merge_client(&host(remote), came);
            }
            Event::Client { remote, application, driver } => {
                let names = [driver.as_str(), &**application].into_iter().filter(|name| !name.is_empty());
                let said = Client { names: names.map(str::to_owned).collect(), ..Client::default() };
                self.merge_client(&host(remote), said);
            }
            _ => {}
        }
    }

    fn merge(&mut self, later: Self) {
        later.clients.into_iter().for_each(|(address, client)| self.merge_client(&address, client));
        self.most_open = self.most_open.max(later.most_open);
        self.opened += later.opened;
        self.closed += later.closed;
        self.left_out += later.left_out;
    }

    fn table(&self, rows: usize) -> Table {
        let mut found: Vec<_> = self.clients.iter().collect();
        found.sort_by_key(|(_, client)| Reverse(client.opened));
        let mut found: Vec<_> = found.into_iter().map(|(address, client)| client.row(address)).collect();
        if self.opened + self.closed > 0 {
            let most = self.most_open.map(|(open, Reverse(at))| {
                format!("{open} open at most, at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
            });
            let all = Cell::from(most.unwrap_or_default());
            found.insert(0, vec!["all".into(), self.opened.into(), self.closed.into(), all]);
        }
        HEADING.over(found, self.left_out, rows)
    }
}

impl Connections {
    fn merge_client(&mut self, address: &str, client: Client) {
        if let Some(known) = self.clients.get_mut(address) {
            known.opened += client.opened;
            known.closed += client.closed;
            let room = MOST_NAMES.saturating_sub(known.names.len());
            known.names.extend(client.names.into_iter().take(room));
        } else if self.clients.len() < MOST {
            self.clients.insert(address.to_owned(), client);
        } else {
            self.left_out += 1;
        }
    }
}

impl Client {
    fn row(&self, address: &str) -> Vec<Cell> {
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        vec![address.into(), self.opened.into(), self.closed.into(), names.join(", ").into()]
    }
}
