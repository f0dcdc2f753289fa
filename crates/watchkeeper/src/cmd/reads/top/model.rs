//! What the terminal knows: the server's last answer, what was chosen, and the values of the last minutes.
//!
//! Never draws, never asks.

use crate::cmd::terminal::plain;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Values of a series that are kept.
const KEPT: usize = 120;
/// Series whose past is drawn.
const DRAWN: [&str; 5] = ["hot_read_ms", "cold_read_ms", "app_read_ms", "hello_ms", "fresh_ms"];

/// The server's answer, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Reading {
    pub(super) databases: Vec<Database>,
}

/// A database.
#[derive(Debug, Deserialize)]
pub(super) struct Database {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) condition: String,
    pub(super) standing: Option<Standing>,
    pub(super) nodes: Vec<Node>,
}

/// A verdict.
#[derive(Debug, Deserialize)]
pub(super) struct Standing {
    pub(super) severity: String,
    pub(super) cause_words: String,
    pub(super) sentence: String,
    pub(super) evidence: Vec<String>,
    pub(super) confidence: u8,
    pub(super) incident: Option<String>,
}

/// A node.
#[derive(Debug, Deserialize)]
pub(super) struct Node {
    #[serde(rename = "node")]
    pub(super) name: String,
    pub(super) role: Option<String>,
    pub(super) at: Option<String>,
    pub(super) values: BTreeMap<String, f32>,
    pub(super) in_flight: Option<InFlight>,
}

/// What is in flight.
#[derive(Debug, Deserialize)]
pub(super) struct InFlight {
    pub(super) fsync_locked: bool,
    pub(super) groups: Vec<Group>,
}

/// Operations of one shape.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) namespace: String,
    pub(super) command: String,
    pub(super) shape: String,
    pub(super) app: String,
    pub(super) plan: String,
    pub(super) tailing: bool,
    pub(super) count: u32,
    pub(super) waiting: u32,
    pub(super) oldest_ms: f64,
    pub(super) blocking_ms: f64,
}

/// A choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Database(isize),
    Node(isize),
}

/// Everything that is drawn.
#[derive(Debug)]
pub(super) struct Model {
    /// Where the server is.
    pub(super) server: String,
    /// Its last answer.
    pub(super) reading: Reading,
    /// Why there is no newer one.
    pub(super) trouble: Option<String>,
    /// The database that is shown.
    pub(super) database: usize,
    /// The node whose operations are shown.
    pub(super) node: usize,
    past: HashMap<(String, String), BTreeMap<String, VecDeque<f32>>>,
    asked: HashSet<(String, String)>,
    told_at: HashMap<(String, String), String>,
}

impl Model {
    pub(super) fn new(server: &str) -> Self {
        Self {
            server: plain(server),
            reading: Reading::default(),
            trouble: None,
            database: 0,
            node: 0,
            past: HashMap::new(),
            asked: HashSet::new(),
            told_at: HashMap::new(),
        }
    }

    /// Takes an answer of the server over.
    pub(super) fn take(&mut self, answer: &[u8]) -> anyhow::Result<()> {
        use anyhow::Context as _;
        self.reading = serde_json::from_slice(answer).context("the answer is not the server's")?;
        self.trouble = None;
        for database in &self.reading.databases {
            for node in &database.nodes {
                let key = (database.name.clone(), node.name.clone());
                // The same second twice is one value.
                let Some(at) = node.at.clone() else { continue };
                if self.told_at.insert(key.clone(), at.clone()) == Some(at) {
                    continue;
                }
                let past = self.past.entry(key).or_default();
                for series in DRAWN {
                    if let Some(value) = node.values.get(series) {
                        push(past.entry(series.to_owned()).or_default(), *value);
                    }
                }
            }
        }
        let seen: HashSet<_> = self.told_at.keys().cloned().collect();
        self.past.retain(|key, _| seen.contains(key));
        self.clamp();
        Ok(())
    }

    /// The server did not answer.
    pub(super) fn lost(&mut self, why: &str) {
        self.trouble = Some(plain(why));
    }

    /// Chooses.
    pub(super) fn go(&mut self, step: Move) {
        match step {
            Move::Database(step) => {
                self.database = self.database.saturating_add_signed(step);
                self.node = 0;
            }
            Move::Node(step) => self.node = self.node.saturating_add_signed(step),
        }
        self.clamp();
    }

    fn clamp(&mut self) {
        self.database = self.database.min(self.reading.databases.len().saturating_sub(1));
        let nodes = self.chosen().map_or(0, |database| database.nodes.len());
        self.node = self.node.min(nodes.saturating_sub(1));
    }

    /// The database that is shown.
    pub(super) fn chosen(&self) -> Option<&Database> {
        self.reading.databases.get(self.database)
    }

    /// The node whose operations are shown.
    pub(super) fn chosen_node(&self) -> Option<&Node> {
        self.chosen()?.nodes.get(self.node)
    }

    /// Values of the last minutes, oldest first.
    pub(super) fn past(&self, database: &str, node: &str, series: &str) -> Vec<f32> {
        let key = (database.to_owned(), node.to_owned());
        let values = self.past.get(&key).and_then(|past| past.get(series));
        values.map(|values| values.iter().copied().collect()).unwrap_or_default()
    }

    /// Where the past of the chosen node is to be read, once.
    pub(super) fn history_path(&self) -> Option<String> {
        let (database, node) = (self.chosen()?, self.chosen_node()?);
        if self.asked.contains(&(database.name.clone(), node.name.clone())) {
            return None;
        }
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("node", &node.name)
            .append_pair("series", &DRAWN.join(","))
            .append_pair("step", "1")
            .finish();
        Some(format!("/api/v1/databases/{}/series?{query}", database.name))
    }

    /// Takes the past of the chosen node over, before what was seen since.
    pub(super) fn take_history(&mut self, answer: &[u8]) {
        #[derive(Deserialize)]
        struct History {
            database: String,
            node: String,
            series: Vec<Line>,
        }
        #[derive(Deserialize)]
        struct Line {
            name: String,
            greatest: Vec<f32>,
        }
        let Ok(history) = serde_json::from_slice::<History>(answer) else { return };
        let key = (history.database, history.node);
        self.asked.insert(key.clone());
        let past = self.past.entry(key).or_default();
        for line in history.series {
            let values = past.entry(line.name).or_default();
            let since: Vec<f32> = values.drain(..).collect();
            line.greatest.into_iter().chain(since).for_each(|value| push(values, value));
        }
    }
}

fn push(values: &mut VecDeque<f32>, value: f32) {
    while values.len() >= KEPT {
        values.pop_front();
    }
    values.push_back(value);
}
