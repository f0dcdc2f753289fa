//! A post: one database, and what is at hand where it is watched.
//!
//! This module never waits.

use super::advise::Advising;
use super::capture::Laid;
use super::desk::Desk;
use super::keep::Measured;
use super::queries::Queries;
use crate::config::{Config, DatabaseConfig};
use crate::lookout;
use anyhow::Context as _;
use domain::evidence::Capture;
use domain::{ComponentKey, Publishing, Slug, Watched};
use engines::mongodb::Target;
use jiff::SignedDuration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Captures that may wait: one takes five seconds at most.
const CAPTURES: usize = 8;

/// One database that is watched.
pub(crate) struct Post {
    pub(super) watched: Watched,
    pub(super) target: Target,
    /// Where it is, and where advice may be tried.
    pub(super) advising: Advising,
    desk: Mutex<Desk>,
    measured: Mutex<Measured>,
    queries: Mutex<Queries>,
    held_until: Mutex<Option<Instant>>,
    captures: mpsc::Sender<Capture>,
    asked: tokio::sync::Mutex<mpsc::Receiver<Capture>>,
    laid: Mutex<Vec<Laid>>,
    /// Rung when the desk has something new.
    pub(super) news: tokio::sync::Notify,
}

impl Post {
    /// The posts that a configuration wants.
    pub(crate) fn all(config: &Config) -> anyhow::Result<Vec<Arc<Self>>> {
        let posts = config.databases.iter().map(|database| Ok(Arc::new(Self::new(database, config)?)));
        posts.collect()
    }

    fn new(database: &DatabaseConfig, config: &Config) -> anyhow::Result<Self> {
        let target = lookout::target(database);
        let target = target.with_context(|| format!("cannot watch database `{}`", database.name))?;
        let (captures, asked) = mpsc::channel(CAPTURES);
        Ok(Self {
            captures,
            asked: tokio::sync::Mutex::new(asked),
            laid: Mutex::default(),
            watched: watched(database, config),
            target,
            advising: Advising { uri: database.uri.clone(), verify_on: database.verify_on.clone() },
            desk: Mutex::default(),
            measured: Mutex::default(),
            queries: Mutex::default(),
            held_until: Mutex::default(),
            news: tokio::sync::Notify::new(),
        })
    }

    pub(crate) fn slug(&self) -> &Slug {
        &self.watched.database
    }

    /// What pages know of it.
    pub(crate) fn shown(&self) -> web::live::WatchedDatabase {
        web::live::WatchedDatabase {
            name: self.watched.database.clone(),
            title: self.watched.name.clone(),
            environment: Some(self.watched.environment.clone()),
        }
    }

    /// Verdicts that are to be told.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be kept.
    pub(super) fn measured(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What queries cost and is to be kept.
    pub(super) fn queries(&self) -> MutexGuard<'_, Queries> {
        self.queries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for evidence. What nobody gets round to is left out.
    pub(super) fn ask(&self, capture: Capture) {
        if self.captures.try_send(capture).is_err() {
            tracing::warn!(database.name = %self.slug(), "evidence is left out: too much is asked for");
        }
    }

    /// The evidence that is asked for, for whoever captures it.
    pub(super) async fn asked(&self) -> tokio::sync::MutexGuard<'_, mpsc::Receiver<Capture>> {
        self.asked.lock().await
    }

    /// Bundles that are not yet noted.
    pub(super) fn laid(&self) -> MutexGuard<'_, Vec<Laid>> {
        self.laid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The watch is ours until then.
    pub(super) fn hold_until(&self, until: Option<Instant>) {
        *self.held_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Whether the watch is certainly ours. A node that slept must not tell what another tells by now.
    pub(super) fn is_held(&self) -> bool {
        let until = *self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}

fn watched(database: &DatabaseConfig, config: &Config) -> Watched {
    let environment = config.environments.iter().find(|one| one.slug == database.environment);
    let affects = database.affects.iter().map(|one| (ComponentKey(one.key()), one.name.clone()));
    Watched {
        database: database.slug.clone(),
        name: database.name.clone(),
        environment: database.environment.clone(),
        environment_name: environment
            .map_or_else(|| database.environment.to_string(), |one| one.name.clone()),
        affects: affects.collect(),
        quiet_for: SignedDuration::try_from(database.quiet_for).unwrap_or(SignedDuration::MAX),
        publishing: environment.map_or(Publishing::Automatic, |one| one.publishing),
        promise: environment.and_then(|one| SignedDuration::try_from(one.promise).ok()),
        maintenance: None,
    }
}
