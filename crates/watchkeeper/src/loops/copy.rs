//! Keeps a page as files: what shows a change is written within seconds, the front page every few minutes, so that
//! readers see as of when it is, and everything once an hour, because days pass. Of several nodes one does.
//!
//! What goes wrong is noted in the database, for `watchkeeper doctor`, and counted; it is logged once and tried again.

use crate::app::Parts;
use crate::config::place::Place;
use crate::copying::{Files, copy};
use domain::{Slug, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use web::Page;
use web::export::Export;

/// Between two looks for changes.
const PAUSE: Duration = Duration::from_secs(2);
/// A writing is followed by a pause of this many times what it took: a fifth of one processor at most.
const COST: u32 = 4;
/// Longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Longest that the front page stays as it is, and everything else.
const FRONT_AGE: SignedDuration = SignedDuration::from_mins(5);
const AGE: SignedDuration = SignedDuration::from_hours(1);
/// For how long the files are ours, and how often that is said.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
const RENEW: Duration = Duration::from_secs(20);

/// What was written last.
struct Written {
    export: Export,
    front_at: Timestamp,
    all_at: Timestamp,
}

pub(super) async fn run(parts: Arc<Parts>, page: Slug, place: Place) {
    let Some(page) = parts.site.page(&page).cloned() else { return parts.stopped().await };
    let (mut last, mut failures, mut pause) = (None, 0_u32, Duration::ZERO);
    while parts.rest(pause).await {
        let began_at = parts.clock.now();
        let turn = tokio::select! {
            turn = turn(&parts, &page, &place, last.take()) => turn,
            () = parts.stopped() => break,
        };
        let took = Duration::try_from(parts.clock.now().duration_since(began_at)).unwrap_or_default();
        pause = PAUSE.max(took * COST);
        match turn {
            Ok(written) => {
                if failures > 0 && written.is_some() {
                    tracing::info!(page = %page.slug(), to = %place, "the files of the page are written again");
                }
                (last, failures) = (written, 0);
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                pause = (pause * 2_u32.saturating_pow(failures.min(8))).min(LONGEST_PAUSE);
                tell(&parts, &page, &error, failures == 1).await;
            }
        }
    }
    // Best effort: without it another node waits for the end of the lease.
    let _ = parts.store.leave_copy(page.slug().as_str()).await;
}

async fn tell(parts: &Parts, page: &Page, error: &anyhow::Error, is_first: bool) {
    parts.site.metrics().copy_errors.fetch_add(1, Ordering::Relaxed);
    let error = format!("{error:#}");
    if is_first {
        tracing::warn!(page = %page.slug(), error, "cannot write the files of a page");
    }
    if let Err(unnoted) = parts.store.note_copy(page.slug().as_str(), parts.clock.now(), Some(&error)).await {
        tracing::warn!(page = %page.slug(), error = %unnoted, "cannot note that the files of a page are old");
    }
}

/// Writes what is due, if the files are ours. What was written last, then; nothing where they are another node's.
async fn turn(
    parts: &Parts,
    page: &Arc<Page>,
    place: &Place,
    last: Option<Written>,
) -> anyhow::Result<Option<Written>> {
    if !parts.store.hold_copy(page.slug().as_str(), LEASE).await? {
        return Ok(None);
    }
    let export = parts.site.export(page).await?;
    let now = export.as_of();
    let is_old = |at: Timestamp, age: SignedDuration| now.duration_since(at) >= age;
    let (targets, front_at, all_at) = match &last {
        Some(last) if !is_old(last.all_at, AGE) => {
            let mut targets = export.changed_since(&last.export);
            let is_due = !targets.is_empty() || is_old(last.front_at, FRONT_AGE);
            if is_due {
                targets.extend(
                    Export::FRONT.into_iter().filter(|front| !targets.contains(front)).collect::<Vec<_>>(),
                );
            }
            (targets, if is_due { now } else { last.front_at }, last.all_at)
        }
        _ => (export.targets(), now, now),
    };
    if targets.is_empty() {
        return Ok(Some(Written { export, front_at, all_at }));
    }
    let files = Files::open(place, &parts.fetch)?;
    tokio::select! {
        copied = copy(&export, targets, &files, || ()) => copied.map(drop)?,
        taken = until_taken_over(parts, page) => taken?,
    }
    parts.store.note_copy(page.slug().as_str(), now, None).await?;
    Ok(Some(Written { export, front_at, all_at }))
}

/// Says that the files are ours while they are written; fails when they are no longer.
async fn until_taken_over(parts: &Parts, page: &Page) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(RENEW).await;
        let held = parts.store.hold_copy(page.slug().as_str(), LEASE).await?;
        anyhow::ensure!(held, "another node has taken over while this one was writing");
    }
}
