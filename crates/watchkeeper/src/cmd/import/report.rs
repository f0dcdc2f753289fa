//! What became of a history: how much is here now, and what was and was not understood.

use super::read::Source;
use crate::cmd::terminal;
use domain::observation::IncidentObservation;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What became of one incident.
pub(super) enum Outcome {
    /// The server has it under this identifier.
    Here {
        /// `recorded`, `known` or `possible`.
        word: String,
        /// Identifier here.
        id: String,
    },
    /// The server does not take it, and says why.
    Refused(String),
}

/// The whole report.
pub(super) struct Report {
    format: &'static str,
    page: String,
    dry_run: bool,
    warnings: Vec<String>,
    incidents: Vec<(String, String, Outcome)>,
    unmatched: BTreeSet<String>,
}

impl Report {
    pub(super) fn of(source: &Source, dry_run: bool) -> Self {
        Self {
            format: source.format,
            page: terminal::plain(&source.page.name),
            dry_run,
            warnings: source.page.warnings.iter().map(|warning| terminal::plain(warning)).collect(),
            incidents: Vec::new(),
            unmatched: BTreeSet::new(),
        }
    }

    /// Takes the server's answer.
    pub(super) fn take(&mut self, incident: &IncidentObservation, answer: &Value) {
        let text = |field: &str| terminal::plain(answer[field].as_str().unwrap_or_default());
        let unmatched = answer["unmatched"].as_array().into_iter().flatten().filter_map(Value::as_str);
        self.unmatched.extend(unmatched.map(terminal::plain));
        self.add(incident, Outcome::Here { word: text("outcome"), id: text("id") });
    }

    pub(super) fn add(&mut self, incident: &IncidentObservation, outcome: Outcome) {
        self.incidents.push((incident.external_id.clone(), terminal::plain(&incident.title), outcome));
    }

    /// Whether every incident that was understood is here, or would be.
    pub(super) fn is_whole(&self) -> bool {
        self.refused().next().is_none()
    }

    fn refused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.incidents.iter().filter_map(|(_, title, outcome)| match outcome {
            Outcome::Refused(reason) => Some((title.as_str(), reason.as_str())),
            Outcome::Here { .. } => None,
        })
    }

    fn count(&self, wanted: &str) -> usize {
        let is = |outcome: &Outcome| matches!(outcome, Outcome::Here { word, .. } if word == wanted);
        self.incidents.iter().filter(|(_, _, outcome)| is(outcome)).count()
    }

    pub(super) fn text(&self) -> String {
        let new = if self.dry_run { "can be taken over" } else { "taken over" };
        let news = self.count(if self.dry_run { "possible" } else { "recorded" });
        let mut text = format!(
            "{} ({}): {news} {new}, {} here already, {} not accepted\n",
            self.page,
            self.format,
            self.count("known"),
            self.refused().count(),
        );
        for (title, reason) in self.refused() {
            let _ = writeln!(text, "  not accepted: {title}: {reason}");
        }
        for name in &self.unmatched {
            let _ = writeln!(text, "  no component of the environment: {name}; it is kept in the history");
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "  not understood: {warning}");
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let incident = |(external_id, title, outcome): &(String, String, Outcome)| {
            let (word, id, reason) = match outcome {
                Outcome::Here { word, id } => (word.as_str(), Some(id), None),
                Outcome::Refused(reason) => ("refused", None, Some(reason)),
            };
            json!({ "external_id": external_id, "title": title, "outcome": word, "id": id, "reason": reason })
        };
        json!({
            "format": self.format,
            "page": self.page,
            "dry_run": self.dry_run,
            "incidents": self.incidents.iter().map(incident).collect::<Vec<_>>(),
            "unmatched_components": self.unmatched,
            "warnings": self.warnings,
        })
    }
}
