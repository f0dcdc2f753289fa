//! Writes down who is to hear of a published notice, a thousand subscribers a transaction. A crash at any moment
//! repeats at most one step, and a recipient who is written down already is not written down again.
//!
//! Never sends anything.

use crate::app::Parts;
use crate::sending::subscribers;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use store::ClaimedNotice;

/// Notices taken at a time.
const BATCH: u32 = 8;
/// Subscribers in one transaction.
const STEP: usize = 1_000;
/// How long another node waits before it takes over, from the last step on.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Between two looks when nobody rings.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) async fn run(parts: Arc<Parts>) {
    while !parts.is_stopping() {
        let claimed = parts.store.claim_published(parts.clock.now(), BATCH, LEASE).await;
        let notices = claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot read which notices are published");
            Vec::new()
        });
        if notices.is_empty() {
            tokio::select! {
                () = parts.sending.published.notified() => {}
                rested = parts.rest(PAUSE) => if !rested { return },
            }
            continue;
        }
        for notice in notices {
            match fan_out(&parts, &notice).await {
                Ok(()) | Err(store::Error::LostLease) => {}
                // The claim runs out, and the next one goes on from the last step.
                Err(error) => {
                    tracing::warn!(notice.key = %notice.key, %error, "cannot write down who is to hear");
                }
            }
        }
    }
}

async fn fan_out(parts: &Parts, notice: &ClaimedNotice) -> store::Result<()> {
    let mut cursor = notice.cursor.clone();
    loop {
        let (deliveries, next) = subscribers::after(parts, notice, &cursor, STEP).await?;
        let lease = next.clone().map(|next| (next, LEASE));
        parts.store.fan_out(notice, parts.clock.now(), deliveries, lease).await?;
        parts.sending.subscribers.notify_one();
        parts.sending.mails.notify_one();
        match next {
            Some(next) if !parts.is_stopping() => cursor = next,
            _ => return Ok(()),
        }
    }
}
