//! Deciding and committing what a look showed.
//!
//! This module never fetches.

use super::see::{Seen, Trouble};
use crate::app::Parts;
use domain::observation::{self, IncidentObservation, PageObservation};
use domain::{IncidentId, Input, Slug, Timestamp, decide};
use futures_util::stream::{self, StreamExt as _};
use store::{PageFacts, PageRecord};

/// Incidents decided at a time: they share the flushes of the disk.
const AT_A_TIME: usize = 16;
/// Tries where somebody else changes the same incident.
const TRIES: usize = 8;

/// What the vendor's row keeps of a page.
pub(super) fn page(page: &PageObservation) -> PageRecord {
    PageRecord {
        facts: PageFacts {
            name: page.name.clone(),
            url: page.url.clone(),
            time_zone: page.time_zone.clone(),
            updated_at: page.updated_at,
        },
        warnings: page.warnings.clone(),
        indicator: page.indicator,
        overall: observation::overall(page),
        components: (!page.components.is_empty()).then(|| page.components.clone()),
    }
}

/// Takes every incident of the page, and every one that is gone from it, through the door.
pub(super) async fn incidents(
    parts: &Parts,
    vendor: &Slug,
    seen: &mut Seen,
    at: Timestamp,
) -> Result<(), Trouble> {
    let Some(page) = &mut seen.page else { return Ok(()) };
    let known = parts.store.live_incidents(vendor).await.map_err(|error| trouble(&error))?;
    let mut inputs: Vec<(IncidentId, Input)> = observation::missing(page, &known)
        .into_iter()
        .map(|external_id| {
            (IncidentId::of_vendor(vendor, external_id), Input::Missing { vendor: vendor.clone() })
        })
        .collect();
    if let Some(config) = parts.vendors.get(vendor).filter(|config| !config.components.is_empty()) {
        observation::narrow(page, |name| config.counts(name));
    }
    inputs.extend(page.incidents.iter().map(|incident| seen_input(vendor, incident, page.complete)));
    let mut committed =
        stream::iter(inputs).map(|(id, input)| commit(parts, id, input, at)).buffer_unordered(AT_A_TIME);
    let mut failure = None;
    while let Some(result) = committed.next().await {
        failure = result.err().or(failure);
    }
    parts.outbox.notify_one();
    failure.map_or(Ok(()), |error| Err(trouble(&error)))
}

fn seen_input(vendor: &Slug, incident: &IncidentObservation, complete: bool) -> (IncidentId, Input) {
    let input = Input::Seen { vendor: vendor.clone(), incident: Box::new(incident.clone()), complete };
    (IncidentId::of_vendor(vendor, &incident.external_id), input)
}

/// Load, decide, commit, and again from the start where somebody else was faster.
async fn commit(parts: &Parts, id: IncidentId, input: Input, at: Timestamp) -> store::Result<()> {
    let mut tries = 0;
    loop {
        let known = match parts.store.load(&id).await {
            Ok(incident) => Some(incident),
            Err(store::Error::NotFound) => None,
            Err(error) => return Err(error),
        };
        // A look is never refused, except for an incident that is missing and was never known.
        let Ok(decision) = decide(&id, known.as_ref(), &input, at) else { return Ok(()) };
        if decision.entries.is_empty() {
            return Ok(());
        }
        tries += 1;
        match parts.store.commit(&decision, None).await {
            Err(store::Error::Conflict { .. }) if tries < TRIES => {}
            result => return result.map(|_| ()),
        }
    }
}

/// What was seen cannot be kept: the look does not count, so that the next one sees it again.
fn trouble(error: &store::Error) -> Trouble {
    Trouble { soon: true, ..Trouble::lasting(error.to_string(), "what came could not be kept") }
}
