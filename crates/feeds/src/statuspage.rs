//! Atlassian Statuspage: the public JSON API version 2, webhooks, the objects of the manage API, and
//! incident.io's imitation of it (ULIDs for ids, `null` for empty lists, no `shortlink`).
//!
//! One reader takes every shape, since all are made of the same objects: `summary.json`,
//! `incidents.json`, `incidents/unresolved.json`, `scheduled-maintenances.json`, `components.json`,
//! `status.json`, one incident, a bare list of incidents or components, a webhook. Watching fetches
//! `summary.json` at every tick, and the two histories when the page says that it has changed.
//!
//! It never takes the incident's own `started_at` for the time of publication: that field is typed by
//! hand, and on real pages it is sometimes hours off.

mod affected;
mod component;
mod incident;

use crate::Document;
use crate::address;
use crate::document::Content;
use crate::field::Field;
use crate::format::{Error, Format};
use crate::json::Json;
use crate::notes::{INCIDENTS_ONLY, Notes, quote};
use component::Names;
use domain::component::ComponentState;
use domain::incident::Kind;
use domain::observation::{IncidentObservation, PageObservation};
use jiff::Timestamp;
use std::collections::HashSet;
use url::Url;

/// The entry in [`FORMATS`](crate::FORMATS).
pub(crate) const FORMAT: Format = Format {
    name: "statuspage",
    about: "Atlassian Statuspage JSON (API v2, webhooks, manage API) and incident.io's imitation of it",
    example: include_str!("../fixtures/statuspage/summary.json"),
    probes,
    recognise,
    parse,
    main,
    details,
};

const API: &str = "/api/v2/";
const SUMMARY: &str = "api/v2/summary.json";
const HISTORIES: [&str; 2] = ["api/v2/incidents.json", "api/v2/scheduled-maintenances.json"];
const EXPECTED: &str = "Statuspage JSON";

fn probes(base: &Url) -> Vec<Url> {
    address::below(base, &[SUMMARY])
}

fn main(base: &Url) -> Url {
    root(base).map_or_else(|| base.clone(), |root| address::at(base, root, SUMMARY))
}

fn details(base: &Url) -> Vec<Url> {
    let root = root(base).into_iter();
    root.flat_map(|root| HISTORIES.map(|history| address::at(base, root, history))).collect()
}

/// The path below which the page stands; `None` if `base` is a document of its own somewhere else.
fn root(base: &Url) -> Option<&str> {
    let path = base.path();
    match path.find(API) {
        Some(api) => Some(&path[..api]),
        None if path.to_ascii_lowercase().ends_with(".json") => None,
        // Statuspage owns its host: whatever else is asked for lies inside the page.
        None => Some(""),
    }
}

fn recognise(document: &Document) -> Option<String> {
    let json = document.json()?;
    if let Some(first) = json.entries().first() {
        let what = if component::is_component(first) { "components" } else { "incidents" };
        let known = component::is_component(first) || incident::is_incident(first);
        return known.then(|| format!("a bare list of Statuspage {what}"));
    }
    if incident::is_incident(json) {
        return Some("a Statuspage incident: `id`, `name`, `status` and its updates".to_owned());
    }
    let of_page = json.get("page").and_then(|page| page.text("id"));
    let holds = |key: &&str| json.get(key).is_some();
    let parts =
        ["status", "components", "incidents", "scheduled_maintenances", "incident", "component_update"];
    let part = parts.iter().find(|part| holds(part))?;
    // What is named but cannot be read (a `status` that was mended to null) is nothing to go by.
    Parts::of(&Field::root(json, &Notes::default()))?;
    let first_incident = json.get("incidents").and_then(|incidents| incidents.entries().first());
    let platform = match (of_page, first_incident) {
        (Some(id), _) if is_ulid(id) => "incident.io, which answers as Statuspage does with ULIDs for ids",
        (Some(_), _) => "Statuspage",
        (None, Some(first)) if incident::is_incident(first) => "Statuspage, its `page` left out",
        _ => return None,
    };
    let id = of_page.map(|id| format!("`page.id` {} and ", quote(id))).unwrap_or_default();
    Some(format!("{id}`{part}` of {platform}"))
}

/// Whether an id is a ULID: 26 letters and digits that begin with the time.
fn is_ulid(id: &str) -> bool {
    id.len() == 26 && id.starts_with('0') && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn parse(document: &Document, seen_at: Timestamp) -> Result<PageObservation, Error> {
    let json = match document.content() {
        Content::Json(json) => json,
        Content::Empty => return Err(Error::Empty),
        _ => return Err(other(document)),
    };
    let notes = Notes::default();
    let root = Field::root(json, &notes);
    let parts = Parts::of(&root).ok_or_else(|| other(document))?;
    let mut page = parts.read(seen_at);
    if let Some(header) = root.object("page") {
        read_header(&header, &mut page);
    }
    page.complete = parts.is_full_list(document.url(), &page);
    if page.indicator.is_none() && parts.components.is_empty() {
        notes.add(|| INCIDENTS_ONLY.to_owned());
    }
    page.warnings = notes.finish();
    Ok(page)
}

fn other(document: &Document) -> Error {
    Error::OtherThanExpected { expected: EXPECTED, found: document.describe() }
}

fn read_header(header: &Field<'_>, page: &mut PageObservation) {
    header.text("name").unwrap_or_default().clone_into(&mut page.name);
    header.text("url").unwrap_or_default().clone_into(&mut page.url);
    page.time_zone = header.text("time_zone").filter(|zone| !zone.is_empty()).map(str::to_owned);
    page.updated_at = header.time("updated_at");
    if page.indicator.is_none() {
        page.indicator = component::indicator(header, "status_indicator");
    }
}

/// The parts of a document, wherever its shape puts them.
struct Parts<'a> {
    status: Option<Field<'a>>,
    components: Vec<Field<'a>>,
    incidents: Vec<Field<'a>>,
    maintenances: Vec<Field<'a>>,
    webhook: Option<Field<'a>>,
    /// Names of the lists that were there.
    lists: Vec<&'static str>,
    /// Whether a part was there that could not be read.
    lost: bool,
}

