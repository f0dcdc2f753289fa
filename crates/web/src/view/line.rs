//! An incident as one line of a list.

use domain::component::ComponentState;
use domain::time::{Window, render_duration};
use domain::{Impact, Incident, IncidentId, Kind, Origin, Slug, State, Timestamp};

/// What lists tell of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentLine {
    /// Public identifier.
    pub id: IncidentId,
    /// Title.
    pub title: String,
    /// Vendor or environment it belongs to.
    pub source: Slug,
    /// Name of that vendor or environment.
    pub source_name: String,
    /// Whether it is our own.
    pub own: bool,
    /// Incident or maintenance.
    pub kind: Kind,
    /// Grade.
    pub impact: Impact,
    /// State.
    pub state: State,
    /// The best that is known of when it was felt.
    pub window: Window,
    /// Announced window of a maintenance.
    pub schedule: Option<Window>,
    /// Names of affected components.
    pub components: Vec<String>,
    /// Latest update that stands: its state, its Markdown, when it was posted.
    pub latest: Option<(State, String, Timestamp)>,
    /// Whether a postmortem was published.
    pub has_postmortem: bool,
    /// Whether its source took it back.
    pub withdrawn: bool,
    /// Whether it lives on in another.
    pub merged: bool,
}

impl IncidentLine {
    /// The line of an incident; `source_name` is the name of its vendor or environment.
    pub fn new(incident: &Incident, source_name: &str) -> Self {
        let (source, own) = match &incident.origin {
            Origin::Vendor { vendor, .. } => (vendor, false),
            Origin::Own { environment } => (environment, true),
        };
        let standing = incident.updates.iter().rev().find(|update| update.withdrawn_at.is_none());
        Self {
            id: incident.id.clone(),
            title: incident.title.clone(),
            source: source.clone(),
            source_name: source_name.to_owned(),
            own,
            kind: incident.kind,
            impact: incident.impact,
            state: incident.state,
            window: incident.best_window(),
            schedule: incident.schedule,
            components: incident.components.iter().map(|component| component.name.clone()).collect(),
            latest: standing.map(|update| {
                (update.current().state, update.current().body.clone(), update.published_at)
            }),
            has_postmortem: incident.postmortem.is_some(),
            withdrawn: incident.withdrawn_at.is_some(),
            merged: incident.merged_into.is_some(),
        }
    }

    /// Whether it is going on.
    pub fn is_open(&self) -> bool {
        !self.state.is_over() && self.state != State::Scheduled && !self.withdrawn && !self.merged
    }

    /// How long it lasted, or lasts.
    pub fn duration(&self, now: Timestamp) -> String {
        render_duration(self.window.seconds(now))
    }

    /// The component state that it implies.
    pub fn implied(&self) -> ComponentState {
        self.impact.implied_state(self.kind)
    }
}
