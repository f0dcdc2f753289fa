//! What there is to know of a collection: its indexes, how often each member used them, its size, and what a small
//! sample says of its fields.
//!
//! What may not be asked stays unknown; only a collection that is not there is an error.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use ::mongodb::Client;
use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::options::ServerAddress;
use domain::advice::{Collection, Field, Index, Key, Spec, Uses};

use super::{Result, Source, gathered, terms};
use crate::mongodb::target::split;

/// Documents of the sample.
const SAMPLE: i32 = 1_000;
/// Paths that are told of, and how deep they go.
const MOST_PATHS: usize = 300;
const DEEPEST: usize = 5;
/// Members that are asked, more than a set can have.
const MOST_MEMBERS: usize = 50;
const MOST_INDEXES: usize = 1_000;
const TIME_MS: i64 = 5_000;

pub(super) async fn read(source: &Source, namespace: &str) -> Result<Collection> {
    let (database, name) = split(namespace);
    let database = source.client.database(database);
    let stats = database.run_command(doc! { "collStats": name, "maxTimeMS": TIME_MS }).await?;
    let mut indexes = Vec::new();
    let mut found = database.collection::<Document>(name).list_indexes().await?;
    while found.advance().await? {
        let raw = Document::try_from(found.current())
            .map_err(|_| super::Error("an index was not understood".to_owned()))?;
        indexes.extend(index(&raw));
    }
    let sizes = stats.get_document("indexSizes").cloned().unwrap_or_default();
    let uses = uses(source, namespace).await;
    for index in &mut indexes {
        index.size_bytes = whole(&sizes, &index.name);
        index.uses = uses.get(&index.name).copied();
    }
    let stages = [doc! { "$sample": { "size": SAMPLE } }];
    let time = std::time::Duration::from_millis(TIME_MS.unsigned_abs());
    let sample = database.collection::<Document>(name).aggregate(stages).max_time(time).await?;
    let sample = gathered(sample, SAMPLE.unsigned_abs() as usize).await?;
    let version = database.run_command(doc! { "buildInfo": 1 }).await.ok();
    Ok(Collection {
        namespace: namespace.to_owned(),
        indexes: Some(indexes),
        documents: whole(&stats, "count"),
        bytes: whole(&stats, "size"),
        fields: fields(&sample),
        shard_key: shard_key(source, namespace).await,
        writes: writes(source, namespace).await,
        version: version.as_ref().and_then(|info| version_of(info.get_str("version").ok()?)),
    })
}

/// An index as the server lists it.
fn index(raw: &Document) -> Option<Index> {
    let key = |(path, value): (&String, &Bson)| {
        let key = match value {
            Bson::String(word) => Key::Special(word.clone()),
            value => Key::ordered(number(value)? < 0.0),
        };
        Some((path.clone(), key))
    };
    let flag = |name| raw.get_bool(name).unwrap_or(false);
    let part = |name| raw.get_document(name).ok().map(terms);
    Some(Index {
        name: raw.get_str("name").ok()?.to_owned(),
        spec: Spec {
            keys: raw.get_document("key").ok()?.iter().map(key).collect::<Option<Vec<_>>>()?,
            partial: part("partialFilterExpression"),
            collation: part("collation"),
        },
        unique: flag("unique"),
        sparse: flag("sparse"),
        hidden: flag("hidden"),
        expires: raw.contains_key("expireAfterSeconds"),
        size_bytes: None,
        uses: None,
    })
}

