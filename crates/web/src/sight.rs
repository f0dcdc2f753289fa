//! What one audience sees: the readers of a page, or one of the team. It is the one place where visibility is
//! decided. A [`Sight`] is made from the whole and a page, and everything that is rendered is made from one, so
//! that a filter cannot be forgotten: what is left out is not in it.
//!
//! Never made from a request: neither a header nor a query widens what a page shows.

use crate::error::Error;
use crate::load::Told;
use crate::page::Page;
use crate::snapshot::{Detail, Known, Snapshot, source_of};
use crate::view::Voice;
use crate::view::links::Links;
use domain::public::Shown;
use domain::{
    Action, Component, ComponentKey, Entry, Environment, Grants, Incident, IncidentId, Place, PublicIncident,
    Slug, Visibility, may,
};
use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use store::IncidentRow;

/// What one audience sees.
#[derive(Clone, Debug)]
pub struct Sight {
    page: Arc<Page>,
    seen: Arc<Snapshot>,
    eyes: Eyes,
}

/// Whose eyes they are.
#[derive(Clone, Debug)]
enum Eyes {
    /// Those of the readers of the page.
    Readers,
    /// Those of one of the team: all of the environments where they may see, and of others what strangers see.
    Member { grants: Grants, strangers: Arc<Page> },
}

impl Deref for Sight {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.seen
    }
}

impl Sight {
    /// What the readers of a page see. Only [`Page::sight`] hands in what was made for the page.
    pub(crate) fn of_page(page: &Arc<Page>, seen: Arc<Snapshot>) -> Self {
        Self { page: Arc::clone(page), seen, eyes: Eyes::Readers }
    }

    /// What somebody sees who holds these grants. `strangers` is the page that is open to them where they hold none.
    pub(crate) fn of_member(
        page: &Arc<Page>,
        whole: &Arc<Snapshot>,
        grants: &Grants,
        strangers: &Arc<Page>,
    ) -> Self {
        let seen = if sees_all(grants, Place::Everywhere) {
            Arc::clone(whole)
        } else {
            Arc::new(whole.for_member(grants, strangers))
        };
        let eyes = Eyes::Member { grants: grants.clone(), strangers: Arc::clone(strangers) };
        Self { page: Arc::clone(page), seen, eyes }
    }

    /// The same for files of an export that lie so many folders deep.
    pub(crate) fn as_files(&self, depth: usize) -> Self {
        Self { page: self.page.at(Links::of_files(depth)), ..self.clone() }
    }

    /// The page.
    pub fn page(&self) -> &Arc<Page> {
        &self.page
    }

    /// Whether nothing of this source is left out: vendors have no secrets from the team.
    fn sees_whole(&self, source: (&Slug, bool)) -> bool {
        match &self.eyes {
            Eyes::Readers => false,
            Eyes::Member { grants, .. } => !source.1 || sees_all(grants, Place::In(source.0)),
        }
    }

    /// These rows, which need not be in memory, as far as they are seen.
    pub(crate) fn of_rows(&self, rows: Vec<IncidentRow>) -> Snapshot {
        let known = self.seen.with_rows(rows);
        match &self.eyes {
            Eyes::Readers => known.for_page(&self.page, None),
            Eyes::Member { grants, .. } if sees_all(grants, Place::Everywhere) => known,
            Eyes::Member { grants, strangers } => known.for_member(grants, strangers),
        }
    }

    /// How the page speaks.
    pub fn voice(&self) -> Voice {
        Voice {
            now: self.seen.as_of,
            words: self.page.words(),
            links: self.page.links.clone(),
            zone: self.page.config.zone.clone(),
        }
    }

    /// An incident as this audience sees it.
    pub(crate) fn tell(
        &self,
        incident: Incident,
        timeline: Vec<Entry>,
        subject: Arc<str>,
    ) -> Result<Told, Error> {
        let source = source_of(&incident.origin);
        if self.sees_whole(source) {
            return Ok(Told { incident, timeline, subject });
        }
        let missing = || Error::no_incident(&incident.id);
        let component = |key: &ComponentKey| !source.1 || self.shows_component(source.0, key);
        let other = |id: &IncidentId| self.seen.incident(id).is_some();
        let shown = Shown { component: &component, incident: &other };
        let (incident, timeline) =
            PublicIncident::of(&incident, &timeline, shown).ok_or_else(missing)?.into_parts();
        Ok(Told { incident, timeline, subject })
    }

    fn shows_component(&self, environment: &Slug, key: &ComponentKey) -> bool {
        let page = match &self.eyes {
            Eyes::Readers => &self.page,
            Eyes::Member { strangers, .. } => strangers,
        };
        page.config.components.is_none() || self.seen.has_component(environment, key)
    }

    /// Whether nothing of an incident is left out here, as far as words go.
    pub(crate) fn sees_all_of(&self, known: &Known) -> bool {
        !known.is_own() || self.sees_whole((known.source(), true))
    }

