//! `[[database]]`: whose reads are watched.
//!
//! This module never connects, and `Debug` shows no password.

use super::environment::{ComponentConfig, EnvironmentConfig, named};
use super::mistake::{nearest, redact};
use super::reader::{Surroundings, Table, Value};
use super::secret;
use super::section::{Key, Need, Section};
use domain::Slug;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// `[[database]]`
pub const SECTION: Section = Section {
    name: "database",
    many: true,
    doc: "A database whose reads are watched, second by second. Once for each. A stall opens an incident.",
    keys: &[
        Key { name: "name", need: Need::Required("\"CRM\""), form: "text", doc: "What people call it." },
        Key {
            name: "environment",
            need: Need::Required("\"PROD1\""),
            form: "name of an environment",
            doc: "Which environment it serves: the incident opens there.",
        },
        Key {
            name: "kind",
            need: Need::Default("\"mongodb\""),
            form: "`mongodb`",
            doc: "What kind of database it is.",
        },
        Key {
            name: "uri",
            need: Need::Required("\"mongodb://watchkeeper@db.example.org/?replicaSet=crm\""),
            form: "`mongodb://…`, `mongodb+srv://…`, `{ env = NAME }` or `{ file = PATH }`",
            doc: "How we reach it, as a user of our own; `watchkeeper doctor` prints the command that creates \
                  one. A password belongs in the environment or in a file.",
        },
        Key {
            name: "app_uri",
            need: Need::Optional("\"mongodb://proxy.example.org/\""),
            form: "as `uri`",
            doc: "How the application reaches it, through its proxies and its network. Without it a fault \
                  between the application and the database is not seen.",
        },
        Key {
            name: "verify_on",
            need: Need::Optional("\"mongodb://staging.example.org/\""),
            form: "as `uri`",
            doc: "A server on which advice may be tried: a sample of a collection is copied into a database of \
                  our own there, and dropped afterwards. Never a server that is watched. Without it advice is \
                  given untried.",
        },
        Key {
            name: "namespaces",
            need: Need::Optional("[\"crm.messages\"]"),
            form: "list of `database.collection`",
            doc: "Which collections are read from, one document at a time. The busiest if nothing is said.",
        },
        Key {
            name: "affects",
            need: Need::Default("[]"),
            form: "list of names of components",
            doc: "Which components of the environment suffer when its reads stall. Where the environment names \
                  no components, these are made.",
        },
        Key {
            name: "quiet",
            need: Need::Default("\"5m\""),
            form: "duration, 1s to 1d",
            doc: "For how long reads must be well before the incident is resolved.",
        },
    ],
};

/// How long reads may have to be well.
const QUIETS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);
const QUIET: Duration = Duration::from_mins(5);

/// Each is two reads several times a second, so more than a few are no probe but load.
const MAX_NAMESPACES: usize = 8;

/// A database whose reads are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// What people call it.
    pub name: String,
    /// What URLs call it; no two databases share one.
    pub slug: Slug,
    /// Which environment it serves.
    pub environment: Slug,
    /// How we reach it.
    pub uri: Uri,
    /// How the application reaches it.
    pub app_uri: Option<Uri>,
    /// Where advice may be tried.
    pub verify_on: Option<Uri>,
    /// Which collections are read from; chosen by themselves if empty.
    pub namespaces: Vec<String>,
    /// Components of the environment that suffer with it.
    pub affects: Vec<ComponentConfig>,
    /// For how long reads must be well before the incident is over.
    pub quiet_for: Duration,
}

/// A connection string; `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Uri(String);

impl Uri {
    /// The connection string, password included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads one; says in words what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("mongodb://").or_else(|| text.strip_prefix("mongodb+srv://"));
        match rest {
            None => Err("not a connection string; it begins with mongodb:// or mongodb+srv://".to_owned()),
            Some(rest) if rest.starts_with('/') || rest.is_empty() || rest.ends_with('@') => {
                Err("a connection string without a host; write mongodb://HOST:27017/".to_owned())
            }
            Some(_) => match engines::mongodb::Target::new(text, None, Vec::new()) {
                Ok(_) => Ok(Self(text.to_owned())),
                Err(error) => Err(format!("not to be used: {error}")),
            },
        }
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({self})")
    }
}

