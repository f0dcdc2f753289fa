//! From the sight and the store to the inputs of pages, and from there to rendered answers.
//!
//! Nothing here writes, and nothing is loaded that the sight does not know to be visible.

mod api;
mod compat;
mod history;
mod incident;
mod lists;
mod own;
pub(crate) mod queries;
mod raw;
mod reads;
mod vendor;

pub(crate) use incident::Told;
pub(crate) use lists::Question;
use lists::order_worst_first;
pub(crate) use own::count_states;
pub(crate) use reads::in_memory;
pub(crate) use vendor::named_of;

use crate::error::Error;
use crate::pages::{self, Shell};
use crate::rendered::{Format, Rendered};
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::{Detail, Known};
use crate::target::Target;
use crate::view::Voice;
use crate::view::line::IncidentLine;
use domain::{IncidentId, Timestamp};
use std::sync::Arc;

impl Site {
    /// Renders a target.
    pub(crate) async fn render(&self, target: &Target, sight: &Sight) -> Result<Rendered, Error> {
        let text = match target {
            Target::Home => self.home_page(sight).await?,
            Target::Vendors => self.vendors_page(sight, pages::vendors::Filter::default(), "").await?,
            Target::Vendor(slug) => self.vendor_page(sight, slug).await?,
            Target::Raw(slug) => self.raw_page(sight, slug, None).await?,
            Target::Incidents => self.incidents_page(sight, &Question::default()).await?,
            Target::Incident(id) => self.incident_page(sight, id).await?,
            Target::History => self.history_page(sight, None).await?,
            Target::Atom | Target::Rss | Target::JsonFeed => self.feed(sight, target).await?,
            Target::StatusJson => self.status_json(sight).await?,
            Target::VendorsJson => self.vendors_json(sight).await?,
            Target::VendorJson(slug) => self.vendor_json(sight, slug).await?,
            Target::VendorIncidentsJson(slug) => {
                let question = Question::of_source(slug);
                self.incidents_json(sight, &question, target).await?
            }
            Target::IncidentsJson => self.incidents_json(sight, &Question::default(), target).await?,
            Target::IncidentJson(id) => self.incident_json(sight, id).await?,
            Target::TimelineJson(id) => self.timeline_json(sight, id).await?,
            Target::EnvironmentsJson => self.environments_json(sight).await?,
            Target::Compat(document) => self.compat_document(sight, document).await?,
            Target::Badge => self.page_badge(sight).await?,
            Target::ComponentBadge(slug) => self.component_badge(sight, slug).await?,
            Target::Embed => self.embed_page(sight).await?,
        };
        let rendered = Rendered::new(format_of(target), &text, sight.as_of, &self.common);
        Ok(if *target == Target::Embed {
            rendered.framed_by(sight.page().config.embed.as_deref())
        } else {
            rendered
        })
    }

    /// Whether a target may be seen. Answered from memory, except for incidents older than those that are
    /// kept there.
    pub(crate) async fn check_exists(&self, sight: &Sight, target: &Target) -> Result<(), Error> {
        match target {
            Target::Vendor(slug)
            | Target::Raw(slug)
            | Target::VendorJson(slug)
            | Target::VendorIncidentsJson(slug) => {
                sight.vendor(slug).map(|_| ()).ok_or_else(|| Error::no_vendor(slug))
            }
            Target::ComponentBadge(slug) if !sight.has_badge(slug) => Err(Error::no_page(&target.path())),
            Target::Vendors | Target::VendorsJson if !sight.page().config.vendors => {
                Err(Error::no_page(&target.path()))
            }
            Target::Incident(id) | Target::IncidentJson(id) | Target::TimelineJson(id) => {
                self.find(sight, id).await.map(|_| ())
            }
            Target::Compat(document) => match document.incident() {
                Some(id) => self.find(sight, id).await.map(|_| ()),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// An incident that may be seen.
    pub(crate) async fn find(&self, sight: &Sight, id: &IncidentId) -> Result<Arc<Known>, Error> {
        if let Some(known) = sight.incident(id) {
            return Ok(Arc::clone(known));
        }
        if !sight.truncated {
            return Err(Error::no_incident(id));
        }
        let _place = self.questions.try_acquire().map_err(|_| Error::Busy)?;
        let row = self.store.incident_row(id).await.map_err(|error| match error {
            store::Error::NotFound => Error::no_incident(id),
            other => self.store_error(other),
        })?;
        sight.of_rows(vec![row]).incident(id).cloned().ok_or_else(|| Error::no_incident(id))
    }

    /// What rows do not tell of an incident; loaded once per version.
    pub(crate) async fn detail<'a>(&self, sight: &Sight, known: &'a Known) -> Result<&'a Detail, Error> {
        if let Some(detail) = known.detail.get() {
            return Ok(detail);
        }
        let incident = self.store.load(&known.row.id).await.map_err(|error| self.store_error(error))?;
        Ok(known.detail.get_or_init(|| sight.detail(&incident)))
    }

    /// Lines of a list with the beginnings of their latest updates.
    pub(crate) async fn lines(
        &self,
        sight: &Sight,
        known: Vec<Arc<Known>>,
    ) -> Result<Vec<IncidentLine>, Error> {
        let mut lines = Vec::with_capacity(known.len());
        for known in known {
            self.detail(sight, &known).await?;
            lines.push(known.line());
        }
        Ok(lines)
    }

    /// What every page has around it. `path` is where it is, with its query.
    pub(crate) fn shell(&self, sight: &Sight, path: String) -> Shell {
        let voice = sight.voice();
        Shell {
            site_name: sight.page().name().to_owned(),
            path,
            now: voice.now,
            seen_at: None,
            version: self.config.version.clone(),
            json_url: None,
            atom_url: Some(voice.links.to(&Target::Atom)),
            signed_in: false,
            look: sight.page().look(),
            voice,
        }
    }

    /// What every page of the console has around it.
    pub(crate) fn team_shell(&self, path: &str, now: Timestamp) -> Shell {
        let voice = Voice::english(now);
        Shell {
            site_name: self.config.name.clone(),
            path: path.to_owned(),
            now,
            seen_at: None,
            version: self.config.version.clone(),
            json_url: None,
            atom_url: None,
            signed_in: false,
            look: self.team.look(),
            voice,
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
        Target::Rss => Format::Rss,
        Target::JsonFeed => Format::JsonFeed,
        Target::Compat(_) => Format::OpenJson,
        Target::Badge | Target::ComponentBadge(_) => Format::Svg,
        target if target.path().starts_with("/api/") => Format::Json,
        _ => Format::Html,
    }
}