    /// What lists show of an incident beyond its row.
    pub(crate) fn detail(&self, incident: &Incident) -> Detail {
        let source = source_of(&incident.origin);
        let whole = !source.1 || self.sees_whole(source);
        let component = |key: &ComponentKey| whole || self.shows_component(source.0, key);
        let shown = Shown { component: &component, incident: &|_| true };
        match PublicIncident::of(incident, &[], shown) {
            Some(public) => Detail::of(public.incident()),
            // Only the team sees it at all.
            None => Detail::of(incident),
        }
    }
}

/// Whether somebody who holds these sees what only operators see.
fn sees_all(grants: &Grants, place: Place<'_>) -> bool {
    may(grants, Action::See, place).is_ok()
}

impl Page {
    /// Whether it shows a component of an environment. What is not known is shown where nothing was chosen.
    pub fn shows_component(&self, environment: &Slug, key: &ComponentKey) -> bool {
        self.config.components.is_none() || self.last_seen().has_component(environment, key)
    }

    /// Whether it shows an environment.
    pub fn shows_environment(&self, environment: &Slug) -> bool {
        self.environments().iter().any(|it| &it.slug == environment)
    }

    /// Whether its readers see an incident at all, where they see these environments.
    fn shows(&self, row: &IncidentRow, environments: &[Environment]) -> bool {
        let (source, own) = source_of(&row.origin);
        if !own {
            return self.config.vendors;
        }
        let Some(environment) = environments.iter().find(|it| &it.slug == source) else { return false };
        let named = |component: &Component| row.components.contains(&component.name);
        let touches = self.config.components.is_none()
            || row.components.is_empty()
            || environment.components.iter().any(named);
        row.visibility == Visibility::Public && touches
    }

    /// The row without components that the page does not show.
    fn narrow(&self, known: &Arc<Known>, environments: &[Environment]) -> Arc<Known> {
        if !known.is_own() || self.config.components.is_none() {
            return Arc::clone(known);
        }
        let environment = environments.iter().find(|it| &it.slug == known.source());
        let names: HashSet<&str> =
            environment.iter().flat_map(|it| &it.components).map(|it| it.name.as_str()).collect();
        let mut row = known.row.clone();
        row.components.retain(|name| names.contains(name.as_str()));
        Arc::new(Known { row, source_name: Arc::clone(&known.source_name), detail: OnceLock::new() })
    }
}

impl Snapshot {
    fn has_component(&self, environment: &Slug, key: &ComponentKey) -> bool {
        let environment = self.environments.iter().find(|it| &it.slug == environment);
        environment.is_some_and(|it| it.components.iter().any(|component| &component.key == key))
    }

    /// What somebody sees who holds these grants and is a stranger elsewhere.
    fn for_member(&self, grants: &Grants, strangers: &Page) -> Self {
        let open = strangers.is_public();
        let shown = if open { strangers.config.shown(&self.environments) } else { Arc::default() };
        let seen = self.incidents.iter().filter_map(|known| {
            if !known.is_own() || sees_all(grants, Place::In(known.source())) {
                return Some(Arc::clone(known));
            }
            strangers.shows(&known.row, &shown).then(|| strangers.narrow(known, &shown))
        });
        let mut seen = self.with(seen.collect());
        let environments = self.environments.iter().filter_map(|it| {
            let whole = sees_all(grants, Place::In(&it.slug)).then_some(it);
            whole.or_else(|| shown.iter().find(|shown| shown.slug == it.slug))
        });
        seen.environments = environments.cloned().collect();
        seen
    }

    /// What the readers of a page see of everything. `before` is what the page was last made from, and what
    /// was made of it: where the incidents are the same, they are not filtered again.
    pub(crate) fn for_page(&self, page: &Page, before: Option<(&Self, &Self)>) -> Self {
        let vendors = if page.config.vendors { self.vendors.clone() } else { Vec::new() };
        let environments = page.config.shown(&self.environments);
        let unchanged = before.filter(|(whole, _)| Arc::ptr_eq(&whole.incidents, &self.incidents));
        if let Some((_, seen)) = unchanged {
            let mut seen = self.with_lists_of(seen);
            seen.vendors = vendors;
            seen.environments = environments;
            return seen;
        }
        let shown = self.incidents.iter().filter(|known| page.shows(&known.row, &environments));
        let seen: Vec<Arc<Known>> = shown
            .map(|known| {
                let narrowed = page.narrow(known, &environments);
                // What was loaded of it before still holds.
                let kept = before.and_then(|(_, seen)| seen.incident(&known.row.id));
                match kept.filter(|kept| kept.row == narrowed.row) {
                    Some(kept) if !Arc::ptr_eq(&narrowed, known) => Arc::clone(kept),
                    _ => narrowed,
                }
            })
            .collect();
        let mut seen = self.with(seen);
        seen.vendors = vendors;
        seen.environments = environments;
        seen
    }
}
