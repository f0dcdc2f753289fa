//! `[[template]]`: what is known of an incident before it happens, so that nobody words it at night.

use super::environment::{EnvironmentConfig, named};
use super::page::shown;
use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use domain::{ComponentState, Impact, Kind, Slug, State};
use web::template::Template;

/// States for which a template may have words.
const STATES: [&str; 8] = [
    "investigating",
    "identified",
    "monitoring",
    "resolved",
    "scheduled",
    "in_progress",
    "verifying",
    "completed",
];

/// `[[template]]`
pub const SECTION: Section = Section {
    name: "template",
    many: true,
    doc: "What is known of an incident before it happens. Once for each, in the order of the console.",
    keys: &[
        Key {
            name: "name",
            need: Need::Required("\"Slow reads\""),
            form: "text",
            doc: "What the team calls it; in addresses and commands it is `slow-reads`.",
        },
        Key {
            name: "title",
            need: Need::Optional("\"Reads are slow\""),
            form: "text",
            doc: "Title of the incident.",
        },
        Key {
            name: "kind",
            need: Need::Default("\"incident\""),
            form: "`incident` or `maintenance`",
            doc: "What it opens.",
        },
        Key {
            name: "impact",
            need: Need::Optional("\"minor\""),
            form: "`none`, `minor`, `major` or `critical`",
            doc: "How much it hurts.",
        },
        Key {
            name: "environments",
            need: Need::Optional("[\"PROD1\"]"),
            form: "list of names of environments",
            doc: "Where it may happen; the first is chosen unless somebody says otherwise. Anywhere where absent.",
        },
        Key {
            name: "components",
            need: Need::Default("[]"),
            form: "list of `name=state`",
            doc: "What it does to components, such as [\"API=degraded_performance\"]. Those that the environment does \
                  not have are left aside.",
        },
        Key {
            name: "texts",
            need: Need::Optional("{ investigating = \"Some reads are slow. We are looking.\" }"),
            form: "table of state and text, Markdown",
            doc: "What is said when the incident reaches a state.",
        },
    ],
};

pub(super) fn read_all(tables: &[Table<'_>], environments: &[EnvironmentConfig]) -> Vec<Template> {
    let mut templates: Vec<Template> = Vec::new();
    for table in tables {
        let taken: Vec<&Slug> = templates.iter().map(|template| &template.slug).collect();
        let read = |key: &str| table.value(key);
        let kind = read("kind").and_then(|value| value.word(&["incident", "maintenance"]));
        let impact = read("impact").and_then(|value| value.word(&["none", "minor", "major", "critical"]));
        let template = named(table, &taken).map(|(name, slug)| Template {
            name,
            slug,
            title: read("title").and_then(|value| value.name().map(str::to_owned)),
            kind: kind.map_or(Kind::Incident, Kind::parse),
            impact: impact.map(Impact::parse),
            environments: read("environments").map(|list| shown(&list, environments)).unwrap_or_default(),
            components: read("components").map(|list| components(&list)).unwrap_or_default(),
            texts: read("texts").map(|value| texts(&value)).unwrap_or_default(),
        });
        templates.extend(template);
    }
    templates
}

fn components(list: &Value<'_>) -> Vec<(String, ComponentState)> {
    let mut components = Vec::new();
    for value in list.list() {
        let Some(text) = value.text() else { continue };
        let (name, word) = text.rsplit_once('=').unwrap_or((text, ""));
        let known = ComponentState::ALL.into_iter().find(|state| state.as_str() == word.trim());
        match known.filter(|state| *state != ComponentState::Unknown) {
            Some(state) => components.push((name.trim().to_owned(), state)),
            None => value.wrong("no component with its state; write it like \"API=degraded_performance\""),
        }
    }
    components
}

fn texts(value: &Value<'_>) -> Vec<(State, String)> {
    let Some(table) = value.table(&STATES) else { return Vec::new() };
    let known = State::ALL.iter().filter(|state| STATES.contains(&state.as_str()));
    let text = |state: &State| Some((*state, table.value(state.as_str())?.text()?.to_owned()));
    known.filter_map(text).collect()
}
