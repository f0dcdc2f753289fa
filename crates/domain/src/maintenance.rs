//! Whether a maintenance explains what a watch sees. Only the components concerned are silenced: a database that
//! also serves something else is told of as always.
//!
//! Never hides anything itself; what follows is for `decide`.

use crate::id::ComponentKey;
use crate::incident::{Incident, Kind, Origin, State};
use crate::judgement::Watched;
use jiff::Timestamp;

/// A maintenance that runs on everything that a database affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covering {
    /// What it is called; several are named one after another.
    pub title: String,
    /// When the first of its components is no longer covered; `None` where no end was announced.
    pub until: Option<Timestamp>,
}

/// What covers all that a watched database affects at `now`, of these incidents of its environment.
pub fn covering(incidents: &[Incident], watched: &Watched, now: Timestamp) -> Option<Covering> {
    let running: Vec<&Incident> =
        incidents.iter().filter(|incident| runs(incident, now) && is_place(incident, watched)).collect();
    let mut titles: Vec<&str> = Vec::new();
    let mut until: Option<Timestamp> = None;
    for (key, _) in &watched.affects {
        let of_this: Vec<_> = running.iter().filter(|incident| concerns(incident, key)).collect();
        let last = of_this.first()?;
        // Without an end it is covered for good, so that another component's end decides.
        let ends: Option<Vec<Timestamp>> = of_this.iter().map(|incident| incident.schedule?.until).collect();
        let end = ends.and_then(|ends| ends.into_iter().max());
        until = until.into_iter().chain(end).min();
        titles.push(&last.title);
    }
    titles.dedup();
    (!titles.is_empty()).then(|| Covering { title: titles.join(", "), until })
}

fn runs(incident: &Incident, now: Timestamp) -> bool {
    let announced = incident.schedule.is_some_and(|window| window.contains(now));
    let running = matches!(incident.state, State::InProgress | State::Verifying);
    let is_running = running || incident.state == State::Scheduled && announced;
    incident.kind == Kind::Maintenance && incident.is_live() && is_running
}

fn is_place(incident: &Incident, watched: &Watched) -> bool {
    matches!(&incident.origin, Origin::Own { environment } if *environment == watched.environment)
}

fn concerns(incident: &Incident, key: &ComponentKey) -> bool {
    incident.components.iter().any(|component| &component.key == key)
}
