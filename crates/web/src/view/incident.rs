//! An incident as its page shows it.

use domain::{Entry, Incident, Timestamp};

/// What the template of the incident page prints.
#[derive(Clone, Debug)]
pub struct IncidentView {
    /// The sentence that tells it.
    pub sentence: String,
}

impl IncidentView {
    /// The view of an incident at `now`; `subject` is the name of its vendor or environment.
    pub fn new(incident: &Incident, _timeline: &[Entry], subject: &str, now: Timestamp) -> Self {
        Self { sentence: domain::summary::sentence(incident, subject, now) }
    }
}
