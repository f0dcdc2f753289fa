//! Components and their groups. Statuspage knows no environments: where a page shows several, each is a group.

use super::Page;
use super::status::word;
use super::time::Time;
use domain::{ComponentKey, ComponentState, Slug, Timestamp};
use serde::Serialize;

/// A component of the page.
#[derive(Clone, Debug)]
pub struct Part {
    /// Environment it belongs to.
    pub environment: Slug,
    /// Key by which updates name it.
    pub key: ComponentKey,
    /// Display name.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
    /// How it stands.
    pub state: ComponentState,
    /// Since when somebody says how it stands.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A component or a group.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ComponentBody {
    id: String,
    name: String,
    status: &'static str,
    created_at: Time,
    updated_at: Time,
    position: usize,
    description: Option<&'static str>,
    showcase: bool,
    start_date: Option<&'static str>,
    group_id: Option<String>,
    page_id: String,
    group: bool,
    only_show_if_degraded: bool,
    /// Members of a group; Statuspage gives them to groups only.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<String>>,
    /// Ours: the state, which may be `unknown`.
    state: &'static str,
    /// Ours: the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
}

/// What a component is called in a document.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Its id.
    pub(super) id: String,
    /// With the group, as updates write it.
    pub(super) full_name: String,
}

/// All components of a page, in its order.
pub(super) struct Parts<'a> {
    page: &'a Page,
    parts: &'a [Part],
}

impl<'a> Parts<'a> {
    pub(super) fn new(page: &'a Page, parts: &'a [Part]) -> Self {
        Self { page, parts }
    }

    /// Every group followed by its members.
    pub(super) fn bodies(&self) -> Vec<ComponentBody> {
        let mut bodies = Vec::new();
        let mut groups: Vec<&str> = Vec::new();
        let mut position = 0;
        for part in self.parts {
            match &part.group {
                None => {
                    position += 1;
                    bodies.push(self.body(part, position));
                }
                Some(name) if !groups.contains(&name.as_str()) => {
                    position += 1;
                    groups.push(name);
                    let members: Vec<&Part> =
                        self.parts.iter().filter(|part| part.group.as_ref() == Some(name)).collect();
                    bodies.push(self.group(name, &members, position));
                    let members = members.iter().enumerate();
                    bodies.extend(members.map(|(place, member)| self.body(member, place + 1)));
                }
                Some(_) => {}
            }
        }
        bodies
    }

    /// The bodies of those components that the incident of an environment names.
    pub(super) fn of(&self, environment: &Slug, keys: &[&ComponentKey]) -> Vec<ComponentBody> {
        let names: Vec<String> = keys.iter().map(|key| component_id(environment, key)).collect();
        self.bodies().into_iter().filter(|body| names.contains(&body.id)).collect()
    }

    /// What the component of that key is called; one that is no longer configured keeps its last name.
    pub(super) fn named(&self, environment: &Slug, key: &ComponentKey, last_name: &str) -> Named {
        let part = self.parts.iter().find(|part| &part.environment == environment && &part.key == key);
        let name = part.map_or(last_name, |part| &part.name);
        let full_name = match part.and_then(|part| part.group.as_ref()) {
            Some(group) => format!("{group} - {name}"),
            None => name.to_owned(),
        };
        Named { id: component_id(environment, key), full_name }
    }

    fn body(&self, part: &Part, position: usize) -> ComponentBody {
        ComponentBody {
            id: component_id(&part.environment, &part.key),
            name: part.name.clone(),
            status: word(part.state),
            created_at: Time(part.created_at),
            updated_at: Time(part.updated_at),
            position,
            description: None,
            showcase: true,
            start_date: None,
            group_id: part.group.as_deref().map(|group| self.group_id(group)),
            page_id: self.page.id.clone(),
            group: false,
            only_show_if_degraded: false,
            components: None,
            state: part.state.as_str(),
            environment: Some(part.environment.to_string()),
        }
    }

    fn group(&self, name: &str, members: &[&Part], position: usize) -> ComponentBody {
        let created = members.iter().map(|part| part.created_at);
        let updated = members.iter().map(|part| part.updated_at);
        let state = ComponentState::worst(members.iter().map(|part| part.state));
        ComponentBody {
            id: self.group_id(name),
            name: name.to_owned(),
            status: word(state),
            created_at: Time(created.min().unwrap_or_default()),
            updated_at: Time(updated.max().unwrap_or_default()),
            position,
            description: None,
            showcase: false,
            start_date: None,
            group_id: None,
            page_id: self.page.id.clone(),
            group: true,
            only_show_if_degraded: false,
            components: Some(members.iter().map(|part| component_id(&part.environment, &part.key)).collect()),
            state: state.as_str(),
            environment: None,
        }
    }

    fn group_id(&self, name: &str) -> String {
        domain::id::of_name(&format!("group {}", self.page.id), name)
    }
}

/// The same on every node and after every restart, whatever the page shows beside it.
fn component_id(environment: &Slug, key: &ComponentKey) -> String {
    domain::id::of_name(&format!("component {environment}"), &key.0)
}
