//! Lets time act on incidents: a maintenance of our own begins and ends when it was announced to, and an incident
//! that the watch opened is over when reads have stayed well for long enough.

use crate::app::Parts;
use domain::{IncidentId, Input, decide};
use std::sync::Arc;
use std::time::Duration;

/// Between two ticks: the most by which a maintenance begins late on the page.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(parts: Arc<Parts>) {
    while parts.rest(PAUSE).await {
        if let Err(error) = tick(&parts).await {
            tracing::warn!(%error, "cannot let time act");
        }
    }
}

async fn tick(parts: &Parts) -> store::Result<()> {
    for id in parts.store.due_incidents(parts.clock.now()).await? {
        match move_on(parts, &id).await {
            // Somebody else was faster: the next tick sees what is left to do.
            Ok(()) | Err(store::Error::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn move_on(parts: &Parts, id: &IncidentId) -> store::Result<()> {
    let incident = parts.store.load(id).await?;
    if let Ok(decision) = decide(id, Some(&incident), &Input::Tick, parts.clock.now())
        && !decision.entries.is_empty()
    {
        parts.store.commit(&decision, None).await?;
        parts.outbox.notify_one();
    }
    Ok(())
}
