//! Takes the vendors that are due and looks at each, several at a time. One that hangs holds one place and
//! no other vendor.

use super::look;
use crate::app::Parts;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Looks under way at a time: at the longest time that a look may take, this is still 190 vendors a minute
/// that all hang.
const PLACES: u32 = 64;
/// Between two questions to the database for who is due: the most by which a look is late.
const PAUSE: Duration = Duration::from_millis(500);
/// For how long a vendor is ours: three documents at the longest total time, and as much again. A node that
/// dies is replaced after that.
const LEASE: SignedDuration = SignedDuration::from_secs(120);

pub(super) async fn run(parts: Arc<Parts>) {
    let places = Arc::new(Semaphore::new(PLACES as usize));
    while !parts.is_stopping() {
        let free = u32::try_from(places.available_permits()).unwrap_or(PLACES);
        let claims = match free {
            0 => Ok(Vec::new()),
            free => parts.store.claim_due(parts.clock.now(), free, LEASE).await,
        };
        let claims = claims.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot ask who is due");
            Vec::new()
        });
        let more_may_be_due = free > 0 && claims.len() == free as usize;
        for claim in claims {
            // Never waits: no more were claimed than places were free. Never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let parts = Arc::clone(&parts);
            tokio::spawn(async move {
                look::look(&parts, &claim).await;
                drop(place);
            });
        }
        if !more_may_be_due && !parts.rest(PAUSE).await {
            break;
        }
    }
    // The looks under way finish; the caller bounds how long that may take.
    let _all = places.acquire_many(PLACES).await;
}
