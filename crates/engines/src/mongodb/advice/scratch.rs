//! A database of our own on a server that somebody named for it. It is dropped at the end, and one that a crash left
//! behind by the next trial there.
//!
//! Never on the primary of what is watched, unless somebody says so.

use ::mongodb::Database;
use ::mongodb::bson::oid::ObjectId;
use ::mongodb::bson::{Bson, Document, doc};
use domain::advice::trial::{Copied, Run, Trial};
use domain::advice::{Index, Key, Query, Spec};
use tokio::time::Instant;

use super::facts::whole;
use super::replay::micros;
use super::{Error, Result, Source, copy, hello, instance, replay};
use crate::mongodb::target::split;

/// With this the names of our databases begin.
const PREFIX: &str = "watchkeeper_scratch_";
/// What is older was left behind, in milliseconds: no trial takes so long.
const LEFT_BEHIND_MS: i64 = 600_000;
/// Queries with different values.
const INSTANCES: usize = 5;
/// Documents that are inserted to measure what it takes.
const INSERTS: usize = 200;

/// A place for trials of one collection.
pub struct Scratch {
    database: Database,
    collection: String,
    copied: Copied,
    sample: Vec<Document>,
}

impl Scratch {
    /// Copies a collection with its indexes to the server at `uri`.
    pub async fn open(
        uri: &str,
        source: &Source,
        collection: &domain::advice::Collection,
        on_primary: bool,
    ) -> Result<Self> {
        let place = Source::new(uri).await?;
        let said = hello(&place.client.database("admin")).await?;
        let writable = said.get_bool("ismaster").unwrap_or(false);
        if !writable {
            return Err(Error("the server for trials takes no writes: name a mongod of its own, or one that is no secondary".to_owned()));
        }
        if !on_primary && is_watched(source, &place, &said).await? {
            return Err(Error(
                "the server for trials is the one that is watched: name another, or say `--on-primary`"
                    .to_owned(),
            ));
        }
        sweep(&place, &said).await?;
        let now = said.get_datetime("localTime").map(|now| now.timestamp_millis()).unwrap_or_default();
        // A process of this name may run elsewhere at the same time.
        let database =
            place.client.database(&format!("{PREFIX}{now:x}_{}", &ObjectId::new().to_hex()[8..18]));
        let (_, name) = split(&collection.namespace);
        let mut scratch =
            Self { database, collection: name.to_owned(), copied: Copied::default(), sample: Vec::new() };
        if let Err(error) = scratch.fill(source, collection).await {
            scratch.close().await?;
            return Err(error);
        }
        Ok(scratch)
    }

    async fn fill(&mut self, source: &Source, collection: &domain::advice::Collection) -> Result<()> {
        (self.copied, self.sample) = copy::copy(source, &collection.namespace, &self.database).await?;
        let there = collection.known().iter().filter(|index| !index.is_of_ids() && !index.hidden);
        for index in there {
            self.create(index).await?;
        }
        Ok(())
    }

    /// How much of the collection is in the copy.
    pub fn copied(&self) -> Copied {
        self.copied
    }

    /// Runs queries of one shape without and with these indexes; those that they replace are not there then.
    pub async fn trial(&self, create: &[Spec], replaced: &[Index], queries: &[Query]) -> Result<Trial> {
        let limited = queries.first().is_some_and(|query| query.limited);
        let mut trial = Trial { copied: self.copied, limited, ..Trial::default() };
        let filters = self.filters(queries);
        if filters.is_empty() {
            return Ok(trial);
        }
        trial.before = self.run(&filters).await?;
        let insert_before = self.inserts().await;
        let indexes: Vec<Index> = create.iter().map(Index::new).collect();
        let began = Instant::now();
        for index in &indexes {
            self.create(index).await?;
        }
        trial.build_us = micros(began.elapsed());
        for index in replaced {
            self.drop_index(&index.name).await?;
        }
        trial.after = self.run(&filters).await?;
        let insert_after = self.inserts().await;
        trial.insert_us = insert_before.zip(insert_after);
        let stats = self.database.run_command(doc! { "collStats": &self.collection }).await?;
        let sizes = stats.get_document("indexSizes").cloned().unwrap_or_default();
        trial.index_bytes = indexes.iter().filter_map(|index| whole(&sizes, &index.name)).sum();
        trial.indexes = indexes.into_iter().map(|index| index.name).collect();
        // The next trial finds what this one found.
        for name in &trial.indexes {
            self.drop_index(name).await?;
        }
        for index in replaced {
            self.create(index).await?;
        }
        Ok(trial)
    }

