//! The copy: all documents of a small collection, and a random part of a large one, in which values are as frequent as
//! in the whole.

use std::future::IntoFuture as _;

use ::mongodb::Database;
use ::mongodb::bson::{Bson, Document, doc};
use domain::advice::trial::Copied;
use domain::advice::{Index, Key};
use domain::reads::shape::Term;

use super::facts::whole;
use super::{Result, Source};
use crate::mongodb::target::split;

/// Most documents and most bytes of a copy.
const MOST_DOCUMENTS: u64 = 20_000;
const MOST_BYTES: u64 = 64 << 20;
/// A server takes a random part without reading the whole only if it is less than a twentieth of it.
const PART: u64 = 21;
/// Of a collection of so many bytes everything is read once where no part can be drawn without.
const MOST_READ: u64 = 1 << 30;
/// A part of so many documents is one, where the server finds no more of them.
const ENOUGH: u64 = 1_000;
/// Documents that are sent at once.
const BATCH: usize = 1_000;
const TIME: std::time::Duration = std::time::Duration::from_mins(1);

/// Copies a collection with its indexes; keeps the documents from which values are drawn.
pub(super) async fn copy(
    source: &Source,
    namespace: &str,
    into: &Database,
) -> Result<(Copied, Vec<Document>)> {
    let (database, name) = split(namespace);
    let database = source.client.database(database);
    let stats = database.run_command(doc! { "collStats": name }).await?;
    let count = whole(&stats, "count").unwrap_or(0);
    let each = whole(&stats, "avgObjSize").unwrap_or(0).max(1);
    let most = MOST_DOCUMENTS.min(MOST_BYTES / each).max(1);
    let random = |size: u64| doc! { "$sample": { "size": i64::try_from(size.max(1)).unwrap_or(i64::MAX) } };
    // Below a hundred documents the server reads the whole.
    let stages = if count <= most { vec![] } else { vec![random((count / PART).min(most))] };
    let limit = doc! { "$limit": i64::try_from(most).unwrap_or(i64::MAX) };
    // A larger part is drawn by reading everything once.
    let thorough = vec![random(count / (PART - 1) + 1), limit];
    let mut again = (count.saturating_mul(each) <= MOST_READ).then_some(thorough);
    let from = database.collection::<Document>(name);
    let draw = |stages: Vec<Document>| from.aggregate(stages).max_time(TIME).into_future();
    let mut documents = match draw(stages).await {
        Err(error) if is_out_of_luck(&error) => draw(again.take().ok_or(error)?).await?,
        drawn => drawn?,
    };
    let to = into.collection::<Document>(name);
    let (mut copied, mut kept) = (0, Vec::new());
    let mut ids = std::collections::HashSet::new();
    let mut batch = Vec::new();
    loop {
        let more = copied < most
            && match documents.advance().await {
                Err(error) if is_out_of_luck(&error) && copied >= ENOUGH => false,
                Err(error) if is_out_of_luck(&error) => {
                    documents = draw(again.take().ok_or(error)?).await?;
                    continue;
                }
                advanced => advanced?,
            };
        if more {
            let document: Document = documents.deserialize_current()?;
            // A random part may hold a document twice.
            if !ids.insert(document.get("_id").map(ToString::to_string)) {
                continue;
            }
            copied += 1;
            batch.push(document);
        }
        if batch.len() == BATCH || !more && !batch.is_empty() {
            to.insert_many(&batch).await?;
            let room = BATCH.saturating_sub(kept.len());
            kept.extend(batch.drain(..).take(room));
        }
        if !more {
            break;
        }
    }
    Ok((Copied { documents: copied, of: count.max(copied) }, kept))
}

/// Whether a server drew documents at random and met the same ones again too often: where many were written a moment
/// ago, they lie on few pages (SERVER-29446).
fn is_out_of_luck(error: &::mongodb::error::Error) -> bool {
    const NO_OTHER_DOCUMENT: i32 = 28_799;
    matches!(&*error.kind, ::mongodb::error::ErrorKind::Command(refused) if refused.code == NO_OTHER_DOCUMENT)
}

/// The command that creates an index as it is, without what would remove or refuse documents of the copy.
pub(super) fn creates(index: &Index) -> Document {
    let key = |(path, key): &(String, Key)| {
        let value = match key {
            Key::Ascending => Bson::Int32(1),
            Key::Descending => Bson::Int32(-1),
            Key::Special(word) => Bson::String(word.clone()),
        };
        (path.clone(), value)
    };
    let keys: Document = index.spec.keys.iter().map(key).collect();
    let mut made = doc! { "key": keys, "name": index.name.as_str() };
    if index.sparse {
        made.insert("sparse", true);
    }
    if let Some(partial) = &index.spec.partial {
        made.insert("partialFilterExpression", document(partial));
    }
    if let Some(collation) = &index.spec.collation {
        made.insert("collation", document(collation));
    }
    made
}

/// Options of an index or a query, as the server takes them.
pub(super) fn document(terms: &[(String, Term)]) -> Document {
    terms.iter().map(|(key, term)| (key.clone(), value(term))).collect()
}

fn value(term: &Term) -> Bson {
    match term {
        Term::Document(fields) => Bson::Document(document(fields)),
        Term::Array(items) => Bson::Array(items.iter().map(value).collect()),
        Term::Text(text) => Bson::String(text.clone()),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        Term::Number(number) if number.fract() == 0.0 && number.abs() < 2e9 => Bson::Int32(*number as i32),
        Term::Number(number) => Bson::Double(*number),
        Term::Bool(flag) => Bson::Boolean(*flag),
        Term::Null | Term::Pattern(..) | Term::Other => Bson::Null,
    }
}
