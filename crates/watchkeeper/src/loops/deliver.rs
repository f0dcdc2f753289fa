//! Takes what the outbox holds and publishes it: the pages concerned are rendered anew, open browsers hear of it,
//! and in the same transaction that says so the team's channels are written down as deliveries. Subscribers are
//! written down after that by `fan_out`, so that no page waits for them. Any node may take a row; one that fails
//! comes round again.
//!
//! Never sends anything outside.

use crate::app::Parts;
use crate::sending::audience::{hears, is_news};
use crate::sending::receiver::{self, Receiver};
use crate::sending::story::Subject;
use domain::{Notice, Origin, Timestamp, Visibility};
use jiff::SignedDuration;
use notifiers::Audience;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::{ClaimedNotice, Lane, NewDelivery, Outcome};
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
    let results = match parts.site.changed(&changes).await {
        Ok(()) => {
            let published = notices.iter().map(|notice| publish(parts, notice, now));
            futures_util::future::join_all(published).await
        }
        Err(error) => {
            let error = error.inside().unwrap_or_else(|| error.to_string());
            let failed = notices.iter().map(|notice| put_off(parts, notice, now, error.clone()));
            futures_util::future::join_all(failed).await
        }
    };
    for result in results {
        match result {
            // Another node told it meanwhile.
            Ok(()) | Err(store::Error::LostLease) => {}
            Err(error) => tracing::warn!(%error, "cannot write what became of a notice"),
        }
    }
    parts.sending.operators.notify_one();
    parts.sending.published.notify_one();
}

/// Writes that pages show it, and which channels hear of it.
async fn publish(parts: &Parts, notice: &ClaimedNotice, now: Timestamp) -> store::Result<()> {
    if notice.notice == Notice::Observed {
        let done = Outcome::Done { at: parts.clock.now() };
        return parts.store.finish_notice(&notice.key, notice.epoch, done).await;
    }
    let (deliveries, more) = match recipients(parts, notice).await {
        Ok(found) => found,
        Err(error) => return put_off(parts, notice, now, error.to_string()).await,
    };
    parts.store.publish_notice(notice, parts.clock.now(), deliveries, more).await
}

/// The channels that hear of it, and whether subscribers may, too.
async fn recipients(parts: &Parts, notice: &ClaimedNotice) -> store::Result<(Vec<NewDelivery>, bool)> {
    let subject = |audience| Subject {
        incident: notice.incident.clone(),
        seq: notice.seq,
        notice: notice.notice,
        audience,
    };
    let stories = &parts.sending.stories;
    let Some(whole) = stories.story(&parts.store, &subject(Audience::Operators)).await? else {
        return Ok((Vec::new(), false));
    };
    let mut deliveries = Vec::new();
    for channel in &parts.sending.channels {
        if !hears(channel, notice.notice, notice.visibility, &whole.incident) {
            continue;
        }
        let Some(story) = stories.story(&parts.store, &subject(channel.audience)).await? else { continue };
        let receiver = Receiver::of_channel(channel);
        if receiver.notifier.wants(&receiver.address(&story, &notice.key, stories.places())) {
            deliveries.push(NewDelivery {
                lane: Lane::Operators,
                destination: receiver::of_channel(&channel.slug),
                channel: channel.slug.to_string(),
                // Channels have limits of their own: one that hangs holds up no other at the same host.
                route: receiver::of_channel(&channel.slug),
            });
        }
    }
    let own = matches!(whole.incident.origin, Origin::Own { .. });
    let more = own && notice.visibility == Visibility::Public && is_news(notice.notice, &whole.incident);
    Ok((deliveries, more))
}

async fn put_off(parts: &Parts, notice: &ClaimedNotice, now: Timestamp, error: String) -> store::Result<()> {
    let retry = Outcome::Retry { at: retry_at(notice.attempt, now), error };
    parts.store.finish_notice(&notice.key, notice.epoch, retry).await
}

fn retry_at(attempt: u32, now: Timestamp) -> Timestamp {
    let wait = FIRST_RETRY * 2_i32.pow(attempt.saturating_sub(1).min(8));
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
