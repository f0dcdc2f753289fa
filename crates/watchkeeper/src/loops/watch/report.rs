//! Telling: from a verdict to an incident, through the one door. What cannot be written is tried again until
//! it can.
//!
//! This module never judges: which incident, and what becomes of it, the domain says.

use super::desk::Paper;
use super::post::Post;
use super::weigh;
use crate::app::Parts;
use anyhow::Context as _;
use domain::decide::choose;
use domain::detect::Verdict;
use domain::maintenance::covering;
use domain::{Incident, IncidentId, Input, Refusal, Timestamp, Watched, decide};
use jiff::SignedDuration;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Between two tellings of a verdict that stands: what was held back for being too much is said then.
const AGAIN: Duration = Duration::from_secs(3);
/// First wait after a failure; doubled each time, up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LONGEST_RETRY: Duration = Duration::from_secs(4);
/// Tries where somebody else changes the same incident.
const TRIES: usize = 8;
/// How long reads must be well before a stall that nobody saw end counts as over: longer than a new detector
/// needs to see that it goes on.
const WELL_FOR: SignedDuration = SignedDuration::from_secs(10);

/// Tells for ever.
pub(super) async fn report(parts: &Parts, post: &Post) {
    let mut retry = FIRST_RETRY;
    let mut unended = true;
    loop {
        let next = post.desk().next();
        let Some(paper) = next else {
            if unended && let Some(since) = well_since(parts, post) {
                unended =
                    end_unended(parts, post, since).await.inspect_err(|error| warn(post, error)).is_err();
            }
            let _ = timeout(AGAIN, post.news.notified()).await;
            continue;
        };
        match tell(parts, post, &paper).await {
            Ok(()) => {
                retry = FIRST_RETRY;
                let stands = post.desk().is_last_word(&paper);
                if stands {
                    let _ = timeout(AGAIN, post.news.notified()).await;
                }
            }
            Err(error) => {
                warn(post, &error);
                sleep(retry).await;
                retry = (retry * 2).min(LONGEST_RETRY);
            }
        }
    }
}

/// Tells what waits, once, when the watch ends.
pub(super) async fn report_waiting(parts: &Parts, post: &Post) {
    loop {
        let next = post.desk().next();
        let Some(paper) = next else { return };
        if let Err(error) = tell(parts, post, &paper).await {
            return warn(post, &error);
        }
        if post.desk().is_last_word(&paper) {
            return;
        }
    }
}

fn warn(post: &Post, error: &anyhow::Error) {
    tracing::warn!(database.name = %post.slug(), error = format!("{error:#}"), "cannot tell a verdict yet");
}

async fn tell(parts: &Parts, post: &Post, paper: &Paper) -> anyhow::Result<()> {
    let incident = commit(parts, post, &paper.verdict).await?;
    post.desk().told(paper, incident);
    Ok(())
}

/// Load, choose, decide, commit, and again from the start where somebody else was faster.
async fn commit(parts: &Parts, post: &Post, verdict: &Verdict) -> anyhow::Result<Option<IncidentId>> {
    let hypotheses = weigh::hypotheses(parts, post, verdict).await;
    let fresh = IncidentId::from_entropy(parts.entropy.number());
    for _ in 0..TRIES {
        let now = parts.clock.now();
        let near = parts.store.incidents_near(&post.watched.environment, now).await?;
        let chosen = choose(&near, &post.watched, now);
        let watched = Watched { maintenance: covering(&near, &post.watched, now), ..post.watched.clone() };
        let (watched, verdict) = (Box::new(watched), Box::new(verdict.clone()));
        let input = Input::Judged { watched, verdict, hypotheses: hypotheses.clone() };
        let id = chosen.map_or(&fresh, |incident| &incident.id);
        match put_in(parts, post, id, chosen, &input, now).await? {
            Done::Committed => return Ok(Some(id.clone())),
            Done::Refused(Refusal::OnlyStrained) => return Ok(None),
            Done::Refused(refusal) => {
                tracing::warn!(database.name = %post.slug(), incident.id = %id, %refusal, "a verdict was refused");
                return Ok(None);
            }
            Done::Overtaken => {}
        }
    }
    anyhow::bail!("others change the same incident all the time")
}

/// What became of an input.
pub(super) enum Done {
    Committed,
    Refused(Refusal),
    Overtaken,
}

pub(super) async fn put_in(
    parts: &Parts,
    post: &Post,
    id: &IncidentId,
    incident: Option<&Incident>,
    input: &Input,
    now: Timestamp,
) -> anyhow::Result<Done> {
    let decision = match decide(id, incident, input, now) {
        Ok(decision) if decision.entries.is_empty() => return Ok(Done::Committed),
        Ok(decision) => decision,
        Err(refusal) => return Ok(Done::Refused(refusal)),
    };
    anyhow::ensure!(post.is_held(), "the lease ran out");
    match parts.store.commit_watched(&decision, post.slug().as_str()).await {
        Ok(_) => {
            parts.outbox.notify_one();
            Ok(Done::Committed)
        }
        Err(store::Error::Conflict { .. }) => Ok(Done::Overtaken),
        Err(error) => Err(error).context("cannot write an incident"),
    }
}

/// Since when reads are well, if it is long enough.
fn well_since(parts: &Parts, post: &Post) -> Option<Timestamp> {
    let since = post.desk().well_since?;
    (parts.clock.now().duration_since(since) >= WELL_FOR).then_some(since)
}

/// Ends stalls that incidents tell of and that ended while nobody watched.
async fn end_unended(parts: &Parts, post: &Post, since: Timestamp) -> anyhow::Result<()> {
    let input = Input::FoundWell { watched: Box::new(post.watched.clone()), since };
    let now = parts.clock.now();
    for incident in parts.store.incidents_near(&post.watched.environment, now).await? {
        let watch = incident.watching.of(post.slug());
        if !watch.is_some_and(domain::incident::Watch::is_stalled) {
            continue;
        }
        if matches!(put_in(parts, post, &incident.id, Some(&incident), &input, now).await?, Done::Overtaken) {
            anyhow::bail!("somebody else changed the same incident");
        }
    }
    Ok(())
}
