//! Components, their groups, and the page's own headline.

use crate::field::Field;
use crate::json::Json;
use domain::component::ComponentState;
use domain::id::ComponentKey;
use domain::observation::ComponentObservation;
use std::collections::HashMap;

/// Names by id: of components, and of the groups in which they stand.
#[derive(Default)]
pub(super) struct Names {
    components: HashMap<String, String>,
    groups: HashMap<String, String>,
    group_of: HashMap<String, String>,
}

impl Names {
    /// Gathers the names that a page's list of components gives.
    pub(super) fn of(components: &[Field<'_>]) -> Self {
        let mut names = Self::default();
        for field in components {
            let (Some(id), Some(name)) = (field.json.text("id"), field.json.text("name")) else { continue };
            if is_group(field.json) {
                let members = field.json.get("components").map(Json::entries).unwrap_or_default();
                for member in members {
                    if let Json::String(member) = member {
                        names.group_of.insert(member.clone(), name.to_owned());
                    }
                }
                names.groups.insert(id.to_owned(), name.to_owned());
            } else {
                names.components.insert(id.to_owned(), name.to_owned());
            }
        }
        names
    }

    /// The name of a component without its group, if the page lists it.
    pub(super) fn component(&self, id: &str) -> Option<&str> {
        self.components.get(id).map(String::as_str)
    }
}

/// Whether an object is a component, judged by fields that only components have.
pub(super) fn is_component(json: &Json) -> bool {
    let incident =
        ["incident_updates", "impact", "shortlink", "incident_id"].iter().any(|key| json.get(key).is_some());
    let own = ["showcase", "only_show_if_degraded", "group_id", "group", "position"];
    !incident && json.text("status").is_some() && own.iter().any(|key| json.get(key).is_some())
}

fn is_group(json: &Json) -> bool {
    json.get("group") == Some(&Json::Bool(true))
}

/// Reads a component; `None` for a group, which is not one.
pub(super) fn read(field: &Field<'_>, names: &Names) -> Option<ComponentObservation> {
    if !matches!(field.json, Json::Object(_)) {
        field.warn_here(|| format!("expected a component, found {}", field.json.show()));
        return None;
    }
    if field.flag("group") == Some(true) {
        return None;
    }
    let name = field.expected_text("name");
    let id = field.id("id");
    if id.is_none() {
        field.warn("id", || "missing".to_owned());
    }
    let key = id.or_else(|| name.map(str::to_owned))?;
    let group = field.id("group_id").and_then(|group| names.groups.get(&group));
    Some(ComponentObservation {
        name: name.unwrap_or(&key).to_owned(),
        group: group.or_else(|| names.group_of.get(&key)).cloned(),
        state: expected_state(field, "status"),
        key: ComponentKey(key),
    })
}

/// Reads the component of a webhook, which stands beside the change that it announces.
pub(super) fn read_webhook(root: &Field<'_>) -> Option<ComponentObservation> {
    let change = root.object("component_update")?;
    let component = root.object("component");
    let id = component.as_ref().and_then(|component| component.id("id"));
    let key = id.or_else(|| change.id("component_id"))?;
    let name = component.as_ref().and_then(|component| component.expected_text("name"));
    let now = component.as_ref().and_then(|component| state(component, "status"));
    Some(ComponentObservation {
        name: name.unwrap_or(&key).to_owned(),
        group: None,
        state: now.unwrap_or_else(|| expected_state(&change, "new_status")),
        key: ComponentKey(key),
    })
}

/// The state that a field gives; unknown if it is missing or not understood.
fn expected_state(field: &Field<'_>, key: &str) -> ComponentState {
    if !field.has(key) {
        field.warn(key, || "missing".to_owned());
    }
    // Watchkeeper says beside what Statuspage has no word for.
    if field.json.text("state") == Some("unknown") {
        return ComponentState::Unknown;
    }
    state(field, key).unwrap_or(ComponentState::Unknown)
}

/// The state that a field gives, if it gives one.
pub(super) fn state(field: &Field<'_>, key: &str) -> Option<ComponentState> {
    let word = field.text(key)?;
    let state = match word {
        // incident.io's word for it.
        "full_outage" => ComponentState::MajorOutage,
        _ => ComponentState::parse(word),
    };
    if state == ComponentState::Unknown && word != "unknown" {
        field.warn_word(key, word);
    }
    Some(state)
}

/// The headline of the page, as the state that it amounts to; `None` only if there is none.
pub(super) fn indicator(field: &Field<'_>, key: &str) -> Option<ComponentState> {
    if !field.has(key) {
        return None;
    }
    let Some(word) = field.text(key) else { return Some(ComponentState::Unknown) };
    if field.json.text("state") == Some("unknown") {
        return Some(ComponentState::Unknown);
    }
    Some(match word {
        "none" => ComponentState::Operational,
        "minor" => ComponentState::DegradedPerformance,
        "major" => ComponentState::PartialOutage,
        "critical" => ComponentState::MajorOutage,
        "maintenance" => ComponentState::UnderMaintenance,
        _ => {
            field.warn_word(key, word);
            ComponentState::Unknown
        }
    })
}
