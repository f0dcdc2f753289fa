//! Keeps ids ready for the reads of one node, off their way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawBson, RawBsonRef, RawDocument, rawdoc};
use domain::reads::{Failure, Role};
use tokio::time::{Instant, sleep, timeout};

use super::ids::{Ids, SAMPLE};
use super::link::Link;
use super::look::DEADLINE;
use super::node::{Spot, State, Word};
use super::target::split;

/// How often it looks after its ids.
const ROUND: Duration = Duration::from_secs(1);
/// Ids of a namespace are sampled at most that often, and that often without need.
const SELDOM: Duration = Duration::from_secs(10);
const REGULAR: Duration = Duration::from_mins(10);
/// A router is asked for its shards that often.
const SHARDS: Duration = Duration::from_secs(30);
/// Sampling gives way to everybody else.
const MAX_TIME_MS: i32 = 2_000;
/// An id may be as long as a document.
const MOST: usize = 17 * 1024 * 1024;

/// Keeper of the ids of one node.
pub(super) struct Steward {
    link: Link,
    state: Arc<State>,
    spot: Arc<Spot>,
    ids: Vec<(Arc<str>, Arc<Ids>)>,
    sampled: BTreeMap<Arc<str>, Instant>,
    asked_shards: Option<Instant>,
}

impl Steward {
    pub(super) fn new(
        link: Link,
        state: &Arc<State>,
        spot: &Arc<Spot>,
        ids: Vec<(Arc<str>, Arc<Ids>)>,
    ) -> Self {
        let (state, spot) = (Arc::clone(state), Arc::clone(spot));
        Self { link, state, spot, ids, sampled: BTreeMap::new(), asked_shards: None }
    }

    /// Works until it is dropped.
    pub(super) async fn run(mut self) {
        loop {
            // What fails here is seen by the looks, which are told to others.
            timeout(DEADLINE, self.round()).await.ok();
            sleep(ROUND).await;
        }
    }

    async fn round(&mut self) {
        if self.state.role() == Some(Role::Router) && due(self.asked_shards, SHARDS) {
            self.asked_shards = Some(Instant::now());
            if let Ok(shards) = self.shards().await {
                self.state.say(Word::Shards(shards));
            }
        }
        for (namespace, ids) in self.ids.clone() {
            let pause = if ids.wants() { SELDOM } else { REGULAR };
            if !due(self.sampled.get(&namespace).copied(), pause) {
                continue;
            }
            self.sampled.insert(Arc::clone(&namespace), Instant::now());
            match self.sample(&namespace).await {
                Ok(found) => ids.fill(found),
                Err(Failure::Forbidden(why)) => ids.refuse(why),
                Err(_) => {}
            }
        }
        if let Some((namespace, ids)) = self.ids.first()
            && let Some(id) = ids.hot()
        {
            self.spot.set(namespace, id);
        }
    }

    /// Some ids of a collection: none where reading by id would not go by an index.
    async fn sample(&mut self, namespace: &str) -> Result<Vec<RawBson>, Failure> {
        if !is_indexed(&mut self.link, namespace).await? {
            return Ok(Vec::new());
        }
        let (database, collection) = split(namespace);
        let size = i32::try_from(SAMPLE).unwrap_or(i32::MAX);
        let mut command = rawdoc! {
            "aggregate": collection,
            "pipeline": [ { "$sample": { "size": size } }, { "$project": { "_id": 1 } } ],
            "cursor": { "batchSize": size + 1 },
            "maxTimeMS": MAX_TIME_MS,
            "$readPreference": { "mode": "primaryPreferred" },
        };
        command.append("$db", database);
        let reply = self.link.command(&command, MOST).await?;
        Ok(batch(&reply).filter_map(|item| Some(item.get("_id").ok()??.to_raw_bson())).collect())
    }

    async fn shards(&mut self) -> Result<Vec<(String, Vec<String>)>, Failure> {
        let reply = self
            .link
            .command(&rawdoc! { "listShards": 1, "maxTimeMS": MAX_TIME_MS, "$db": "admin" }, MOST)
            .await?;
        Ok(read_shards(&reply))
    }
}

/// Views, time series and a few old collections have no index by id: a read by id would go through everything.
pub(super) async fn is_indexed(link: &mut Link, namespace: &str) -> Result<bool, Failure> {
    let (database, collection) = split(namespace);
    let mut command =
        rawdoc! { "listCollections": 1, "filter": { "name": collection }, "maxTimeMS": MAX_TIME_MS };
    command.append("$readPreference", rawdoc! { "mode": "primaryPreferred" });
    command.append("$db", database);
    let reply = link.command(&command, MOST).await?;
    let indexed = |item: &RawDocument| {
        let options = item.get_document("options");
        let clustered =
            options.is_ok_and(|options| options.get("clusteredIndex").is_ok_and(|index| index.is_some()));
        item.get_str("type").unwrap_or("collection") == "collection"
            && (clustered || item.get_document("idIndex").is_ok())
    };
    Ok(batch(&reply).any(indexed))
}

fn due(last: Option<Instant>, pause: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= pause)
}

fn batch(reply: &RawDocument) -> impl Iterator<Item = &RawDocument> {
    let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    batch.into_iter().flatten().map_while(Result::ok).filter_map(RawBsonRef::as_document)
}

/// `host` of a shard is `set/a:1,b:2`, or a single `a:1`. A shard that drains still serves.
fn read_shards(reply: &RawDocument) -> Vec<(String, Vec<String>)> {
    let Ok(list) = reply.get_array("shards") else { return Vec::new() };
    let shard = |item: &RawDocument| {
        let name = item.get_str("_id").ok()?.to_owned();
        let hosts = item.get_str("host").ok()?;
        let hosts = hosts.split_once('/').map_or(hosts, |(_, hosts)| hosts);
        Some((name, hosts.split(',').map(str::to_owned).collect()))
    };
    list.into_iter().map_while(Result::ok).filter_map(|item| shard(item.as_document()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_shards_are_read() {
        let reply = rawdoc! { "shards": [
            { "_id": "s0", "host": "s0/a:1,b:2", "state": 1 },
            { "_id": "s1", "host": "c:3" },
            { "broken": 1 },
        ] };
        let wanted = [
            ("s0".to_owned(), vec!["a:1".to_owned(), "b:2".to_owned()]),
            ("s1".to_owned(), vec!["c:3".to_owned()]),
        ];
        assert_eq!(read_shards(&reply), wanted);
    }
}
