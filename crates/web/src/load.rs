//! From the snapshot and the store to the inputs of pages, and from there to rendered answers.
//!
//! Nothing here writes, and nothing is loaded that the snapshot does not know to be visible.

mod api;
mod compat;
mod incident;
mod lists;
mod own;
mod raw;
mod reads;
mod vendor;

pub(crate) use lists::Question;
use lists::order_worst_first;
pub(crate) use own::count_states;
pub(crate) use reads::in_memory;

use crate::error::Error;
use crate::pages::{self, Shell};
use crate::rendered::{Format, Rendered};
use crate::site::Site;
use crate::snapshot::{Detail, Known, Snapshot};
use crate::target::Target;
use crate::view::line::IncidentLine;
use domain::{IncidentId, Timestamp};
use std::sync::Arc;

impl Site {
    /// Renders a target.
    pub(crate) async fn render(&self, target: &Target, snapshot: &Snapshot) -> Result<Rendered, Error> {
        let text = match target {
            Target::Home => self.home_page(snapshot).await?,
            Target::Vendors => {
                self.vendors_page(snapshot, pages::vendors::Filter::default(), "/vendors").await?
            }
            Target::Vendor(slug) => self.vendor_page(snapshot, slug).await?,
            Target::Raw(slug) => self.raw_page(snapshot, slug, None).await?,
            Target::Incidents => self.incidents_page(snapshot, &Question::default()).await?,
            Target::Incident(id) => self.incident_page(snapshot, id).await?,
            Target::Atom => self.feed(snapshot).await?,
            Target::StatusJson => self.status_json(snapshot).await?,
            Target::VendorsJson => self.vendors_json(snapshot).await?,
            Target::VendorJson(slug) => self.vendor_json(snapshot, slug).await?,
            Target::VendorIncidentsJson(slug) => {
                let question = Question::of_source(slug);
                self.incidents_json(snapshot, &question, &target.path()).await?
            }
            Target::IncidentsJson => {
                self.incidents_json(snapshot, &Question::default(), &target.path()).await?
            }
            Target::IncidentJson(id) => self.incident_json(snapshot, id).await?,
            Target::TimelineJson(id) => self.timeline_json(id).await?,
            Target::EnvironmentsJson => self.environments_json(snapshot).await?,
            Target::Compat(document) => self.compat_document(snapshot, document).await?,
        };
        Ok(Rendered::new(format_of(target), &text, snapshot.as_of, &self.common))
    }

    /// Whether a target may be seen. Answered from memory, except for incidents older than those that are
    /// kept there.
    pub(crate) async fn check_exists(&self, target: &Target) -> Result<(), Error> {
        match target {
            Target::Vendor(slug)
            | Target::Raw(slug)
            | Target::VendorJson(slug)
            | Target::VendorIncidentsJson(slug) => {
                let snapshot = self.current().await?;
                snapshot.vendor(slug).map(|_| ()).ok_or_else(|| Error::no_vendor(slug))
            }
            Target::Incident(id) | Target::IncidentJson(id) | Target::TimelineJson(id) => {
                self.find(&*self.current().await?, id).await.map(|_| ())
            }
            Target::Compat(document) => match document.incident() {
                Some(id) => self.find(&*self.current().await?, id).await.map(|_| ()),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// An incident that may be seen.
    pub(crate) async fn find(&self, snapshot: &Snapshot, id: &IncidentId) -> Result<Arc<Known>, Error> {
        if let Some(known) = snapshot.incident(id) {
            return Ok(Arc::clone(known));
        }
        if !snapshot.truncated {
            return Err(Error::no_incident(id));
        }
        let _place = self.questions.try_acquire().map_err(|_| Error::Busy)?;
        let row = self.store.incident_row(id).await.map_err(|error| match error {
            store::Error::NotFound => Error::no_incident(id),
            other => self.store_error(other),
        })?;
        let alone = snapshot.with_rows(vec![row], &self.config.environments);
        alone.incident(id).cloned().ok_or_else(|| Error::no_incident(id))
    }

    /// What rows do not tell of an incident; loaded once per version.
    pub(crate) async fn detail<'a>(&self, known: &'a Known) -> Result<&'a Detail, Error> {
        if let Some(detail) = known.detail.get() {
            return Ok(detail);
        }
        let incident = self.store.load(&known.row.id).await.map_err(|error| self.store_error(error))?;
        Ok(known.detail.get_or_init(|| Detail::of(&incident)))
    }

    /// Lines of a list with the beginnings of their latest updates.
    pub(crate) async fn lines(&self, known: Vec<Arc<Known>>) -> Result<Vec<IncidentLine>, Error> {
        let mut lines = Vec::with_capacity(known.len());
        for known in known {
            self.detail(&known).await?;
            lines.push(known.line());
        }
        Ok(lines)
    }

    /// What every page has around it.
    pub(crate) fn shell(&self, path: &str, as_of: Timestamp) -> Shell {
        Shell {
            site_name: self.config.name.clone(),
            path: path.to_owned(),
            now: as_of,
            seen_at: None,
            version: self.config.version.clone(),
            json_url: None,
            atom_url: Some(Target::Atom.path()),
            signed_in: false,
        }
    }
}

/// A template that fails is a mistake of ours.
pub(crate) fn printed(page: Result<String, askama::Error>) -> Result<String, Error> {
    page.map_err(|error| Error::Internal(Box::new(error)))
}

/// JSON of a body of ours, with a line end for those who read it in a terminal.
pub(crate) fn json<T: serde::Serialize>(body: &T) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(body).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(text + "\n")
}

fn format_of(target: &Target) -> Format {
    match target {
        Target::Atom => Format::Atom,
        Target::Compat(_) => Format::OpenJson,
        target if target.path().starts_with("/api/") => Format::Json,
        _ => Format::Html,
    }
}
