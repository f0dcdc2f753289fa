//! Forgets what nobody needs any more: old raw bodies, request keys, ended sessions, readings and deliveries.
//! Timelines stay.

use crate::app::Parts;
use crate::archive::Archive;
use crate::evidence;
use domain::Timestamp;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use store::Retention;

/// Between two rounds.
const PAUSE: Duration = Duration::from_hours(1);
/// Postmortems come months late, and a year of raw bodies proves what was changed; a vendor's page takes
/// a few megabytes in that time.
const KEEP_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A report of who was told is asked for soon, if at all; a hundred thousand rows for each notice are many.
const KEEP_DELIVERIES_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Whoever did not confirm in that time is forgotten.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(store::subscribers::CONFIRM_HOURS);
/// A digest of a day that was forgotten must not be written again.
const KEEP_LETTERS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What left after all, and what did not, is in the timeline; who posted it may ask for a while.
const KEEP_HELD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(super) async fn run(parts: Arc<Parts>) {
    while parts.rest(PAUSE).await {
        if let Err(error) = parts.store.prune(parts.clock.now(), KEEP_FOR).await {
            tracing::warn!(%error, "cannot forget what is old");
        }
        let before = parts.clock.now().saturating_sub(KEEP_DELIVERIES_FOR).unwrap_or(Timestamp::MIN);
        if let Err(error) = parts.store.prune_deliveries(before).await {
            tracing::warn!(%error, "cannot forget old deliveries");
        }
        let asked_before = parts.clock.now().saturating_sub(ANSWER_WITHIN).unwrap_or(Timestamp::MIN);
        let done_before = parts.clock.now().saturating_sub(KEEP_LETTERS_FOR).unwrap_or(Timestamp::MIN);
        if let Err(error) = parts.store.prune_subscribers(asked_before, done_before).await {
            tracing::warn!(%error, "cannot forget who never confirmed");
        }
        let due_before = parts.clock.now().saturating_sub(KEEP_HELD_FOR).unwrap_or(Timestamp::MIN);
        if let Err(error) = parts.store.prune_held_commands(due_before).await {
            tracing::warn!(%error, "cannot forget what was held");
        }
        if let Err(error) = forget_evidence(&parts).await {
            tracing::warn!(error = format!("{error:#}"), "cannot forget old evidence");
        }
        if let Err(error) = parts.store.prune_readings(parts.clock.now(), Retention::default()).await {
            tracing::warn!(%error, "cannot forget old readings");
        }
        let before = parts.clock.now().saturating_sub(Retention::default().minutes).unwrap_or(Timestamp::MIN);
        if let Err(error) = parts.store.prune_queries(before).await {
            tracing::warn!(%error, "cannot forget what queries cost long ago");
        }
    }
}

/// Takes evidence that is too old or too much out of the archive, then out of the list.
async fn forget_evidence(parts: &Parts) -> anyhow::Result<()> {
    let before = parts.clock.now().saturating_sub(parts.archive.keep).unwrap_or(Timestamp::MIN);
    let beyond = parts.store.evidence_beyond(before, parts.archive.max_bytes).await?;
    if beyond.is_empty() {
        return Ok(());
    }
    let archive = Archive::open(&parts.archive.to, &parts.fetch)?;
    for sha256 in beyond {
        archive.remove(&evidence::path(&sha256)).await?;
        parts.store.forget_evidence(&sha256).await?;
    }
    Ok(())
}
