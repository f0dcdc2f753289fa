//! Our own status in the shapes of Atlassian Statuspage's public API, version 2, so that whatever reads such a
//! page reads ours: same names, types, nulls, orders and limits. What only we know stands beside, under names
//! of its own.
//!
//! These are pure functions over one page and what may be seen there: nothing is loaded here, and nothing that
//! is internal may be handed in. Where nobody has said how something stands, Statuspage has no word for it, and
//! clients break on a word of ours: its own word is then the mildest that is not green, and ours stands beside.

mod component;
mod document;
mod incident;
mod status;
mod time;

pub use component::Part;
pub use document::Document;

use component::Parts;
use domain::{ComponentState, Incident, Timestamp};
use incident::IncidentBody;
use serde::Serialize;
use serde_json::Value;
use status::StatusBody;
use time::Time;

/// Most incidents, and most maintenances, in a list.
pub const LIST_LIMIT: usize = 50;

/// The page that speaks.
#[derive(Clone, Debug)]
pub struct Page {
    /// Twelve letters.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address without a slash at the end; empty where it is not known.
    pub url: String,
    /// IANA name of its zone.
    pub time_zone: String,
}

/// Everything that documents are made of.
#[derive(Debug)]
pub struct Input<'a> {
    /// The page.
    pub page: Page,
    /// Its components, in its order.
    pub parts: Vec<Part>,
    /// How it stands as a whole.
    pub overall: ComponentState,
    /// The incidents and maintenances of this document that everybody may see, in its order.
    pub incidents: &'a [Incident],
    /// When anything of the page was last said.
    pub updated_at: Timestamp,
}

/// A document as JSON; `None` where it is one incident's and there is none.
pub fn render(document: &Document, input: &Input<'_>) -> Option<Value> {
    let parts = Parts::new(&input.page, &input.parts);
    let page = || value(&PageBody::new(&input.page, input.updated_at));
    let components = || value(&parts.bodies());
    let status = || value(&StatusBody::new(input.overall, &input.parts));
    let incidents = |maintenances: bool| {
        let bodies = input.incidents.iter().filter(|incident| is_maintenance(incident) == maintenances);
        value(&bodies.map(|incident| IncidentBody::new(incident, &input.page, &parts)).collect::<Vec<_>>())
    };
    let object = |fields: Vec<(&str, Value)>| {
        let page = [("page", page())];
        Value::Object(page.into_iter().chain(fields).map(|(name, value)| (name.to_owned(), value)).collect())
    };
    Some(match document {
        Document::Summary => object(vec![
            ("components", components()),
            ("incidents", incidents(false)),
            ("scheduled_maintenances", incidents(true)),
            ("status", status()),
        ]),
        Document::Status => object(vec![("status", status())]),
        Document::Components => object(vec![("components", components())]),
        Document::Incidents | Document::Unresolved => object(vec![("incidents", incidents(false))]),
        Document::Maintenances | Document::Upcoming | Document::Active => {
            object(vec![("scheduled_maintenances", incidents(true))])
        }
        Document::Incident(_) | Document::Permalink(_) => {
            value(&IncidentBody::new(input.incidents.first()?, &input.page, &parts))
        }
    })
}

fn is_maintenance(incident: &Incident) -> bool {
    incident.kind == domain::Kind::Maintenance
}

/// The page as every document names it.
#[derive(Debug, Serialize)]
struct PageBody<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    time_zone: &'a str,
    updated_at: Time,
}

impl<'a> PageBody<'a> {
    fn new(page: &'a Page, updated_at: Timestamp) -> Self {
        Self {
            id: &page.id,
            name: &page.name,
            url: &page.url,
            time_zone: &page.time_zone,
            updated_at: Time(updated_at),
        }
    }
}

fn value(body: &impl Serialize) -> Value {
    // Bodies of ours have text as keys and no maps that could fail.
    serde_json::to_value(body).unwrap_or_default()
}

#[cfg(test)]
mod tests;
