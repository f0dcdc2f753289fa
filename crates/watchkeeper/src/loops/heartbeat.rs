//! Says that this node works: to the other nodes through the database, and to a service outside where one is
//! configured. And listens: a node that has fallen silent is told to the team's channels, once.
//!
//! A node is said to work while the store answers and the outbox moves; otherwise silence is the alarm. Never says
//! more than that it works.

use crate::app::Parts;
use crate::sending::story::notice_of_our_own;
use jiff::SignedDuration;
use notifiers::{Audience, Verdict};
use reqwest::Method;
use reqwest::header::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use store::SilentNode;

/// Between two beats within the database.
const BEAT: Duration = Duration::from_secs(5);
/// After this a node counts as silent: several beats may be lost in a pause of the database.
const SILENCE: SignedDuration = SignedDuration::from_secs(30);
/// Pages show a change in well under a second; an outbox that has not moved for so long is stuck.
const STUCK: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn run(parts: Arc<Parts>) {
    let name = name(&parts);
    let pause = parts.heartbeat.as_ref().map_or(BEAT, |config| config.every.min(BEAT));
    let mut next_ping = parts.clock.now();
    loop {
        match beat(&parts, &name).await {
            Ok(()) => next_ping = ping_when_due(&parts, next_ping).await,
            Err(error) => tracing::warn!(%error, "this node cannot say that it works"),
        }
        if !parts.rest(pause).await {
            break;
        }
    }
    // Best effort: where the database is gone, the others hear the silence.
    let _ = parts.store.leave(&name).await;
}

/// The same after a restart on the same machine, so that a node that comes back is not missed.
fn name(parts: &Parts) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "a node",
        host => host,
    };
    format!("{host} ({})", parts.address)
}

async fn beat(parts: &Parts, name: &str) -> store::Result<()> {
    parts.store.beat(name).await?;
    for silent in parts.store.newly_silent(name, SILENCE).await? {
        tell_silence(parts, &silent).await;
    }
    Ok(())
}

async fn tell_silence(parts: &Parts, silent: &SilentNode) {
    tracing::error!(node.name = %silent.name, seen_at = %silent.seen_at, "a node has fallen silent");
    let title = format!("Node {} is silent", silent.name);
    let body = format!("It was last seen at {}. This node goes on with its work.", silent.seen_at);
    let sending = &parts.sending;
    let now = parts.clock.now();
    let message = notice_of_our_own(sending.stories.places(), &title, &body, now);
    for channel in sending.channels.iter().filter(|channel| channel.audience == Audience::Operators) {
        let verdict = sending.send(channel.receiver.as_ref(), &message, now).await;
        if !matches!(verdict, Verdict::Delivered(_)) {
            tracing::warn!(channel = %channel.name, ?verdict, "a channel did not hear that a node is silent");
        }
    }
}

async fn ping_when_due(parts: &Parts, due: domain::Timestamp) -> domain::Timestamp {
    let now = parts.clock.now();
    let Some(config) = parts.heartbeat.as_ref().filter(|_| now >= due) else { return due };
    if !is_moving(parts).await {
        tracing::warn!("the outbox is stuck: no heartbeat is sent");
        return due;
    }
    let method = if config.post { Method::POST } else { Method::GET };
    match parts.sending.fetcher.speak(method, &config.url, HeaderMap::new(), Vec::new()).await {
        Ok(answer) if answer.is_success() => {}
        Ok(answer) => tracing::warn!(status = answer.status, "the heartbeat was not taken"),
        Err(error) => tracing::warn!(%error, "the heartbeat cannot be sent"),
    }
    now.saturating_add(config.every).unwrap_or(now)
}

/// Whether what is decided reaches pages and queues.
async fn is_moving(parts: &Parts) -> bool {
    match parts.store.outbox_stats().await {
        Ok(backlog) => {
            backlog.oldest_waiting_at.is_none_or(|oldest| parts.clock.now().duration_since(oldest) < STUCK)
        }
        Err(_) => false,
    }
}