/// How often each index was used, on all members.
async fn uses(source: &Source, namespace: &str) -> BTreeMap<String, Uses> {
    let Ok(hello) = source.hello().await else { return BTreeMap::new() };
    let names = |key| hello.get_array(key).into_iter().flatten().filter_map(Bson::as_str);
    let direct = source.options.direct_connection == Some(true);
    let is_set = hello.contains_key("setName");
    // Through a router every shard answers by itself, and nobody knows which members did not.
    let routed = hello.get_str("msg").is_ok_and(|text| text == "isdbgrid");
    let hosts: Vec<&str> = if is_set && !direct {
        names("hosts").chain(names("passives")).take(MOST_MEMBERS).collect()
    } else {
        Vec::new()
    };
    let mut all: BTreeMap<String, Uses> = BTreeMap::new();
    let mut incomplete = routed || direct && is_set;
    if hosts.is_empty() {
        incomplete |= member(&source.client, namespace, &mut all).await.is_err();
    }
    for host in hosts {
        let asked = match one(source, host) {
            Some(client) => member(&client, namespace, &mut all).await.is_ok(),
            None => false,
        };
        incomplete |= !asked;
    }
    for uses in all.values_mut() {
        uses.incomplete = incomplete;
    }
    all
}

fn one(source: &Source, host: &str) -> Option<Client> {
    let mut options = source.options.clone();
    options.hosts = vec![ServerAddress::parse(host).ok()?];
    options.direct_connection = Some(true);
    options.repl_set_name = None;
    Client::with_options(options).ok()
}

async fn member(client: &Client, namespace: &str, all: &mut BTreeMap<String, Uses>) -> Result<()> {
    let (database, name) = split(namespace);
    let now = super::hello(&client.database("admin")).await?;
    let now = now.get_datetime("localTime").map(|now| now.timestamp_millis()).unwrap_or_default();
    let collection = client.database(database).collection::<Document>(name);
    let stats = gathered(collection.aggregate([doc! { "$indexStats": {} }]).await?, MOST_INDEXES).await?;
    for one in stats {
        let Ok(name) = one.get_str("name") else { continue };
        let Ok(accesses) = one.get_document("accesses") else { continue };
        let since = accesses.get_datetime("since").map_or(now, |since| since.timestamp_millis());
        let since_s = u64::try_from((now - since) / 1_000).unwrap_or(0);
        let known = all.entry(name.to_owned());
        let uses = known.or_insert(Uses { count: 0, since_s: u64::MAX, members: 0, incomplete: false });
        uses.count += whole(accesses, "ops").unwrap_or(0);
        uses.since_s = uses.since_s.min(since_s);
        uses.members += 1;
    }
    Ok(())
}

/// What the sample says of each path.
fn fields(sample: &[Document]) -> BTreeMap<String, Field> {
    #[derive(Default)]
    struct Seen {
        array: bool,
        documents: u32,
        values: u32,
        truths: u32,
        bytes: usize,
        different: HashSet<u64>,
        last: usize,
    }
    fn walk(place: usize, prefix: &str, of: &Document, depth: usize, all: &mut BTreeMap<String, Seen>) {
        for (key, value) in of {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            if all.len() >= MOST_PATHS && !all.contains_key(&path) {
                continue;
            }
            let seen = all.entry(path.clone()).or_default();
            // Elements of an array are of one document.
            seen.documents += u32::from(seen.documents == 0 || seen.last != place);
            seen.last = place;
            let inner: Vec<&Bson> = match value {
                Bson::Array(items) => {
                    seen.array = true;
                    items.iter().collect()
                }
                value => vec![value],
            };
            for value in inner {
                let bytes = encoded(value);
                let mut hasher = DefaultHasher::new();
                bytes.hash(&mut hasher);
                let seen = all.entry(path.clone()).or_default();
                seen.values += 1;
                seen.truths += u32::from(*value == Bson::Boolean(true));
                seen.bytes += bytes.len();
                seen.different.insert(hasher.finish());
                if let Bson::Document(inner) = value
                    && depth < DEEPEST
                {
                    walk(place, &path, inner, depth + 1, all);
                }
            }
        }
    }
    let mut all = BTreeMap::new();
    for (place, document) in sample.iter().enumerate() {
        walk(place, "", document, 1, &mut all);
    }
    let total = f64::from(u32::try_from(sample.len()).unwrap_or(u32::MAX)).max(1.0);
    #[expect(clippy::cast_precision_loss, reason = "a thousand documents")]
    let field = |seen: Seen| Field {
        array: seen.array,
        distinct: seen.different.len() as f64 / f64::from(seen.values.max(1)),
        present: f64::from(seen.documents) / total,
        truth: f64::from(seen.truths) / total,
        bytes: seen.bytes as f64 / f64::from(seen.values.max(1)),
    };
    all.into_iter().map(|(path, seen)| (path, field(seen))).collect()
}

