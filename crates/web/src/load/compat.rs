//! The documents that others' programs read: from what is seen to the inputs of [`crate::compat`].

use super::json;
use super::own::of_environment;
use crate::compat::{self, Document, Input, LIST_LIMIT, Page, Part};
use crate::error::Error;
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::Known;
use domain::{Component, ComponentState, Environment, Kind, Timestamp, Visibility};
use std::sync::Arc;
use store::Phase;

impl Site {
    pub(super) async fn compat_document(&self, sight: &Sight, document: &Document) -> Result<String, Error> {
        let mut overall = Vec::new();
        let mut parts = Vec::new();
        for environment in sight.environments.iter() {
            let stands = self.environment_state(sight, environment).await?;
            overall.push(stands.state);
            parts.extend(self.parts(sight, environment, &stands.components));
        }
        let mut incidents = Vec::new();
        for known in self.listed(sight, document).await? {
            incidents.push(self.told(sight, &known.row.id).await?.incident);
        }
        let input = Input {
            page: compat_page(sight),
            parts,
            overall: ComponentState::worst(overall),
            incidents: &incidents,
            updated_at: last_said(sight).unwrap_or(self.started_at),
        };
        json(&compat::render(document, &input).ok_or_else(|| Error::no_page(&document.path()))?)
    }

    fn parts(&self, sight: &Sight, environment: &Environment, states: &[ComponentState]) -> Vec<Part> {
        let told = of_environment(sight, environment);
        let first = told.iter().map(|known| known.row.published_at).min();
        let created_at = first.unwrap_or(self.started_at).min(self.started_at);
        let several = sight.environments.len() > 1;
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
    async fn listed(&self, sight: &Sight, document: &Document) -> Result<Vec<Arc<Known>>, Error> {
        if let Some(id) = document.incident() {
            let known = self.find(sight, id).await?;
            return Ok(vec![known]);
        }
        let every = &[Phase::Open, Phase::Upcoming, Phase::Over];
        Ok(match document {
            Document::Incidents => latest(sight, Kind::Incident, every),
            Document::Unresolved => latest(sight, Kind::Incident, &[Phase::Open]),
            Document::Maintenances => latest(sight, Kind::Maintenance, every),
            Document::Upcoming => soonest(sight, &[Phase::Upcoming]),
            Document::Active => soonest(sight, &[Phase::Open]),
            Document::Summary => {
                let mut list = latest(sight, Kind::Incident, &[Phase::Open]);
                list.extend(soonest(sight, &[Phase::Open, Phase::Upcoming]));
                list
            }
            _ => Vec::new(),
        })
    }
}

fn compat_page(sight: &Sight) -> Page {
    let page = sight.page();
    // Where nobody knows the address from outside, at least the path is right.
    let url = page.public_url.as_ref().map_or(page.links.base(), |url| url.as_str());
    Page {
        id: domain::id::of_name("page", page.id_name()),
        name: page.name().to_owned(),
        url: url.trim_end_matches('/').to_owned(),
        time_zone: page
            .config
            .zone
            .as_ref()
            .and_then(|zone| zone.iana_name())
            .unwrap_or("Etc/UTC")
            .to_owned(),
    }
}

/// Newest first.
fn latest(sight: &Sight, kind: Kind, phases: &[Phase]) -> Vec<Arc<Known>> {
    let wanted =
        |known: &&Arc<Known>| is_told(known) && known.row.kind == kind && phases.contains(&known.row.phase);
    sight.incidents.iter().filter(wanted).take(LIST_LIMIT).cloned().collect()
}

/// Maintenances, the one that comes next first.
fn soonest(sight: &Sight, phases: &[Phase]) -> Vec<Arc<Known>> {
    let mut list = latest(sight, Kind::Maintenance, phases);
    list.sort_by_key(|known| known.row.schedule.map(|window| window.from));
    list
}

/// Whether it is our own and everybody may see it.
fn is_told(known: &Known) -> bool {
    known.is_own() && known.row.visibility == Visibility::Public
}

/// When anything of ours was last said.
fn last_said(sight: &Sight) -> Option<Timestamp> {
    let told = sight.incidents.iter().filter(|known| is_told(known));
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
