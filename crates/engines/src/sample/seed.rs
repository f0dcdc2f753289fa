//! The data, made by the server itself out of numbers: no client is fast enough to send it in a few seconds.
//!
//! The same numbers give the same data. Never takes a word from anywhere but here.

use ::mongodb::Database;
use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::error::Error;

use super::{CONVERSATIONS, CUSTOMERS, MESSAGES_EACH, TEAMS};

const ORGANISATIONS: i64 = 200;

const FIRST_NAMES: &[&str] =
    &["Ada", "Bela", "Chidi", "Dora", "Emre", "Freya", "Goran", "Hana", "Ivo", "Jun"];
const LAST_NAMES: &[&str] =
    &["Abel", "Brandt", "Castillo", "Duval", "Eriksen", "Farkas", "Girard", "Holm", "Ito", "Jansen", "Kaya"];
const TOWNS: &[&str] = &["Aalborg", "Brno", "Cork", "Dijon", "Esbjerg", "Faro", "Gent"];
const TRADES: &[&str] =
    &["Bicycles", "Books", "Coffee", "Gardens", "Lamps", "Optics", "Paper", "Pottery", "Tea"];

const SUBJECTS: &[&str] = &[
    "Where is my order?",
    "The invoice names the wrong town",
    "Can I still change the address?",
    "One of two parcels came",
    "Thank you, and one more question",
    "The lamp flickers",
    "How do I return this?",
];

/// Phrases of which the messages are made.
const PHRASES: &[&str] = &[
    "Good morning, and thank you for the quick answer.",
    "The parcel arrived on Tuesday, one day later than promised.",
    "I looked at the invoice again and the total is right now.",
    "Could you please send the second part to the office instead?",
    "The number on the label does not match the one in your message.",
    "We have checked this with our colleagues in the warehouse.",
    "It should be with you before the end of the week.",
    "Please let us know if anything is missing.",
    "The colour is lovely, it is only a little darker than on the picture.",
    "I would rather keep it than send it back.",
    "Our courier tried twice and left a note at the door.",
    "A refund takes three to five working days.",
    "That solves it, many thanks for your help.",
];

/// Drops the database and makes it anew.
pub(super) async fn all(crm: &Database) -> Result<(), Error> {
    crm.drop().await?;
    organisations(crm).await?;
    customers(crm).await?;
    conversations(crm).await?;
    messages(crm).await
}

async fn organisations(crm: &Database) -> Result<(), Error> {
    let name = doc! { "$concat": [pick(TRADES, 1), " of ", pick(TOWNS, 1)] };
    make(crm, "organisations", ORGANISATIONS, doc! { "name": name }).await
}

async fn customers(crm: &Database) -> Result<(), Error> {
    let name = doc! { "$concat": [pick(FIRST_NAMES, 1), " ", pick(LAST_NAMES, 1)] };
    let fields = doc! { "name": name, "email": address("$_id"), "organisation": part("$_id", ORGANISATIONS) };
    make(crm, "customers", CUSTOMERS, fields).await?;
    index(crm, "customers", &doc! { "email": 1 }).await
}

async fn conversations(crm: &Database) -> Result<(), Error> {
    let fields = doc! {
        "subject": pick(SUBJECTS, 3),
        "customer": address(part("$_id", CUSTOMERS)),
        "team": part("$_id", TEAMS),
        "state": { "$cond": [{ "$eq": [part(doc! { "$floor": { "$divide": ["$_id", TEAMS] } }, 3), 0] }, "open", "closed"] },
        "updated_at": { "$add": [{ "$literal": ::mongodb::bson::DateTime::from_millis(1_700_000_000_000) }, { "$multiply": ["$_id", 60_000] }] },
    };
    make(crm, "conversations", CONVERSATIONS, fields).await?;
    index(crm, "conversations", &doc! { "team": 1, "state": 1, "updated_at": -1 }).await
}

async fn messages(crm: &Database) -> Result<(), Error> {
    let of_conversation = doc! { "$floor": { "$divide": ["$_id", MESSAGES_EACH] } };
    let from_customer = doc! { "$eq": [part("$_id", 2), 0] };
    let fields = doc! {
        "conversation": of_conversation,
        "author": { "$cond": [from_customer, "customer", pick(FIRST_NAMES, 7)] },
        "body": { "$concat": [pick(PHRASES, 1), " ", pick(PHRASES, 5), " ", pick(PHRASES, 11), " ", pick(PHRASES, 17), " No. ", decimal("$_id")] },
    };
    make(crm, "messages", CONVERSATIONS * MESSAGES_EACH, fields).await?;
    index(crm, "messages", &doc! { "conversation": 1, "_id": 1 }).await
}

/// A collection of `count` documents whose fields follow from their number.
async fn make(crm: &Database, name: &str, count: i64, fields: Document) -> Result<(), Error> {
    let numbers = crm.collection::<Document>("numbers");
    numbers.insert_one(doc! { "_id": name }).await?;
    let stages = [
        doc! { "$match": { "_id": name } },
        doc! { "$project": { "_id": { "$range": [0, count] } } },
        doc! { "$unwind": "$_id" },
        doc! { "$project": fields },
        doc! { "$out": name },
    ];
    numbers.aggregate(stages).await?;
    numbers.drop().await
}

async fn index(crm: &Database, name: &str, keys: &Document) -> Result<(), Error> {
    let named = keys.keys().map(String::as_str).collect::<Vec<_>>().join("_");
    let indexes = [doc! { "key": keys.clone(), "name": named }];
    crm.run_command(doc! { "createIndexes": name, "indexes": indexes.to_vec() }).await?;
    Ok(())
}

/// One of a list, chosen by the document's number and scattered by `stride`.
fn pick(list: &[&str], stride: i64) -> Document {
    let scattered = doc! { "$floor": { "$divide": [{ "$multiply": ["$_id", stride] }, 3] } };
    let place = part(scattered, i64::try_from(list.len()).unwrap_or(1));
    doc! { "$arrayElemAt": [list.to_vec(), place] }
}

fn part(of: impl Into<Bson>, count: i64) -> Document {
    doc! { "$mod": [of.into(), count] }
}

fn decimal(of: impl Into<Bson>) -> Document {
    doc! { "$toString": of.into() }
}

/// As [`super::address`] writes it.
fn address(number: impl Into<Bson>) -> Document {
    doc! { "$concat": ["customer", decimal(number), "@example.org"] }
}
