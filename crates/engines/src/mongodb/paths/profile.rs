//! `system.profile` of the databases that are read, where somebody has switched their profiler on.
//!
//! Where nobody has, asking costs one look-up of a collection that does not exist; 300 documents cost the server 0.35 ms of
//! processor (4.0.10, mean of 200 times). Nothing here switches a profiler.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{DateTime, RawBsonRef, RawDocument, RawDocumentBuf, rawdoc};
use domain::reads::{Answer, Failure, Finished, Role};

use crate::mongodb::finished;
use crate::mongodb::link::Link;
use crate::mongodb::look::{Looker, MAX_TIME_MS};
use crate::mongodb::node::{Chosen, State};
use crate::mongodb::target::split;
use crate::mongodb::{APP_NAME, Pace};

/// A profile keeps documents of some kilobytes at most, and we ask for few of them.
const MOST: usize = 8 * 1024 * 1024;
/// Documents of one answer, the newest.
const MOST_DOCUMENTS: i32 = 300;
/// Databases that are asked.
const MOST_DATABASES: usize = 8;

/// What profilers wrote down on a node.
pub(in crate::mongodb) struct Profile {
    link: Link,
    state: Arc<State>,
    chosen: Chosen,
    /// The newest document seen, by database: milliseconds since 1970 by the server's clock.
    seen: BTreeMap<String, i64>,
    /// Whether the last answers held anything.
    is_on: bool,
}

impl Profile {
    pub(in crate::mongodb) fn new(link: Link, state: &Arc<State>, chosen: Chosen) -> Self {
        Self { link, state: Arc::clone(state), chosen, seen: BTreeMap::new(), is_on: false }
    }

    /// What one database has that is new.
    async fn news(&mut self, database: &str) -> Result<Vec<Finished>, Failure> {
        let reply = self.link.command(&command(database), MOST).await?;
        let cursor = reply.get_document("cursor");
        let batch = cursor.and_then(|cursor| cursor.get_array("firstBatch"));
        let batch = batch.map_err(|_| Failure::Garbage("a profile without its documents".to_owned()))?;
        let documents: Vec<&RawDocument> =
            batch.into_iter().map_while(Result::ok).filter_map(RawBsonRef::as_document).collect();
        let newest = documents.iter().filter_map(|document| at_ms(document)).max();
        self.is_on |= newest.is_some();
        let known = self.seen.get(database).copied();
        self.seen.insert(database.to_owned(), newest.max(known).unwrap_or(i64::MIN));
        // Before the first look everything is old.
        let Some(before) = known else { return Ok(Vec::new()) };
        let is_new = |document: &&RawDocument| at_ms(document).is_some_and(|at| at > before);
        let clients = |document: &&RawDocument| document.get_str("appName") != Ok(APP_NAME);
        Ok(documents.into_iter().filter(is_new).filter(clients).filter_map(finished::read).collect())
    }
}

impl Looker for Profile {
    fn ready(&mut self) -> bool {
        !matches!(self.state.role(), None | Some(Role::Router | Role::Arbiter))
    }

    fn period(&self, pace: Pace) -> Duration {
        match (self.state.role(), pace) {
            (None, _) => Duration::from_millis(100),
            (_, Pace::Alert) => Duration::from_secs(1),
            (_, Pace::Calm) if self.is_on => Duration::from_secs(5),
            (_, Pace::Calm) => Duration::from_secs(30),
        }
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let chosen = Arc::clone(&*self.chosen.borrow());
        let databases: BTreeSet<String> =
            chosen.iter().map(|namespace| split(namespace).0.to_owned()).take(MOST_DATABASES).collect();
        self.is_on = false;
        let mut finished = Vec::new();
        for database in &databases {
            finished.extend(self.news(database).await?);
        }
        Ok(Answer::Finished(finished))
    }
}

/// The newest documents, backwards: a profile is a capped collection, so that is their natural order.
fn command(database: &str) -> RawDocumentBuf {
    let mut wanted = RawDocumentBuf::new();
    for field in finished::FIELDS {
        wanted.append(field, 1);
    }
    let mut command = rawdoc! {
        "find": "system.profile",
        "sort": { "$natural": -1 },
        "projection": wanted,
        "limit": MOST_DOCUMENTS,
        "batchSize": MOST_DOCUMENTS,
        "singleBatch": true,
        "maxTimeMS": MAX_TIME_MS,
        "$readPreference": { "mode": "primaryPreferred" },
    };
    command.append("$db", database);
    command
}

fn at_ms(document: &RawDocument) -> Option<i64> {
    document.get_datetime("ts").ok().map(DateTime::timestamp_millis)
}
