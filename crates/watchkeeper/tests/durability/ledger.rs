//! What the writers asked for, and what they were answered.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One request. Sent again, it is the same request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Its idempotency key, which stands in its text as well.
    pub(crate) key: String,
    /// The incident to which it adds; none to open one.
    pub(crate) incident: Option<String>,
    /// Whether it says that the incident is over.
    pub(crate) resolves: bool,
}

impl Request {
    /// Where it is sent.
    pub(crate) fn path(&self) -> String {
        match &self.incident {
            Some(incident) => format!("/api/v1/incidents/{incident}/updates"),
            None => "/api/v1/incidents".to_owned(),
        }
    }

    /// What is sent.
    pub(crate) fn body(&self) -> Value {
        match &self.incident {
            Some(_) if self.resolves => json!({ "state": "resolved", "body": self.text() }),
            Some(_) => json!({ "body": self.text() }),
            None => json!({ "environment": "prod", "title": self.key, "body": self.text() }),
        }
    }

    /// Its words, by which it is found again.
    pub(crate) fn text(&self) -> String {
        format!("Written under key {}.", self.key)
    }
}

/// An answer that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The incident that was written to.
    pub(crate) incident: String,
    /// Its version after the write.
    pub(crate) version: u64,
}

impl Acknowledged {
    /// Reads it from the body of an answer.
    pub(crate) fn read(body: &Value) -> Self {
        let incident = body["id"].as_str().expect("an id").to_owned();
        Self { incident, version: body["version"].as_u64().expect("a version") }
    }
}

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Answered writes by key.
    pub(crate) acknowledged: BTreeMap<String, (Request, Acknowledged)>,
    /// Requests whose answer never came.
    pub(crate) unanswered: Vec<Request>,
    /// How many of those had been done all the same, as their repetition showed.
    pub(crate) done_unseen: usize,
}
