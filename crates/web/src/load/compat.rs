//! The documents that others' programs read: from the snapshot to the inputs of [`compat`](crate::compat).

use super::json;
use super::own::of_environment;
use crate::compat::{self, Document, Input, LIST_LIMIT, Page, Part};
use crate::error::Error;
use crate::site::{Component, Environment, Site};
use crate::snapshot::{Known, Snapshot};
use domain::{ComponentState, Kind, Timestamp, Visibility};
use std::sync::Arc;
use store::Phase;

impl Site {
    pub(super) async fn compat_document(
        &self,
        snapshot: &Snapshot,
        document: &Document,
    ) -> Result<String, Error> {
        let mut overall = Vec::new();
        let mut parts = Vec::new();
        for environment in &self.config.environments {
            let stands = self.environment_state(snapshot, environment).await?;
            overall.push(stands.state);
            parts.extend(self.parts(snapshot, environment, &stands.components));
        }
        let mut incidents = Vec::new();
        for known in self.listed(snapshot, document).await? {
            let incident = self.store.load(&known.row.id).await.map_err(|error| self.store_error(error))?;
            incidents.extend(incident.is_public().then_some(incident));
        }
        let input = Input {
            page: self.compat_page(),
            parts,
            overall: ComponentState::worst(overall),
            incidents: &incidents,
            updated_at: last_said(snapshot).unwrap_or(self.started_at),
        };
        json(&compat::render(document, &input).ok_or_else(|| Error::no_page(&document.path()))?)
    }

    fn compat_page(&self) -> Page {
        let url = self.config.public_url.as_ref().map_or("", |url| url.as_str());
        Page {
            id: domain::id::of_name("page", ""),
            name: self.config.name.clone(),
            url: url.trim_end_matches('/').to_owned(),
            time_zone: "Etc/UTC".to_owned(),
        }
    }

    fn parts(&self, snapshot: &Snapshot, environment: &Environment, states: &[ComponentState]) -> Vec<Part> {
        let told = of_environment(snapshot, environment);
        let first = told.iter().map(|known| known.row.published_at).min();
        let created_at = first.unwrap_or(self.started_at).min(self.started_at);
        let several = self.config.environments.len() > 1;
        let components = environment.components.iter().zip(states);
        let part = |(component, state): (&Component, &ComponentState)| {
            let touched = told.iter().filter(|known| known.row.components.contains(&component.name));
            Part {
                environment: environment.slug.clone(),
                key: component.key.clone(),
                name: component.name.clone(),
                group: group(environment, component.group.as_deref(), several),
                state: *state,
                created_at,
                updated_at: touched.map(|known| known.row.updated_at).max().unwrap_or(created_at),
            }
        };
        components.map(part).collect()
    }

    /// The incidents of a document, in its order.
    async fn listed(&self, snapshot: &Snapshot, document: &Document) -> Result<Vec<Arc<Known>>, Error> {
        if let Some(id) = document.incident() {
            let known = self.find(snapshot, id).await?;
            return Ok(vec![known]);
        }
        let every = &[Phase::Open, Phase::Upcoming, Phase::Over];
        Ok(match document {
            Document::Incidents => latest(snapshot, Kind::Incident, every),
            Document::Unresolved => latest(snapshot, Kind::Incident, &[Phase::Open]),
            Document::Maintenances => latest(snapshot, Kind::Maintenance, every),
            Document::Upcoming => soonest(snapshot, &[Phase::Upcoming]),
            Document::Active => soonest(snapshot, &[Phase::Open]),
            Document::Summary => {
                let mut list = latest(snapshot, Kind::Incident, &[Phase::Open]);
                list.extend(soonest(snapshot, &[Phase::Open, Phase::Upcoming]));
                list
            }
            _ => Vec::new(),
        })
    }
}

/// Newest first.
fn latest(snapshot: &Snapshot, kind: Kind, phases: &[Phase]) -> Vec<Arc<Known>> {
    let wanted =
        |known: &&Arc<Known>| is_told(known) && known.row.kind == kind && phases.contains(&known.row.phase);
    snapshot.incidents.iter().filter(wanted).take(LIST_LIMIT).cloned().collect()
}

/// Maintenances, the one that comes next first.
fn soonest(snapshot: &Snapshot, phases: &[Phase]) -> Vec<Arc<Known>> {
    let mut list = latest(snapshot, Kind::Maintenance, phases);
    list.sort_by_key(|known| known.row.schedule.map(|window| window.from));
    list
}

/// Whether it is our own and everybody may see it.
fn is_told(known: &Known) -> bool {
    known.is_own() && known.row.visibility == Visibility::Public
}

/// When anything of ours was last said.
fn last_said(snapshot: &Snapshot) -> Option<Timestamp> {
    let told = snapshot.incidents.iter().filter(|known| is_told(known));
    told.map(|known| known.row.updated_at.max(known.row.resolved_at.unwrap_or(Timestamp::MIN))).max()
}

/// Where a page shows several environments, each is a group, which its own groups divide.
fn group(environment: &Environment, group: Option<&str>, several: bool) -> Option<String> {
    match (several, group) {
        (false, group) => group.map(str::to_owned),
        (true, None) => Some(environment.name.clone()),
        (true, Some(group)) => Some(format!("{} {group}", environment.name)),
    }
}
