//! What several test programs of this crate need: temporary folders, decisions to commit, instants.

#![allow(dead_code, clippy::allow_attributes, reason = "each test program uses a part of it")]

use domain::observation::{ComponentChange, ComponentObservation};
use domain::source::Health;
use domain::{
    Command, ComponentKey, ComponentState, Decision, Impact, Incident, IncidentId, Input, Kind, Slug, State,
    Timestamp, Visibility, decide,
};
use jiff::SignedDuration;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Deed, Doer, LookRecord, PageFacts, PageRecord, Registration};

/// A folder that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// In memory where the system offers that, for databases that are only read.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::within(memory) } else { Self::new() }
    }

    fn within(parent: &Path) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("watchkeeper-store-{}-{number}", std::process::id()));
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
        visibility: Visibility::Public,
        next_update_at: None,
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
        next_update_at: None,
    };
    commanded(incident, command, second)
}

pub(crate) fn commanded(incident: &Incident, command: Command, second: i64) -> Decision {
    decide(&incident.id, Some(incident), &Input::Command { by: "ann".into(), command }, at(second)).unwrap()
}

/// Something that is done by a test.
pub(crate) fn deed(second: i64, action: &str) -> Deed {
    Deed {
        at: at(second),
        by: Doer::program("test"),
        action: action.into(),
        subject: "x".into(),
        detail: String::new(),
        address: String::new(),
    }
}

/// Longer than any test, and shorter than any: a lease that holds, and one that has run out already.
pub(crate) const LASTING: SignedDuration = SignedDuration::from_hours(1);
pub(crate) const EXPIRED: SignedDuration = SignedDuration::ZERO;

/// A vendor as a configuration names it.
pub(crate) fn registration(name: &str) -> Registration {
    Registration {
        slug: slug(name),
        name: name.to_uppercase(),
        url: format!("https://status.{name}.example"),
        format: "statuspage".into(),
        evidence: "official".into(),
        components: vec!["API".into()],
        interval: SignedDuration::from_mins(1),
    }
}

/// A component as a page lists it.
pub(crate) fn component(key: &str, state: ComponentState) -> ComponentObservation {
    ComponentObservation { key: ComponentKey(key.into()), name: key.to_uppercase(), group: None, state }
}

/// A look that worked and showed these components.
pub(crate) fn good_look(second: i64, components: &[(&str, ComponentState)]) -> LookRecord {
    let overall = ComponentState::worst(components.iter().map(|(_, state)| *state));
    LookRecord {
        at: at(second),
        health: Health { last_ok_at: Some(at(second)), ..Health::default() },
        next_look_at: at(second + 60),
        unknown_since: None,
        detected: None,
        page: Some(PageRecord {
            warnings: vec!["incidents[0].impact: unknown word \"odd\"".to_owned()],
            facts: PageFacts { name: "Acme".into(), ..PageFacts::default() },
            indicator: None,
            overall,
            components: Some(components.iter().map(|(key, state)| component(key, *state)).collect()),
        }),
        documents: Vec::new(),
    }
}

/// A small generator of numbers, so that a failure can be played again by its seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
