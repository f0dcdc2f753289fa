//! Advises: once a query is blamed, says in the incident what would serve it; tries it on a copy where a server was
//! named for that; and once it was done, says what it changed.
//!
//! What this module learns of values of queries stays in memory and is dropped with the incident. It never changes an
//! index of a database that is watched.

use super::post::Post;
use super::report::{Done, put_in};
use crate::advisor::{self, Blamed};
use crate::app::Parts;
use crate::config::database::Uri;
use domain::advice::{Advised, Standing, standing};
use domain::{IncidentId, Input};
use engines::mongodb::advice::Source;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks at what is blamed.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks whether an index was made.
const APPLIED_PAUSE: Duration = Duration::from_secs(5);
/// For how long after its advice an incident hears what was done.
const FOLLOW_FOR: Duration = Duration::from_hours(24);
/// Everything about one query takes at most so long.
const PATIENCE: Duration = Duration::from_mins(5);
/// A stalled server is asked again after this.
const RETRY: Duration = Duration::from_secs(5);
/// And so often.
const TRIES: u32 = 10;
/// Queries of one incident, and queries that are followed.
const MOST: usize = 8;
/// Tries where somebody else changes the same incident.
const COMMITS: usize = 8;

/// Where a database is, and where advice may be tried.
pub(super) struct Advising {
    pub(super) uri: Uri,
    pub(super) verify_on: Option<Uri>,
}

/// A query that was blamed, and what came of it.
struct Case {
    incident: IncidentId,
    blamed: Blamed,
    said: Option<(Instant, Advised)>,
    tries: u32,
    next_at: Instant,
}

/// Advises for ever.
pub(super) async fn advise(parts: &Parts, post: &Post) {
    let mut cases: Vec<Case> = Vec::new();
    loop {
        sleep(PAUSE).await;
        take_up(post, &mut cases);
        let now = Instant::now();
        // What nothing can be advised for stays known while it is blamed, or it would be looked at anew every second.
        let blamed_in = post.desk().incident().cloned();
        cases.retain(|case| match &case.said {
            Some((at, _)) => now - *at < FOLLOW_FOR,
            None => case.tries < TRIES || blamed_in.as_ref() == Some(&case.incident),
        });
        let due = |case: &&mut Case| case.next_at <= now && (case.said.is_some() || case.tries < TRIES);
        let Some(case) = cases.iter_mut().find(due) else { continue };
        let done = match timeout(PATIENCE, step(parts, post, case)).await {
            Ok(done) => done,
            Err(_) => Err(anyhow::anyhow!("it takes too long")),
        };
        case.next_at = Instant::now() + if case.said.is_some() { APPLIED_PAUSE } else { RETRY };
        if let Err(error) = done {
            case.tries += u32::from(case.said.is_none());
            tracing::info!(database.name = %post.slug(), error = format!("{error:#}"), "cannot advise yet");
        }
    }
}

/// Takes up the query that the standing verdict blames.
fn take_up(post: &Post, cases: &mut Vec<Case>) {
    let desk = post.desk();
    let Some(incident) = desk.incident().cloned() else { return };
    let Some(culprit) = desk.next().and_then(|paper| paper.verdict.culprit) else { return };
    let Some(mut blamed) = Blamed::of(&culprit) else { return };
    let known = cases.iter_mut().find(|case| case.incident == incident && case.blamed.is_same(&blamed));
    if let Some(case) = known {
        case.blamed.oldest_us = case.blamed.oldest_us.max(blamed.oldest_us);
    } else if cases.iter().filter(|case| case.incident == incident).count() < MOST && cases.len() < 2 * MOST {
        blamed.commands = Vec::new();
        cases.push(Case { incident, blamed, said: None, tries: 0, next_at: Instant::now() });
    }
}

async fn step(parts: &Parts, post: &Post, case: &mut Case) -> anyhow::Result<()> {
    let source = Source::new(post.advising.uri.as_str()).await?;
    if let Some((at, said)) = &mut case.said {
        let Some(applied) = advisor::applied(&source, &case.blamed, said).await? else { return Ok(()) };
        say(parts, post, &case.incident, &applied).await?;
        *said = applied;
        *at = Instant::now();
        return Ok(());
    }
    // Another node, or this one before it was started again, may have said it.
    if let Some(said) = said_before(parts, post, case).await? {
        case.said = Some((Instant::now(), said));
        return Ok(());
    }
    let found = advisor::look(&source, post.slug(), &mut case.blamed).await?;
    let Some(proposal) = found else {
        // Nothing to be advised is no error, and does not change while the query stays the same.
        case.tries = TRIES;
        return Ok(());
    };
    let untried = post.advising.verify_on.is_none();
    let mut advised =
        proposal.advised(untried.then_some("not tried: no server was named for that (`verify_on`)"));
    say(parts, post, &case.incident, &advised).await?;
    if let Some(place) = &post.advising.verify_on {
        advised = proposal.verified(&source, place.as_str(), false).await;
        say(parts, post, &case.incident, &advised).await?;
    }
    case.said = Some((Instant::now(), advised));
    Ok(())
}

async fn said_before(parts: &Parts, post: &Post, case: &Case) -> anyhow::Result<Option<Advised>> {
    let timeline = parts.store.timeline(&case.incident).await?;
    let is_it = |advised: &&Advised| {
        advised.database == *post.slug() && case.blamed.is_of(&advised.namespace, &advised.shape)
    };
    let known = standing(&timeline).into_iter().map(|(_, advised)| advised).find(is_it).cloned();
    // What was only proposed where it can be tried was broken off.
    let is_whole = |advised: &Advised| {
        post.advising.verify_on.is_none()
            || advised
                .pieces
                .iter()
                .all(|piece| piece.standing != Standing::Proposed || piece.indexes.is_empty())
    };
    Ok(known.filter(is_whole))
}

/// Says it in the incident, through the one door.
async fn say(parts: &Parts, post: &Post, id: &IncidentId, advised: &Advised) -> anyhow::Result<()> {
    let input = Input::Advised(Box::new(advised.clone()));
    for _ in 0..COMMITS {
        let incident = parts.store.load(id).await?;
        match put_in(parts, post, id, Some(&incident), &input, parts.clock.now()).await? {
            Done::Committed => return Ok(()),
            Done::Refused(refusal) => anyhow::bail!("it was refused: {refusal}"),
            Done::Overtaken => {}
        }
    }
    anyhow::bail!("others change the same incident all the time")
}
