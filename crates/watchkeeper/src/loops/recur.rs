//! Announces maintenances that recur, each once: its identifier follows from the day, so it does not matter how
//! often, or on how many nodes, this is asked.

use crate::app::Parts;
use anyhow::Context as _;
use domain::observation::ComponentChange;
use domain::recurrence::Occurrence;
use domain::{Command, ComponentState, Impact, Input, Kind, Recurrence, State, Visibility, decide};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks; they are announced days ahead.
const PAUSE: Duration = Duration::from_mins(1);
/// Name under which it is recorded.
const BY: &str = "recurring maintenance";

pub(super) async fn run(parts: Arc<Parts>) {
    loop {
        if let Err(error) = announce_all(&parts).await {
            tracing::warn!(error = format!("{error:#}"), "cannot announce recurring maintenances");
        }
        if !parts.rest(PAUSE).await {
            return;
        }
    }
}

async fn announce_all(parts: &Parts) -> anyhow::Result<()> {
    for recurrence in parts.store.list_recurrences().await? {
        let zone = TimeZone::get(&recurrence.zone);
        let zone =
            zone.with_context(|| format!("`{}` has the zone `{}`", recurrence.title, recurrence.zone))?;
        for occurrence in recurrence.to_announce(&zone, parts.clock.now()) {
            announce(parts, &recurrence, &occurrence).await?;
        }
    }
    Ok(())
}

async fn announce(parts: &Parts, recurrence: &Recurrence, occurrence: &Occurrence) -> anyhow::Result<()> {
    match parts.store.load(&occurrence.id).await {
        Err(store::Error::NotFound) => {}
        known => return Ok(known.map(|_| ())?),
    }
    let command = opening(recurrence, occurrence, parts.site.component_names(&recurrence.environment));
    let input = Input::Command { by: BY.to_owned(), command };
    let decision = decide(&occurrence.id, None, &input, parts.clock.now());
    let decision = decision.with_context(|| format!("`{}` cannot be announced", recurrence.title))?;
    match parts.store.commit(&decision, None).await {
        Ok(_) => parts.outbox.notify_one(),
        // Another node was faster.
        Err(store::Error::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Components that are no longer configured are left out.
fn opening(
    recurrence: &Recurrence,
    occurrence: &Occurrence,
    names: Vec<(domain::ComponentKey, String)>,
) -> Command {
    let concerned = names.into_iter().filter(|(key, _)| recurrence.components.contains(key));
    let to = ComponentState::UnderMaintenance;
    Command::Open {
        environment: recurrence.environment.clone(),
        kind: Kind::Maintenance,
        title: recurrence.title.clone(),
        impact: Impact::Maintenance,
        state: State::Scheduled,
        update: ("announced".to_owned(), recurrence.body.clone()),
        components: concerned.map(|(key, name)| ComponentChange { key, name, to }).collect(),
        schedule: Some(occurrence.window),
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    }
}
