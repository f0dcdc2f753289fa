//! Puts a MongoDB under a closed load of small reads and updates, and tells how much of it was served.
//!
//! `load --uri URI --seconds N --clients N [--documents N]`: creates the collection `load.items` once, then runs; prints
//! one line of JSON. Used to measure what watching costs the watched.

use std::error::Error;
use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use ::mongodb::options::ClientOptions;
use ::mongodb::{Client, Collection};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Documents made at once.
const BATCH: i64 = 1_000;
/// Documents that share a value of `group`.
const GROUP: i64 = 20;

fn option(name: &str, otherwise: &str) -> String {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).unwrap_or_else(|| otherwise.to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let seconds: u64 = option("--seconds", "10").parse()?;
    let clients: u32 = option("--clients", "8").parse()?;
    let documents: i64 = option("--documents", "20000").parse()?;
    let mut options = ClientOptions::parse(option("--uri", "mongodb://127.0.0.1:27017")).await?;
    options.max_pool_size = Some(clients.max(1));
    options.app_name = Some("load".to_owned());
    let items: Collection<Document> = Client::with_options(options)?.database("load").collection("items");
    prepare(&items, documents).await?;

    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        tasks.spawn(run(items.clone(), u64::from(client) + 1, documents, end));
    }
    let mut operations = 0;
    while let Some(done) = tasks.join_next().await {
        operations += done??;
    }
    let took = start.elapsed().as_secs_f64();
    let per_second = f64::from(operations) / took;
    println!("{{\"operations\":{operations},\"seconds\":{took:.3},\"per_second\":{per_second:.1}}}");
    Ok(())
}

/// Makes the collection unless it is there in full.
async fn prepare(items: &Collection<Document>, documents: i64) -> Result<(), ::mongodb::error::Error> {
    if items.find_one(doc! { "_id": documents - 1 }).await?.is_some() {
        return Ok(());
    }
    items.drop().await?;
    items.create_index(::mongodb::IndexModel::builder().keys(doc! { "group": 1 }).build()).await?;
    for from in (0..documents).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let batch = (from..documents.min(from + BATCH))
            .map(|id| doc! { "_id": id, "group": id / GROUP, "count": 0, "text": "x".repeat(200) });
        items.insert_many(batch).await?;
    }
    Ok(())
}

/// One client: three reads by id, one small find and one update, again and again.
async fn run(
    items: Collection<Document>,
    seed: u64,
    documents: i64,
    end: Instant,
) -> Result<u32, ::mongodb::error::Error> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut id = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        i64::try_from(state >> 1).unwrap_or(0) % documents.max(1)
    };
    let mut operations = 0;
    while Instant::now() < end {
        for _ in 0..3 {
            items.find_one(doc! { "_id": id() }).await?;
        }
        let mut found = items.find(doc! { "group": id() / GROUP }).await?;
        while found.advance().await? {}
        items.update_one(doc! { "_id": id() }, doc! { "$inc": { "count": 1 } }).await?;
        operations += 5;
    }
    Ok(operations)
}
