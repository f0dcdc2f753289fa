//! Whose connection is whose: what a line says of its client only by the number of the connection. Never keeps more
//! than [`MOST`] connections, and none that was closed.

use super::host;
use crate::log::{Event, Line};
use std::collections::{HashMap, HashSet};

/// A server takes 65,536 connections unless it is told otherwise.
const MOST: usize = 100_000;

/// The clients of the connections that are open.
#[derive(Default)]
pub(super) struct Clients {
    open: HashMap<u64, Client>,
    /// Closed here, wherever they were opened.
    closed: HashSet<u64>,
    /// The server was started, so that numbers begin anew.
    restarted: bool,
}

/// A client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Client {
    /// Its address, without port.
    pub(super) address: String,
    /// Name and version of its driver; may be empty.
    pub(super) driver: String,
}

/// What is known of the client of a line.
pub(super) enum Who<'c> {
    /// This one.
    Known(&'c Client),
    /// The one of that connection, which was opened before what has been read.
    Earlier(u64),
    /// Nothing.
    Unknown,
}

impl Clients {
    pub(super) fn take_in(&mut self, line: &Line<'_>) {
        match &line.event {
            Event::Connection { remote, opened: true, number, .. } => {
                let Some(number) = *number else { return };
                if self.open.len() < MOST {
                    let client = Client { address: host(remote).into_owned(), driver: String::new() };
                    self.open.insert(number, client);
                }
            }
            Event::Connection { opened: false, .. } => {
                if let Some(number) = number_of(&line.context) {
                    self.open.remove(&number);
                    self.closed.insert(number);
                }
            }
            Event::Client { remote, driver, .. } => {
                let Some(number) = number_of(&line.context) else { return };
                if self.open.len() < MOST || self.open.contains_key(&number) {
                    let client = Client { address: host(remote).into_owned(), driver: driver.clone() };
                    self.open.insert(number, client);
                }
            }
            Event::Start { .. } => *self = Self { restarted: true, ..Self::default() },
            _ => {}
        }
    }

    /// Whose line it is, by the thread that wrote it.
    pub(super) fn of(&self, context: &str) -> Who<'_> {
        let Some(number) = number_of(context) else { return Who::Unknown };
        match self.open.get(&number) {
            Some(client) => Who::Known(client),
            None if self.restarted => Who::Unknown,
            None => Who::Earlier(number),
        }
    }

    /// The client of a connection.
    pub(super) fn find(&self, number: u64) -> Option<&Client> {
        self.open.get(&number)
    }

    /// Takes in what follows in the same log.
    pub(super) fn merge(&mut self, later: Self) {
        if later.restarted {
            self.open.clear();
        }
        self.open.retain(|number, _| !later.closed.contains(number));
        for (number, mut client) in later.open {
            if self.open.len() >= MOST && !self.open.contains_key(&number) {
                continue;
            }
            if let Some(known) = self.open.remove(&number).filter(|_| client.driver.is_empty()) {
                client.driver = known.driver;
            }
            self.open.insert(number, client);
        }
    }
}

/// From `conn7`.
fn number_of(context: &str) -> Option<u64> {
    context.strip_prefix("conn")?.parse().ok()
}
