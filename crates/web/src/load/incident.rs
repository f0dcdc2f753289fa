//! One incident: its page, its document and its timeline.

use super::{json, printed};
use crate::api::body::incident::IncidentBody;
use crate::api::body::timeline::TimelineBody;
use crate::error::Error;
use crate::pages::incident::{self, Neighbour};
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::Known;
use crate::target::Target;
use domain::{Deploy, Entry, Incident, IncidentId, Origin, Timestamp};
use std::sync::Arc;
use store::{DeployFilter, IncidentRow};

/// Most deploys on a page: the newest of them are the suspects.
const DEPLOYS: u32 = 20;

/// An incident with its whole timeline.
pub(crate) struct Told {
    pub(crate) incident: Incident,
    pub(crate) timeline: Vec<Entry>,
    /// Name of its vendor or environment.
    pub(crate) subject: Arc<str>,
}

impl Site {
    /// Loads an incident that may be seen, as it may be seen.
    pub(crate) async fn told(&self, sight: &Sight, id: &IncidentId) -> Result<Told, Error> {
        let known = self.find(sight, id).await?;
        let timeline = self.timeline(id).await?;
        let incident = Incident::replay(id, &timeline).ok_or_else(|| Error::no_incident(id))?;
        sight.tell(incident, timeline, Arc::clone(&known.source_name))
    }

    async fn timeline(&self, id: &IncidentId) -> Result<Vec<Entry>, Error> {
        self.store.timeline(id).await.map_err(|error| match error {
            store::Error::NotFound => Error::no_incident(id),
            other => self.store_error(other),
        })
    }

    pub(super) async fn incident_page(&self, sight: &Sight, id: &IncidentId) -> Result<String, Error> {
        let known = self.find(sight, id).await?;
        let told = self.told(sight, id).await?;
        // Of a vendor, files hold what lists name, and beside that may lie one that they do not.
        let alone = sight.voice().links.are_files() && !known.is_own();
        let (earlier, later) = if alone { (None, None) } else { sight.neighbours(&known) };
        let linked = |id: &IncidentId| sight.incident(id).map(|known| neighbour(&known.row));
        let input = incident::Input {
            incident: &told.incident,
            timeline: &told.timeline,
            subject: &told.subject,
            earlier: earlier.map(|known| neighbour(&known.row)),
            later: later.map(|known| neighbour(&known.row)),
            merged_into: told.incident.merged_into.as_ref().and_then(linked),
            absorbed: told.incident.absorbed.iter().filter_map(linked).collect(),
        };
        let voice = sight.voice();
        let mut shell = self.shell(sight, voice.links.incident(id));
        shell.json_url = Some(voice.links.to(&Target::IncidentJson(id.clone())));
        shell.seen_at = last_look(sight, &known);
        printed(incident::render(&shell, &input))
    }

    /// Deploys that may have to do with it: of its environment, from an hour before it until it ended.
    pub(crate) async fn deploys_near(
        &self,
        incident: &Incident,
        now: Timestamp,
    ) -> Result<Vec<Deploy>, Error> {
        let Origin::Own { environment } = &incident.origin else { return Ok(Vec::new()) };
        let window = incident.best_window();
        let filter = DeployFilter {
            environment: Some(environment.clone()),
            from: window.from.checked_sub(Deploy::SUSPECT_FOR).ok(),
            until: Some(window.until.unwrap_or(now)),
        };
        self.store.list_deploys(&filter, DEPLOYS).await.map_err(|error| self.store_error(error))
    }

    pub(super) async fn incident_json(&self, sight: &Sight, id: &IncidentId) -> Result<String, Error> {
        let told = self.told(sight, id).await?;
        let body = IncidentBody::new(&told.incident, &told.subject, sight.as_of);
        json(&IncidentBody { path: sight.voice().links.incident(id), ..body })
    }

    pub(super) async fn timeline_json(&self, sight: &Sight, id: &IncidentId) -> Result<String, Error> {
        let told = self.told(sight, id).await?;
        json(&TimelineBody {
            incident: id.to_string(),
            entries: told.timeline.iter().map(Into::into).collect(),
        })
    }
}

/// The last good look at the page that tells it.
fn last_look(sight: &Sight, known: &Known) -> Option<domain::Timestamp> {
    let watched = (!known.is_own()).then(|| sight.vendor(known.source())).flatten()?;
    watched.vendor.health.last_ok_at
}

fn neighbour(row: &IncidentRow) -> Neighbour {
    Neighbour { id: row.id.clone(), title: row.title.clone(), published_at: row.published_at }
}