/// The value as bytes, without its name.
fn encoded(value: &Bson) -> Vec<u8> {
    let wrapped = ::mongodb::bson::to_vec(&doc! { "": value.clone() }).unwrap_or_default();
    // Length, type, empty name; and the end.
    wrapped.get(6..wrapped.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

async fn shard_key(source: &Source, namespace: &str) -> Vec<String> {
    let config = source.client.database("config").collection::<Document>("collections");
    let found = config.find_one(doc! { "_id": namespace, "dropped": { "$ne": true } }).await;
    let key = found.ok().flatten().and_then(|found| found.get_document("key").ok().cloned());
    key.map(|key| key.keys().cloned().collect()).unwrap_or_default()
}

/// Documents that were inserted or removed, and updated, a second, since the server started.
async fn writes(source: &Source, namespace: &str) -> Option<(f64, f64)> {
    let admin = source.client.database("admin");
    let top = admin.run_command(doc! { "top": 1 }).await.ok()?;
    let of = top.get_document("totals").ok()?.get_document(namespace).ok()?;
    let status =
        admin.run_command(doc! { "serverStatus": 1, "repl": 0, "metrics": 0, "locks": 0 }).await.ok()?;
    let uptime = number(status.get("uptime")?)?.max(1.0);
    let count =
        |name: &str| of.get_document(name).ok().and_then(|of| number(of.get("count")?)).unwrap_or(0.0);
    Some(((count("insert") + count("remove")) / uptime, count("update") / uptime))
}

fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn number(value: &Bson) -> Option<f64> {
    match super::term(value) {
        super::Term::Number(number) => Some(number),
        _ => None,
    }
}

/// A count, in whichever type the server gives it.
pub(super) fn whole(of: &Document, key: &str) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count; it saturates")]
    number(of.get(key)?).map(|number| number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_tells_of_its_fields() {
        let of = |n: i32| {
            let mut one = doc! { "a": n, "b": n % 2 == 0, "i": [{ "s": n, "t": 1 }, { "s": n, "t": 2 }] };
            if n < 25 {
                one.insert("late", 1);
            }
            one
        };
        let sample: Vec<Document> = (0..100).map(of).collect();
        let fields = fields(&sample);
        let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} is not {other}");
        close(fields["a"].distinct, 1.0);
        close(fields["a"].bytes, 4.0);
        close(fields["b"].truth, 0.5);
        close(fields["late"].present, 0.25);
        close(fields["i.s"].present, 1.0);
        close(fields["i.t"].distinct, 0.01);
        assert!(fields["i"].array && !fields["i.s"].array && !fields["a"].array);
    }

    #[test]
    fn an_index_is_read_as_the_server_lists_it() {
        let raw = doc! { "v": 2, "key": { "a": 1, "b": -1.0, "c": "hashed" }, "name": "x", "unique": true,
        "partialFilterExpression": { "o": true }, "expireAfterSeconds": 60 };
        let index = index(&raw).unwrap();
        assert_eq!(index.spec.keys[1], ("b".to_owned(), Key::Descending));
        assert_eq!(index.spec.keys[2], ("c".to_owned(), Key::Special("hashed".to_owned())));
        assert!(index.unique && index.expires && !index.sparse && index.spec.partial.is_some());
    }
}
