//! What several test programs of this crate need: temporary folders, decisions to commit, instants.

#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses a part of it")]

use domain::observation::ComponentChange;
use domain::{
    Command, ComponentKey, ComponentState, Decision, Impact, Incident, IncidentId, Input, Kind, Slug, State,
    Timestamp, decide,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("watchkeeper-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("sqlite:{}", self.0.join(name).display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_dir_all(&self.0);
    }
}

/// An instant, in seconds of a day in December.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_734_134_400 + second).unwrap()
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

pub(crate) fn id(number: u64) -> IncidentId {
    IncidentId::from_entropy(number)
}

/// An incident of our own, opened.
pub(crate) fn opened(id: &IncidentId, second: i64) -> Decision {
    let command = Command::Open {
        environment: slug("production"),
        kind: Kind::Incident,
        title: "Logins are slow".into(),
        impact: Impact::Minor,
        state: State::Investigating,
        update: ("u0".into(), "We are looking into it.".into()),
        components: vec![ComponentChange {
            key: ComponentKey("api".into()),
            name: "API".into(),
            to: ComponentState::DegradedPerformance,
        }],
        schedule: None,
        began_at: None,
    };
    decide(id, None, &Input::Command { by: "ann".into(), command }, at(second)).unwrap()
}

/// Its next update.
pub(crate) fn updated(incident: &Incident, update: &str, state: State, second: i64) -> Decision {
    let command = Command::Update {
        id: update.into(),
        state,
        body: format!("Update {update}: {}.", "we know more ".repeat(8)),
        components: Vec::new(),
    };
    commanded(incident, command, second)
}

pub(crate) fn commanded(incident: &Incident, command: Command, second: i64) -> Decision {
    decide(&incident.id, Some(incident), &Input::Command { by: "ann".into(), command }, at(second)).unwrap()
}