    /// Drops everything.
    pub async fn close(self) -> Result<()> {
        Ok(self.database.drop().await?)
    }

    /// The queries with values, each with its filter.
    fn filters<'a>(&self, queries: &'a [Query]) -> Vec<(&'a Query, Document)> {
        let mut filters: Vec<(&Query, Document)> = Vec::new();
        if queries.is_empty() {
            return filters;
        }
        // Documents far apart: neighbours are often alike.
        let apart = self.sample.len() / INSTANCES + 1;
        for n in 0..INSTANCES {
            let query = &queries[n % queries.len()];
            if let Some(filter) = instance::filter(query, &self.sample, 3 + n * apart)
                && !filters.iter().any(|(_, known)| *known == filter)
            {
                filters.push((query, filter));
            }
        }
        filters
    }

    async fn run(&self, filters: &[(&Query, Document)]) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        for (query, filter) in filters {
            runs.push(replay::run(&self.database, &self.collection, query, filter).await?);
        }
        Ok(runs)
    }

    async fn create(&self, index: &Index) -> Result<()> {
        // The server has one text index in each collection at most, and it is large.
        if index.spec.keys.iter().any(|(_, key)| matches!(key, Key::Special(word) if word != "hashed")) {
            return Ok(());
        }
        let command = doc! { "createIndexes": &self.collection, "indexes": [copy::creates(index)] };
        self.database.run_command(command).await?;
        Ok(())
    }

    async fn drop_index(&self, name: &str) -> Result<()> {
        let command = doc! { "dropIndexes": &self.collection, "index": name };
        self.database.run_command(command).await?;
        Ok(())
    }

    /// Time of an insert, in microseconds; nothing where the copy takes none.
    async fn inserts(&self) -> Option<u64> {
        let collection = self.database.collection::<Document>(&self.collection);
        let fresh = |document: &Document| {
            let mut fresh = document.clone();
            fresh.insert("_id", ObjectId::new());
            fresh
        };
        let documents: Vec<Document> = self.sample.iter().take(INSERTS).map(fresh).collect();
        let ids: Vec<Bson> = documents.iter().filter_map(|document| document.get("_id").cloned()).collect();
        let began = Instant::now();
        let inserted = collection.insert_many(&documents).await;
        let took = micros(began.elapsed());
        collection.delete_many(doc! { "_id": { "$in": ids } }).await.ok()?;
        inserted.ok()?;
        Some(took / u64::try_from(documents.len()).ok().filter(|count| *count > 0)?)
    }
}

/// Whether a server is a writable one of those that are watched.
async fn is_watched(source: &Source, place: &Source, said: &Document) -> Result<bool> {
    let watched = source.hello().await?;
    let set = |hello: &Document| hello.get_str("setName").ok().map(str::to_owned);
    let hosts = |hello: &Document| -> Vec<Bson> { hello.get_array("hosts").cloned().unwrap_or_default() };
    if set(&watched).is_some() && set(&watched) == set(said) {
        let ours = hosts(&watched);
        return Ok(hosts(said).iter().any(|host| ours.contains(host)));
    }
    // Standalone servers and routers say nothing of themselves there. Who may not ask knows them by their addresses.
    let same_place = source.options.hosts.iter().any(|host| place.options.hosts.contains(host));
    if same_place {
        return Ok(true);
    }
    let processes = (process(source).await, process(place).await);
    Ok(processes.0.is_some() && processes.0 == processes.1)
}

async fn process(source: &Source) -> Option<(String, u64)> {
    let status = source
        .client
        .database("admin")
        .run_command(doc! { "serverStatus": 1, "repl": 0, "metrics": 0, "locks": 0 })
        .await;
    let status = status.ok()?;
    Some((status.get_str("host").ok()?.to_owned(), whole(&status, "pid")?))
}

/// Drops what earlier trials left behind.
async fn sweep(place: &Source, said: &Document) -> Result<()> {
    let now = said.get_datetime("localTime").map(|now| now.timestamp_millis()).unwrap_or_default();
    for name in place.client.list_database_names().await? {
        let made_at = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'));
        let made_at = made_at.and_then(|(stamp, _)| i64::from_str_radix(stamp, 16).ok());
        if made_at.is_some_and(|made_at| now - made_at > LEFT_BEHIND_MS) {
            place.client.database(&name).drop().await?;
        }
    }
    Ok(())
}
