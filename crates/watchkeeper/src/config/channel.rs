//! `[[channel]]`: where the team itself is told, beside those who subscribed to a page.
//!
//! This module never sends anything, and `Debug` shows no secret of a channel.

use super::environment::{EnvironmentConfig, named};
use super::glob::Glob;
use super::reader::{Table, Value};
use super::section::{Key, Need, Section};
use domain::{Impact, Language, Notice, Slug};
use notifiers::{Audience, Notifier};
use std::sync::Arc;

/// `[[channel]]`
pub const SECTION: Section = Section {
    name: "channel",
    many: true,
    doc: "Where your team is told of incidents. Once for each channel; `watchkeeper channel test NAME` sends a trial.",
    keys: &[
        Key { name: "name", need: Need::Required("\"Pager\""), form: "text", doc: "What people call it." },
        Key {
            name: "kind",
            need: Need::Required("\"webhook\""),
            form: "kind of receiver",
            doc: "What is at the other end.",
        },
        Key {
            name: "settings",
            need: Need::Required(
                "{ url = \"https://hooks.example.org/incidents\", secrets = [\"whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=\"] }",
            ),
            form: "table; a text in it may be `{ env = NAME }` or `{ file = PATH }`",
            doc: "What that kind needs. Secrets belong in the environment or in a file.",
        },
        Key {
            name: "audience",
            need: Need::Default("\"operators\""),
            form: "`operators` or `public`",
            doc: "Operators hear of everything, also of what is internal; the public only of what is on a page.",
        },
        Key {
            name: "language",
            need: Need::Default("\"en\""),
            form: "`en` or `de`",
            doc: "Language of what is sent.",
        },
        Key {
            name: "environments",
            need: Need::Default("[]"),
            form: "list of names",
            doc: "Only incidents of these environments; all if empty.",
        },
        Key {
            name: "vendors",
            need: Need::Default("[]"),
            form: "list of names, `*` for any letters",
            doc: "Vendors whose incidents are told, too. [\"*\"] means all of them.",
        },
        Key {
            name: "notices",
            need: Need::Default("[]"),
            form: "list of words",
            doc: "Only these kinds of news, such as [\"opened\", \"resolved\", \"promise_lapsed\"]; all if empty.",
        },
        Key {
            name: "minimum_impact",
            need: Need::Default("\"none\""),
            form: "`none`, `minor`, `major` or `critical`",
            doc: "Only incidents of at least this impact. Maintenances have none and are always told.",
        },
    ],
};

/// Grades that a channel may ask for, the least first.
const IMPACTS: [&str; 4] = ["none", "minor", "major", "critical"];

/// Where the team is told.
#[derive(Clone, Debug)]
pub struct ChannelConfig {
    /// What people call it.
    pub name: String,
    /// What rows and addresses call it; no two channels share one.
    pub slug: Slug,
    /// Kind of receiver.
    pub kind: &'static str,
    /// The receiver.
    pub receiver: Arc<dyn Notifier>,
    /// Whether it hears what is internal.
    pub audience: Audience,
    /// Language of what is sent.
    pub language: Language,
    /// Environments; none means all.
    pub environments: Vec<Slug>,
    /// Vendors.
    pub vendors: Vec<Glob>,
    /// Kinds of news; none means all.
    pub notices: Vec<Notice>,
    /// Least impact of an incident.
    pub minimum_impact: Impact,
}

pub(super) fn read_all(tables: &[Table<'_>], environments: &[EnvironmentConfig]) -> Vec<ChannelConfig> {
    let mut channels: Vec<ChannelConfig> = Vec::new();
    for table in tables {
        let taken: Vec<&Slug> = channels.iter().map(|channel| &channel.slug).collect();
        let name = named(table, &taken);
        let receiver = receiver(table);
        let audience = table.value("audience").and_then(|value| value.word(&["operators", "public"]));
        let language = table.value("language").and_then(|value| value.word(&["en", "de"]));
        let places = table.value("environments").map(|list| places(&list, environments)).unwrap_or_default();
        let vendors = table.value("vendors").map(|list| globs(&list)).unwrap_or_default();
        let notices = table.value("notices").map(|list| notices(&list)).unwrap_or_default();
        let impact = table.value("minimum_impact").and_then(|value| value.word(&IMPACTS));
        let (Some((name, slug)), Some((kind, receiver))) = (name, receiver) else { continue };
        channels.push(ChannelConfig {
            name,
            slug,
            kind,
            receiver,
            audience: if audience == Some("public") { Audience::Public } else { Audience::Operators },
            language: language.and_then(Language::parse).unwrap_or_default(),
            environments: places,
            vendors,
            notices,
            minimum_impact: impact.map_or(Impact::None, Impact::parse),
        });
    }
    channels
}

/// The receiver that kind and settings make.
fn receiver(table: &Table<'_>) -> Option<(&'static str, Arc<dyn Notifier>)> {
    let kinds: Vec<&'static str> = notifiers::KINDS.iter().map(|kind| kind.name).collect();
    let name = table.required("kind").and_then(|value| value.word(&kinds));
    let settings = table.required("settings")?;
    let kind = notifiers::find(name?)?;
    let json = settings.json()?;
    match (kind.read)(&json) {
        Ok(receiver) => Some((kind.name, receiver.into())),
        Err(wrong) => {
            settings.wrong(wrong);
            None
        }
    }
}

fn places(list: &Value<'_>, environments: &[EnvironmentConfig]) -> Vec<Slug> {
    let mut places = Vec::new();
    for value in list.list() {
        let Some(typed) = value.name() else { continue };
        match environments.iter().find(|one| one.name == typed || one.slug.as_str() == typed) {
            Some(environment) => places.push(environment.slug.clone()),
            None => value.wrong("no environment of this file"),
        }
    }
    places
}

fn globs(list: &Value<'_>) -> Vec<Glob> {
    list.list().iter().filter_map(Value::name).map(Glob::new).collect()
}

fn notices(list: &Value<'_>) -> Vec<Notice> {
    // What a watch merely observed is sent to nobody.
    let told = Notice::ALL.into_iter().filter(|notice| *notice != Notice::Observed);
    let words: Vec<&'static str> = told.map(Notice::as_str).collect();
    list.list().iter().filter_map(|value| Notice::parse(value.word(&words)?)).collect()
}
