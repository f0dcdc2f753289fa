//! The components that an incident touches, and what its updates say of them.
//!
//! Components are told apart by id, never by name: names change, and two groups may share one.

use super::component::{self, Names};
use crate::field::Field;
use crate::json::Json;
use domain::id::ComponentKey;
use domain::observation::ComponentChange;
use std::collections::HashMap;

/// Affected components: those that the incident lists, then those that only its updates name.
#[derive(Default)]
pub(super) struct Affected {
    list: Vec<(ComponentKey, String)>,
    position: HashMap<String, usize>,
}

impl Affected {
    /// Gathers them from an incident and its updates.
    pub(super) fn of(incident: &Field<'_>, posts: &[Field<'_>], names: &Names) -> Self {
        let mut affected = Self::default();
        for component in incident.list("components") {
            affected.take_listed(&component, names);
        }
        for post in posts {
            let told = post.json.get("affected_components").map(Json::entries).unwrap_or_default();
            for json in told {
                if let Some(code) = json.text("code") {
                    affected.add(code, name_of(json, code, names));
                }
            }
        }
        affected
    }

    /// What an update says of components, all of which are gathered by now.
    pub(super) fn changes(&self, post: &Field<'_>) -> Vec<ComponentChange> {
        let change = |field: &Field<'_>| {
            let Some(code) = field.id("code") else {
                field.warn("code", || "missing".to_owned());
                return None;
            };
            let name = self.position.get(&code).map_or(&code, |position| &self.list[*position].1);
            Some(ComponentChange {
                name: name.clone(),
                to: component::state(field, "new_status")?,
                key: ComponentKey(code),
            })
        };
        post.list("affected_components").iter().filter_map(change).collect()
    }

    /// Keys and names in page order.
    pub(super) fn into_list(self) -> Vec<(ComponentKey, String)> {
        self.list
    }

    fn take_listed(&mut self, component: &Field<'_>, names: &Names) {
        if let Json::String(id) = component.json {
            self.add(id, names.component(id).unwrap_or(id));
        } else if let Some(id) = component.id("id").or_else(|| component.id("name")) {
            self.add(&id, component.expected_text("name").unwrap_or(&id));
        } else {
            component.warn_here(|| format!("expected a component, found {}", component.json.show()));
        }
    }

    fn add(&mut self, key: &str, name: &str) {
        if !self.position.contains_key(key) {
            self.position.insert(key.to_owned(), self.list.len());
            self.list.push((ComponentKey(key.to_owned()), name.to_owned()));
        }
    }
}

/// The name of a component that an update names. Updates write "Group - Name"; the group is taken off
/// only where the page's own list says what the component is called.
fn name_of<'a>(affected: &'a Json, code: &'a str, names: &'a Names) -> &'a str {
    names.component(code).or_else(|| affected.text("name")).unwrap_or(code)
}