/// Reads all; an environment that names no components gets those that its databases affect.
pub(super) fn read_all(
    tables: &[Table<'_>],
    environments: &mut [EnvironmentConfig],
    surroundings: &Surroundings,
) -> Vec<DatabaseConfig> {
    let silent: Vec<bool> = environments.iter().map(|one| one.components.is_empty()).collect();
    let mut databases: Vec<DatabaseConfig> = Vec::new();
    for table in tables {
        let taken: Vec<&Slug> = databases.iter().map(|database| &database.slug).collect();
        let name = named(table, &taken);
        let _kind = table.value("kind").and_then(|value| value.word(&["mongodb"]));
        let uri = table.required("uri").and_then(|value| uri(&value, surroundings));
        let app_uri = table.value("app_uri").and_then(|value| self::uri(&value, surroundings));
        let verify_on = table.value("verify_on").and_then(|value| self::uri(&value, surroundings));
        let namespaces = table.value("namespaces").map(|value| namespaces(&value)).unwrap_or_default();
        let quiet_for = table.value("quiet").and_then(|value| value.duration(QUIETS)).unwrap_or(QUIET);
        let place = table.required("environment").and_then(|value| place(&value, environments));
        let Some(place) = place else { continue };
        let affects = table.value("affects");
        let affects = affects.map(|value| affected(&value, &mut environments[place], silent[place]));
        let environment = environments[place].slug.clone();
        if let (Some((name, slug)), Some(uri)) = (name, uri) {
            let affects = affects.unwrap_or_default();
            databases.push(DatabaseConfig {
                name,
                slug,
                environment,
                uri,
                app_uri,
                verify_on,
                namespaces,
                affects,
                quiet_for,
            });
        }
    }
    databases
}

fn uri(value: &Value<'_>, surroundings: &Surroundings) -> Option<Uri> {
    let secret = secret::read(value, surroundings)?;
    Uri::parse(secret.text()).map_err(|wrong| secret.wrong(wrong)).ok()
}

/// Which of the environments is meant, by its name or by its slug.
fn place(value: &Value<'_>, environments: &[EnvironmentConfig]) -> Option<usize> {
    let typed = value.name()?;
    let is_meant = |one: &EnvironmentConfig| one.name == typed || one.slug.as_str() == typed;
    let place = environments.iter().position(is_meant);
    if place.is_none() {
        let names: Vec<&str> = environments.iter().map(|one| one.name.as_str()).collect();
        value.wrong(format!("no environment of this file{}", meant(typed, &names)));
    }
    place
}

fn affected(value: &Value<'_>, environment: &mut EnvironmentConfig, silent: bool) -> Vec<ComponentConfig> {
    let mut affects = Vec::new();
    for item in value.list() {
        let Some(typed) = item.name() else { continue };
        let is_meant = |one: &&ComponentConfig| one.name == typed || one.key() == typed;
        let component = match environment.components.iter().find(is_meant) {
            Some(component) => component.clone(),
            None if silent => {
                let made = ComponentConfig { name: typed.to_owned(), group: None };
                environment.components.push(made.clone());
                made
            }
            None => {
                let names: Vec<&str> = environment.components.iter().map(|one| one.name.as_str()).collect();
                item.wrong(format!("no component of \"{}\"{}", environment.name, meant(typed, &names)));
                continue;
            }
        };
        if affects.contains(&component) {
            item.wrong("there already; a component is listed once");
        } else {
            affects.push(component);
        }
    }
    affects
}

fn meant(typed: &str, names: &[&str]) -> String {
    match nearest(typed, names.iter().copied()) {
        Some(name) => format!("; did you mean \"{name}\"?"),
        None if names.is_empty() => "; it has none".to_owned(),
        None => format!("; there are \"{}\"", names.join("\", \"")),
    }
}

fn namespaces(value: &Value<'_>) -> Vec<String> {
    let list = value.list();
    if list.len() > MAX_NAMESPACES {
        value.wrong(format!("too long; reading from more than {MAX_NAMESPACES} collections would be load"));
    }
    list.iter().filter_map(namespace).collect()
}

fn namespace(value: &Value<'_>) -> Option<String> {
    let text = value.name()?;
    let whole = text.split_once('.').is_some_and(|(database, rest)| !database.is_empty() && !rest.is_empty());
    if !whole {
        value.wrong("not a collection; write it as \"database.collection\"");
    }
    whole.then(|| text.to_owned())
}
