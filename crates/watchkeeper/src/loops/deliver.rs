//! Takes what the outbox holds and tells it: the pages concerned are rendered anew and open browsers hear of
//! it. Any node may take a row; one that fails comes round again.

use crate::app::Parts;
use domain::Timestamp;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::{ClaimedNotice, Outcome};
use web::Change;

/// Rows taken at a time.
const BATCH: u32 = 64;
/// How long another node waits before it takes over what this one holds.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Between two looks into the outbox when nobody rings.
const PAUSE: Duration = Duration::from_millis(250);
/// First wait after a failure; doubled each time, up to about four minutes.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(1);

pub(super) async fn run(parts: Arc<Parts>) {
    while !parts.is_stopping() {
        let now = parts.clock.now();
        let notices = parts.store.claim_notices(now, BATCH, LEASE).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot read the outbox");
            Vec::new()
        });
        if notices.is_empty() {
            tokio::select! {
                () = parts.outbox.notified() => {}
                rested = parts.rest(PAUSE) => if !rested { return },
            }
            continue;
        }
        deliver(&parts, &notices, now).await;
    }
}

async fn deliver(parts: &Parts, notices: &[ClaimedNotice], now: Timestamp) {
    let incidents: BTreeSet<_> = notices.iter().map(|notice| notice.incident.clone()).collect();
    let changes: Vec<Change> = incidents.into_iter().map(Change::Incident).collect();
    let published = parts.site.changed(&changes).await;
    let outcomes = notices.iter().map(|notice| {
        let outcome = match &published {
            Ok(()) => Outcome::Done { at: parts.clock.now() },
            Err(error) => Outcome::Retry { at: retry_at(notice.attempt, now), error: reason(error) },
        };
        parts.store.finish_notice(&notice.key, notice.epoch, outcome)
    });
    for result in futures_util::future::join_all(outcomes).await {
        match result {
            // Another node told it meanwhile.
            Ok(()) | Err(store::Error::LostLease) => {}
            Err(error) => tracing::warn!(%error, "cannot write what became of a notice"),
        }
    }
}

fn reason(error: &web::Error) -> String {
    error.inside().unwrap_or_else(|| error.to_string())
}

fn retry_at(attempt: u32, now: Timestamp) -> Timestamp {
    let wait = FIRST_RETRY * 2_i32.pow(attempt.saturating_sub(1).min(8));
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