impl<'a> Parts<'a> {
    /// Finds the parts; `None` if there are none.
    fn of(root: &Field<'a>) -> Option<Self> {
        let mut parts = Self {
            status: None,
            components: Vec::new(),
            incidents: Vec::new(),
            maintenances: Vec::new(),
            webhook: None,
            lists: Vec::new(),
            lost: false,
        };
        match root.json {
            Json::Array(_) => parts.take_bare_list(root),
            Json::Object(_) if incident::is_incident(root.json) => parts.incidents.push(root.clone()),
            Json::Object(_) => parts.take_object(root),
            _ => return None,
        }
        let nothing =
            parts.incidents.is_empty() && parts.components.is_empty() && parts.maintenances.is_empty();
        let silent = parts.status.is_none() && parts.webhook.is_none() && parts.lists.is_empty();
        (!nothing || !silent).then_some(parts)
    }

    fn take_bare_list(&mut self, root: &Field<'a>) {
        for entry in root.entries() {
            if component::is_component(entry.json) {
                self.components.push(entry);
            } else if incident::is_incident(entry.json) {
                self.incidents.push(entry);
            } else {
                entry.warn_here(|| {
                    format!("expected an incident or a component, found {}", entry.json.show())
                });
            }
        }
        if root.entries().is_empty() {
            self.lists.push("incidents");
        }
    }

    fn take_object(&mut self, root: &Field<'a>) {
        self.status = root.object("status");
        let unreadable = |key: &&str| root.has(key) && !matches!(root.json.get(key), Some(Json::Array(_)));
        let lists = ["components", "incidents", "scheduled_maintenances"];
        self.lost = lists.iter().any(unreadable) || (root.has("status") && self.status.is_none());
        let mut list = |key: &'static str| {
            // A list that is `null` is an empty one in incident.io's answers.
            if matches!(root.json.get(key), Some(Json::Array(_) | Json::Null)) {
                self.lists.push(key);
            }
            root.list(key)
        };
        self.components = list("components");
        self.incidents = list("incidents");
        self.maintenances = list("scheduled_maintenances");
        if root.has("incident") {
            self.incidents.extend(root.object("incident"));
        }
        self.webhook = root.object("component_update").map(|_| root.clone());
    }

    fn read(&self, seen_at: Timestamp) -> PageObservation {
        let names = Names::of(&self.components);
        let mut components: Vec<_> =
            self.components.iter().filter_map(|field| component::read(field, &names)).collect();
        components.extend(self.webhook.as_ref().and_then(component::read_webhook));
        let incidents = self.incidents.iter().map(|field| (field, Kind::Incident));
        let maintenances = self.maintenances.iter().map(|field| (field, Kind::Maintenance));
        let read = |(field, kind): (&Field<'a>, Kind)| incident::read(field, kind, &names, seen_at);
        PageObservation {
            indicator: self.indicator(),
            components,
            incidents: newest_first(incidents.chain(maintenances).filter_map(read).collect()),
            ..PageObservation::default()
        }
    }

    /// The headline. Where an entry of a list could not be read it is at best unknown: that entry may
    /// have been the one that was broken.
    fn indicator(&self) -> Option<ComponentState> {
        let stated = self.status.as_ref().and_then(|status| component::indicator(status, "indicator"));
        let entries = self.components.iter().chain(&self.incidents).chain(&self.maintenances);
        let lost = self.lost || entries.into_iter().any(|entry| !matches!(entry.json, Json::Object(_)));
        if lost {
            Some(stated.unwrap_or(ComponentState::Unknown).worse(ComponentState::Unknown))
        } else {
            stated
        }
    }

    /// Whether the document is one of the full histories rather than a selection of what is open. Where
    /// the address does not say, a list in which something is over is taken for a history.
    fn is_full_list(&self, url: Option<&Url>, page: &PageObservation) -> bool {
        let selection = self.status.is_some() || !self.components.is_empty() || self.webhook.is_some();
        let listed = self.lists.len() == 1 || (self.lists.is_empty() && self.incidents.len() > 1);
        let history = match url.map(Url::path).filter(|path| path.contains(API)) {
            Some(path) => HISTORIES.iter().any(|history| path.ends_with(history)),
            None => page.incidents.iter().any(|incident| incident.state.is_over()),
        };
        let understood = page.incidents.len() == self.incidents.len() + self.maintenances.len();
        history && listed && understood && !selection
    }
}

/// Newest first, each incident once.
fn newest_first(mut incidents: Vec<IncidentObservation>) -> Vec<IncidentObservation> {
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.published_at));
    let mut known = HashSet::new();
    incidents.retain(|incident| known.insert(incident.external_id.clone()));
    incidents
}
