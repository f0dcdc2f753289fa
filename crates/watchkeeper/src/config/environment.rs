//! `[[environment]]`: what the team itself runs.

use super::quantity::parse_duration;
use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use domain::{Component, ComponentState, Publishing, Slug};
use jiff::SignedDuration;
use std::time::Duration;

/// A promise that is shorter keeps a team from its work; one that is longer is no promise.
const PROMISES: std::ops::RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(24);
const PROMISE: Duration = Duration::from_mins(30);

/// `[[environment]]`
pub const SECTION: Section = Section {
    name: "environment",
    many: true,
    doc: "What you run yourselves. Once for each environment, in the order of the page.",
    keys: &[
        Key { name: "name", need: Need::Required("\"PROD1\""), form: "text", doc: "What people call it." },
        Key {
            name: "baseline",
            need: Need::Default("\"unknown\""),
            form: "`operational` or `unknown`",
            doc: "How its components stand while no incident says otherwise. \"operational\" is your word for it; \
                  without it nobody has said so.",
        },
        Key {
            name: "publishing",
            need: Need::Default("\"automatic\""),
            form: "`automatic`, `after` a duration, or `draft`",
            doc: "When what the watch over a database says becomes public: at once, after a while unless somebody \
                  objects (\"after 5m\"), or when somebody publishes it.",
        },
        Key {
            name: "promise",
            need: Need::Default("\"30m\""),
            form: "duration",
            doc: "How soon each public update of the watch promises the next one.",
        },
        Key {
            name: "components",
            need: Need::Default("[]"),
            form: "list of names or of `{ name, group }`",
            doc: "Its parts in the order of the page, such as [\"Web Client\", { name = \"API\", group = \"Core\" }].",
        },
    ],
};

/// What the team itself runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentConfig {
    /// What people call it.
    pub name: String,
    /// What URLs call it; no two environments share one.
    pub slug: Slug,
    /// How its components stand while no incident says otherwise.
    pub baseline: ComponentState,
    /// Its parts, in the order of the page.
    pub components: Vec<ComponentConfig>,
    /// How what the watch says becomes public.
    pub publishing: Publishing,
    /// How soon each of its public updates promises the next one.
    pub promise: Duration,
}

/// A part of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentConfig {
    /// What people call it; no two in one environment share a name and a group.
    pub name: String,
    /// The heading it stands under.
    pub group: Option<String>,
}

impl ComponentConfig {
    /// What it is to everything that reads it.
    pub fn component(&self) -> Component {
        Component::named(&self.name, self.group.as_deref())
    }

    /// What tells it from every other of its environment.
    pub fn key(&self) -> String {
        self.component().key.0
    }
}

pub(super) fn read_all(tables: &[Table<'_>]) -> Vec<EnvironmentConfig> {
    let mut environments: Vec<EnvironmentConfig> = Vec::new();
    for table in tables {
        let components = table.value("components").map(|value| components(&value)).unwrap_or_default();
        let baseline = table.value("baseline").and_then(|value| value.word(&["operational", "unknown"]));
        let baseline = baseline.map_or(ComponentState::Unknown, ComponentState::parse);
        let publishing = table.value("publishing").and_then(|value| publishing(&value)).unwrap_or_default();
        let promise = table.value("promise").and_then(|value| value.duration(PROMISES)).unwrap_or(PROMISE);
        let taken: Vec<&Slug> = environments.iter().map(|environment| &environment.slug).collect();
        if let Some((name, slug)) = named(table, &taken) {
            environments.push(EnvironmentConfig { name, slug, baseline, components, publishing, promise });
        }
    }
    environments
}

fn publishing(value: &Value<'_>) -> Option<Publishing> {
    let wait = |text: &str| parse_duration(text.strip_prefix("after ")?.trim());
    let text = value.text()?;
    let read = match text {
        "automatic" => Some(Publishing::Automatic),
        "draft" => Some(Publishing::Draft),
        _ => wait(text)
            .filter(|wait| !wait.is_zero() && *wait <= *PROMISES.end())
            .and_then(|wait| SignedDuration::try_from(wait).ok())
            .map(Publishing::After),
    };
    if read.is_none() {
        value.wrong("not one of \"automatic\", \"draft\" and \"after 5m\" (at most 24h)");
    }
    read
}

/// The name of a table and the slug it makes, which must not be taken.
pub(super) fn named(table: &Table<'_>, taken: &[&Slug]) -> Option<(String, Slug)> {
    let value = table.required("name")?;
    let name = value.name()?;
    match Slug::from_name(name) {
        None => value.wrong("not fit for an address; use at least one letter from a to z or a digit"),
        Some(slug) if taken.contains(&&slug) => {
            value.wrong(format!("the second that becomes `{slug}` in addresses; choose another name"));
        }
        Some(slug) => return Some((name.to_owned(), slug)),
    }
    None
}

fn components(list: &Value<'_>) -> Vec<ComponentConfig> {
    let mut components: Vec<ComponentConfig> = Vec::new();
    for value in list.list() {
        let Some(component) = component(&value) else { continue };
        if components.contains(&component) {
            value.wrong("there already; a component is listed once");
        } else {
            components.push(component);
        }
    }
    components
}

fn component(value: &Value<'_>) -> Option<ComponentConfig> {
    if !value.is_table() {
        return Some(ComponentConfig { name: value.name()?.to_owned(), group: None });
    }
    let table = value.table(&["name", "group"])?;
    let group = table.value("group").and_then(|value| value.name().map(str::to_owned));
    Some(ComponentConfig { name: table.required("name")?.name()?.to_owned(), group })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::reader::Surroundings;
    use domain::Publishing;
    use jiff::SignedDuration;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    #[test]
    fn an_environment_says_how_what_a_machine_says_becomes_public() {
        let surroundings = Surroundings { folder: PathBuf::new(), variable: |_| None };
        let cases = [
            ("", Publishing::Automatic),
            ("publishing = \"automatic\"", Publishing::Automatic),
            ("publishing = \"after 5m\"", Publishing::After(SignedDuration::from_mins(5))),
            ("publishing = \"draft\"", Publishing::Draft),
        ];
        for (line, expected) in cases {
            let text = format!("[[environment]]\nname = \"PROD1\"\n{line}\n");
            let config = Config::read(&text, Path::new("test.toml"), &surroundings).expect("a good file");
            let environment = &config.environments[0];
            assert_eq!((environment.publishing, environment.promise), (expected, Duration::from_mins(30)));
        }
    }
}
