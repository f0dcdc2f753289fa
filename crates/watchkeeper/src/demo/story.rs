//! The story of a vendor as data: everything that its page will ever say, and from when. [`Story::shown`]
//! and its neighbours say what of it is visible at an instant; they are pure, so a replayed clock replays
//! the page.
//!
//! This module never knows how a platform writes its documents.

use domain::ComponentState;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;

/// Everything that a vendor's page will ever say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// The platform's id of the page.
    pub(super) id: String,
    /// Name of the vendor.
    pub(super) name: String,
    /// IANA name of the zone in which the page writes.
    pub(super) time_zone: String,
    /// The same zone as a rule, since the demo must not depend on the machine's zone files.
    #[serde(deserialize_with = "zone")]
    pub(super) zone_rule: TimeZone,
    /// Components and groups of them, in page order.
    pub(super) components: Vec<Component>,
    /// Incidents and maintenances, in any order.
    pub(super) incidents: Vec<Incident>,
}

/// A component, or a group if it has children.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) children: Vec<Component>,
}

/// An incident, or a maintenance if it has a window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Incident {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) impact: String,
    /// The start as somebody typed it; otherwise that of the first update.
    #[serde(default, deserialize_with = "some_instant")]
    pub(super) started_at: Option<Timestamp>,
    pub(super) window: Option<Announced>,
    /// Oldest first, at least one.
    pub(super) updates: Vec<Update>,
}

/// The announced window of a maintenance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Announced {
    #[serde(deserialize_with = "instant")]
    pub(super) from: Timestamp,
    #[serde(deserialize_with = "instant")]
    pub(super) until: Timestamp,
}

/// One update, visible from `at`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    #[serde(deserialize_with = "instant")]
    pub(super) at: Timestamp,
    pub(super) status: String,
    pub(super) body: String,
    /// State of components from then on, by id.
    #[serde(default)]
    pub(super) affected: BTreeMap<String, String>,
    /// Later wordings, oldest first.
    #[serde(default)]
    pub(super) edits: Vec<Edit>,
}

/// A later wording of an update, shown from `at` in its place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edit {
    #[serde(deserialize_with = "instant")]
    pub(super) at: Timestamp,
    pub(super) body: String,
}

/// What an incident's page shows at some instant.
pub(super) struct Shown<'a> {
    pub(super) incident: &'a Incident,
    /// Oldest first, at least one.
    pub(super) updates: Vec<ShownUpdate<'a>>,
}

/// What an update says at some instant.
pub(super) struct ShownUpdate<'a> {
    pub(super) update: &'a Update,
    pub(super) body: &'a str,
    pub(super) changed_at: Timestamp,
}

impl Story {
    /// Incidents and maintenances that are visible, newest first.
    pub(super) fn shown(&self, now: Timestamp) -> Vec<Shown<'_>> {
        let mut shown: Vec<_> = self.incidents.iter().filter_map(|incident| incident.shown(now)).collect();
        shown.sort_by_key(|shown| std::cmp::Reverse(shown.first().at));
        shown
    }

    /// When the page last changed.
    pub(super) fn changed_at(&self, now: Timestamp) -> Timestamp {
        self.shown(now).iter().map(Shown::changed_at).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// How a component stands: as the latest update that speaks of it says.
    pub(super) fn state_of(&self, component: &str, now: Timestamp) -> ComponentState {
        let said = self.incidents.iter().flat_map(|incident| &incident.updates);
        let latest = said
            .filter(|update| update.at <= now)
            .filter_map(|update| Some((update.at, update.affected.get(component)?)))
            .max_by_key(|(at, _)| *at);
        latest.map_or(ComponentState::Operational, |(_, state)| ComponentState::parse(state))
    }

    /// The worst of all components.
    pub(super) fn worst(&self, now: Timestamp) -> ComponentState {
        let states = self.leaves().map(|(_, component)| self.state_of(&component.id, now));
        ComponentState::worst(states)
    }

    /// Components that are not groups, each with the group it stands in.
    pub(super) fn leaves(&self) -> impl Iterator<Item = (Option<&Component>, &Component)> {
        self.components.iter().flat_map(|component| {
            let alone = component.children.is_empty().then_some((None, component));
            alone.into_iter().chain(component.children.iter().map(move |child| (Some(component), child)))
        })
    }

    /// The instant as the page writes it.
    pub(super) fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone_rule.clone())
    }
}

impl Incident {
    fn shown(&self, now: Timestamp) -> Option<Shown<'_>> {
        let visible = self.updates.iter().filter(|update| update.at <= now);
        let updates: Vec<_> = visible.map(|update| update.shown(now)).collect();
        (!updates.is_empty()).then_some(Shown { incident: self, updates })
    }
}

impl Update {
    fn shown(&self, now: Timestamp) -> ShownUpdate<'_> {
        let (body, changed_at) = match self.edits.iter().rfind(|edit| edit.at <= now) {
            Some(edit) => (&edit.body, edit.at),
            None => (&self.body, self.at),
        };
        ShownUpdate { update: self, body, changed_at }
    }
}

impl Shown<'_> {
    pub(super) fn first(&self) -> &Update {
        self.updates[0].update
    }

    pub(super) fn last(&self) -> &Update {
        self.updates[self.updates.len() - 1].update
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.last().status.as_str(), "resolved" | "completed" | "postmortem")
    }

    /// Whether it is a maintenance that has not begun.
    pub(super) fn is_upcoming(&self) -> bool {
        self.last().status == "scheduled"
    }

    pub(super) fn changed_at(&self) -> Timestamp {
        self.updates.iter().map(|update| update.changed_at).max().unwrap_or(self.first().at)
    }

    /// When the first update of one of these states was posted.
    pub(super) fn first_as(&self, statuses: &[&str]) -> Option<Timestamp> {
        let mut posted = self.updates.iter().map(|shown| shown.update);
        posted.find(|update| statuses.contains(&update.status.as_str())).map(|update| update.at)
    }

    /// Ids of the components that have been named so far.
    pub(super) fn named(&self) -> Vec<&str> {
        let all = self.updates.iter().flat_map(|shown| shown.update.affected.keys());
        let mut named: Vec<&str> = all.map(String::as_str).collect();
        named.sort_unstable();
        named.dedup();
        named
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn some_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    instant(deserializer).map(Some)
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    TimeZone::posix(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}
