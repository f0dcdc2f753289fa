//! What an invented vendor's page shows, as data, and its documents as Statuspage writes them.

use serde_json::{Value, json};

/// A status page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// When it says that it changed last.
    pub(crate) updated_at: String,
    /// Components: id, name, state.
    pub(crate) components: Vec<(&'static str, &'static str, &'static str)>,
    /// Incidents, newest first.
    pub(crate) incidents: Vec<Told>,
}

/// An incident as the page tells it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The vendor's id.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: String,
    /// Grade.
    pub(crate) impact: &'static str,
    /// Ids of the components that it names.
    pub(crate) components: Vec<&'static str>,
    /// Updates, oldest first; the last one gives the state.
    pub(crate) updates: Vec<Post>,
}

/// An update as the page tells it.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// The vendor's id.
    pub(crate) id: String,
    /// State that it announces.
    pub(crate) status: &'static str,
    /// Text.
    pub(crate) body: String,
    /// When it was posted.
    pub(crate) at: String,
    /// When it was changed last.
    pub(crate) changed_at: String,
}

impl Page {
    /// A page of two components on which nothing has happened for a month.
    pub(crate) fn quiet() -> Self {
        let mut old = Told::new("old0", "Sorting is late", "minor", &["c-sort"]);
        old.post("old0u0", "investigating", "Parcels wait for the sorter.", "2024-11-14T09:00:00Z");
        old.post("old0u1", "resolved", "The sorter runs.", "2024-11-14T10:30:00Z");
        Self {
            updated_at: "2024-11-14T10:30:00Z".to_owned(),
            components: vec![("c-track", "Tracking", "operational"), ("c-sort", "Sorting", "operational")],
            incidents: vec![old],
        }
    }

    /// The incident of that id.
    pub(crate) fn incident(&mut self, id: &str) -> &mut Told {
        self.incidents.iter_mut().find(|told| told.id == id).expect("the page tells it")
    }

    /// The document of that name, the page's own facts first as the platform has it.
    pub(crate) fn document(&self, name: &str) -> Option<String> {
        let open =
            || self.incidents.iter().filter(|told| told.is_open()).map(|told| self.told(told)).collect();
        let parts: Vec<(&str, Value)> = match name {
            "summary" => vec![
                ("components", self.components.iter().map(component).collect()),
                ("incidents", open()),
                ("scheduled_maintenances", json!([])),
                ("status", json!({ "indicator": self.indicator(), "description": "" })),
            ],
            "incidents" => vec![("incidents", self.incidents.iter().map(|told| self.told(told)).collect())],
            "scheduled-maintenances" => vec![("scheduled_maintenances", json!([]))],
            _ => return None,
        };
        let facts = json!({
            "id": "pp0page", "name": "Pigeon Post", "url": "https://status.pigeon-post.example",
            "time_zone": "Etc/UTC", "updated_at": self.updated_at,
        });
        let mut document = format!("{{\"page\":{facts}");
        document.extend(parts.iter().map(|(key, value)| format!(",\"{key}\":{value}")));
        Some(document + "}")
    }

    fn indicator(&self) -> &'static str {
        self.incidents.iter().find(|told| told.is_open()).map_or("none", |told| told.impact)
    }

    fn told(&self, told: &Told) -> Value {
        let named = self.components.iter().filter(|(id, ..)| told.components.contains(id));
        let over = told.updates.iter().find(|post| post.status == "resolved").filter(|_| !told.is_open());
        json!({
            "id": told.id, "name": told.title, "status": told.status(), "impact": told.impact,
            "shortlink": format!("https://status.pigeon-post.example/i/{}", told.id),
            "created_at": told.updates[0].at, "updated_at": self.updated_at,
            "resolved_at": over.map(|post| &post.at),
            "components": named.map(component).collect::<Value>(),
            "incident_updates": told.updates.iter().rev().map(Post::document).collect::<Value>(),
        })
    }
}

impl Told {
    /// One without a word yet.
    pub(crate) fn new(id: &str, title: &str, impact: &'static str, components: &[&'static str]) -> Self {
        let (id, title, components) = (id.to_owned(), title.to_owned(), components.to_vec());
        Self { id, title, impact, components, updates: Vec::new() }
    }

    /// Posts an update.
    pub(crate) fn post(&mut self, id: &str, status: &'static str, body: &str, at: &str) {
        let (at, changed_at) = (at.to_owned(), at.to_owned());
        self.updates.push(Post { id: id.to_owned(), status, body: body.to_owned(), at, changed_at });
    }

    /// Changes the words of an update.
    pub(crate) fn edit(&mut self, id: &str, body: &str, at: &str) {
        let post = self.updates.iter_mut().find(|post| post.id == id).expect("the update is there");
        (post.body, post.changed_at) = (body.to_owned(), at.to_owned());
    }

    fn status(&self) -> &'static str {
        self.updates.last().expect("an incident begins with an update").status
    }

    fn is_open(&self) -> bool {
        !matches!(self.status(), "resolved" | "postmortem")
    }
}

impl Post {
    fn document(&self) -> Value {
        json!({
            "id": self.id, "status": self.status, "body": self.body, "created_at": self.at,
            "display_at": self.at, "updated_at": self.changed_at, "affected_components": null,
        })
    }
}

fn component((id, name, state): &(&'static str, &'static str, &'static str)) -> Value {
    json!({ "id": id, "name": name, "status": state, "group": false, "group_id": null, "position": 1 })
}
