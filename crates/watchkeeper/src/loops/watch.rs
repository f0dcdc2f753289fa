//! Watches the databases: of several nodes one watches each, as long as it renews its lease. What is seen is
//! judged a few times a second; what a verdict changes becomes an incident, an entry or nothing.
//!
//! Looking, judging and telling run beside each other, so that neither a database that hangs nor one of our
//! own that cannot be written keeps the others waiting. This module never decides what an incident is.

mod advise;
mod capture;
mod desk;
mod keep;
mod observe;
mod post;
mod queries;
mod report;
mod weigh;

pub(crate) use post::Post;

use crate::app::Parts;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// For how long a watch is ours. A node that dies is replaced after that; one that hangs must be told so.
const LEASE: Duration = Duration::from_secs(6);
/// Between two renewals: two may be lost.
const RENEW: Duration = Duration::from_secs(2);
/// Between two questions whether the watch is free.
const ASK: Duration = Duration::from_secs(1);
/// Longest wait for our own database when the program is told to stop.
const FAREWELL: Duration = Duration::from_secs(2);

/// Guards every post until the program is told to stop.
pub(super) async fn run(parts: Arc<Parts>) {
    let mut posts = JoinSet::new();
    for post in &parts.posts {
        posts.spawn(guard(Arc::clone(&parts), Arc::clone(post)));
    }
    // Where there is nothing to watch, this loop still does not end by itself.
    parts.stopped().await;
    while posts.join_next().await.is_some() {}
}

/// Watches whenever nobody else does.
async fn guard(parts: Arc<Parts>, post: Arc<Post>) {
    loop {
        match hold(&parts, &post).await {
            // Twenty kilobytes, made once for hours of watching.
            Ok(true) => Box::pin(watch(&parts, &post)).await,
            Ok(false) => tracing::debug!(database.name = %post.slug(), "another node watches"),
            Err(error) => {
                tracing::warn!(database.name = %post.slug(), %error, "cannot ask who watches a database");
            }
        }
        if !parts.rest(ASK).await {
            return;
        }
    }
}

async fn hold(parts: &Parts, post: &Post) -> store::Result<bool> {
    let asked_at = Instant::now();
    let lease = SignedDuration::try_from(LEASE).unwrap_or(SignedDuration::MAX);
    let held = parts.store.hold_watch(post.slug().as_str(), lease).await?;
    post.hold_until(held.then(|| asked_at + LEASE));
    Ok(held)
}

/// Watches until the program is told to stop or another node has taken over.
async fn watch(parts: &Parts, post: &Post) {
    tracing::info!(database.name = %post.slug(), "watching");
    let baselines = keep::baselines(parts, post).await;
    tokio::select! {
        () = observe::observe(parts, post, baselines, relieved(parts, post)) => {}
        () = report::report(parts, post) => {}
        () = keep::keep(parts, post) => {}
        () = advise::advise(parts, post) => {}
        () = capture::capture(parts, post) => {}
    }
    parts.site.live().verdict(post.slug().as_str(), None);
    if !post.is_held() {
        tracing::warn!(database.name = %post.slug(), "another node watches from now on");
        post.desk().clear();
        return;
    }
    let farewell = async {
        report::report_waiting(parts, post).await;
        keep::flush(parts, post).await;
        capture::note(parts, post).await;
        parts.store.leave_watch(post.slug().as_str()).await
    };
    if !matches!(timeout(FAREWELL, farewell).await, Ok(Ok(()))) {
        tracing::warn!(database.name = %post.slug(), "the watch ended with something left to be written down");
    }
}

/// Returns when the watch is to end. Where our own database does not answer, nobody else can take over either.
async fn relieved(parts: &Parts, post: &Post) {
    while parts.rest(RENEW).await {
        match hold(parts, post).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(database.name = %post.slug(), %error, "cannot renew a watch"),
        }
    }
}
