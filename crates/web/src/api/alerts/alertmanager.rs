//! The webhook of Alertmanager, version 4: one request tells of one group of alerts, and a group is one incident.
//!
//! Fields that are not needed are not read, so that new ones break nothing. What changes with every repetition, such as
//! a figure in a description, is no news.

use super::Alert;
use crate::api::request;
use crate::api::vocabulary::shorten;
use crate::error::Error;
use domain::{Impact, Timestamp};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Most alerts that are named in an update.
const NAMED: usize = 20;
/// Longest name of one, and longest title.
const LINE: usize = 200;
/// Longest description.
const TEXT: usize = 4_000;
/// Longest key: the labels by which a team groups.
const KEY: usize = 4_000;

type Words = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    version: String,
    #[serde(rename = "groupKey")]
    key: String,
    status: String,
    #[serde(default)]
    common_labels: Words,
    #[serde(default)]
    common_annotations: Words,
    alerts: Vec<One>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    status: String,
    #[serde(default)]
    labels: Words,
    #[serde(default)]
    annotations: Words,
    starts_at: Option<String>,
    ends_at: Option<String>,
}

/// Reads a body.
pub(super) fn read(bytes: &[u8]) -> Result<Alert, Error> {
    let group: Group = serde_json::from_slice(bytes).map_err(|error| request::explain(&error))?;
    if group.version != "4" {
        let message = format!("`version` is `{}`", shorten(&group.version));
        return Err(Error::invalid(message, "send webhooks of Alertmanager, which have version `4`"));
    }
    if group.key.is_empty() || group.key.len() > KEY || group.alerts.is_empty() {
        let message = "`groupKey` or `alerts` is empty, or `groupKey` is longer than 4000 bytes";
        return Err(Error::invalid(message, "send webhooks of Alertmanager as they are"));
    }
    Ok(group.into())
}

impl From<Group> for Alert {
    fn from(group: Group) -> Self {
        let firing = match group.status.as_str() {
            "resolved" => false,
            _ => group.alerts.iter().any(|one| one.status != "resolved"),
        };
        let mut told: Vec<&One> =
            group.alerts.iter().filter(|one| !firing || one.status != "resolved").collect();
        told.sort_by(|a, b| a.labels.cmp(&b.labels));
        let times = |read: fn(&One) -> Option<Timestamp>| told.iter().copied().filter_map(read);
        let components = told.iter().filter_map(|one| one.labels.get("component").cloned());
        Self {
            firing,
            title: group.title(&told),
            body: group.body(firing, &told),
            gist: told.iter().map(|one| format!("{:?}", one.labels)).collect::<Vec<_>>().join("\n"),
            environment: group.common_labels.get("environment").or(group.common_labels.get("env")).cloned(),
            components: components.collect(),
            strict: false,
            impact: told.iter().map(|one| impact(one.labels.get("severity"))).fold(Impact::Unknown, worse),
            began_at: times(One::began_at).min(),
            last_began_at: times(One::began_at).max(),
            ended_at: times(One::ended_at).max(),
            key: group.key,
        }
    }
}

impl Group {
    fn title(&self, told: &[&One]) -> String {
        let of_group = ["summary", "title"].into_iter().find_map(|word| self.common_annotations.get(word));
        let title = of_group.or_else(|| self.common_labels.get("alertname"));
        let title = title.or_else(|| told.first().and_then(|one| one.labels.get("alertname")));
        let title = line(title.map_or("", String::as_str));
        if title.is_empty() { "Alert".to_owned() } else { title }
    }

    /// What the group says, then what fires, each with what tells it from the others.
    fn body(&self, firing: bool, told: &[&One]) -> String {
        let mut body =
            if firing { "Monitoring raised an alert." } else { "Monitoring says that it is over." }
                .to_owned();
        let description =
            ["description", "message"].into_iter().find_map(|word| self.common_annotations.get(word));
        if let Some(description) = description.filter(|_| firing) {
            body += "\n\n";
            body.extend(description.chars().take(TEXT));
        }
        let mut named: Vec<String> =
            told.iter().take(NAMED).map(|one| format!("- {}", self.name(one))).collect();
        if told.len() > NAMED {
            named.push(format!("- and {} more", told.len() - NAMED));
        }
        format!("{body}\n\n{}", named.join("\n"))
    }

    fn name(&self, one: &One) -> String {
        let summary = one.annotations.get("summary").or_else(|| one.labels.get("alertname"));
        let own = one.labels.iter().filter(|(name, _)| {
            name.as_str() != "alertname" && !self.common_labels.contains_key(name.as_str())
        });
        let own: Vec<String> = own.map(|(name, value)| format!("{name} {value}")).collect();
        let name = line(summary.map_or("alert", String::as_str));
        if own.is_empty() { name } else { format!("{name} ({})", line(&own.join(", "))) }
    }
}

impl One {
    fn began_at(&self) -> Option<Timestamp> {
        self.starts_at.as_deref().and_then(instant)
    }

    fn ended_at(&self) -> Option<Timestamp> {
        self.ends_at.as_deref().and_then(instant)
    }
}

/// An instant; Alertmanager writes the year 1 for one that has not come.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|at: &Timestamp| at.as_second() > 0)
}

/// One line of a bounded length.
pub(super) fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let end = line.floor_char_boundary(LINE);
    if end < line.len() { format!("{}…", &line[..end]) } else { line }
}

/// The grade that a severity means; teams have many words for four things.
pub(super) fn impact(severity: Option<&String>) -> Impact {
    match severity.map(|word| word.to_ascii_lowercase()).as_deref() {
        Some("critical" | "page" | "emergency" | "fatal" | "p1") => Impact::Critical,
        Some("error" | "major" | "high" | "p2") => Impact::Major,
        Some("warning" | "warn" | "minor" | "medium" | "low" | "p3" | "p4") => Impact::Minor,
        Some("info" | "none" | "p5") => Impact::None,
        _ => Impact::Unknown,
    }
}

fn worse(one: Impact, other: Impact) -> Impact {
    let order = [Impact::Unknown, Impact::None, Impact::Minor, Impact::Major, Impact::Critical];
    let place = |impact| order.iter().position(|known| *known == impact);
    if place(other) > place(one) { other } else { one }
}
