//! Reads of one document by its id: the same one again and again, and always another one.

use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawBson, RawDocumentBuf, rawdoc};
use domain::reads::{Answer, Failure};

use crate::mongodb::Pace;
use crate::mongodb::ids::{Aim, Ids};
use crate::mongodb::link::Link;
use crate::mongodb::look::{Looker, MAX_TIME_MS};
use crate::mongodb::target::split;

/// One id comes back, and an id is at most a document.
const MOST: usize = 17 * 1024 * 1024;
/// A field that no document has. Asking for it makes the server fetch the document, and send none of it.
pub(in crate::mongodb) const ABSENT: &str = "watchkeeper";

/// Reads of one namespace.
pub(in crate::mongodb) struct Reads {
    link: Link,
    ids: Arc<Ids>,
    namespace: Arc<str>,
    hot: bool,
    aim: Option<Aim>,
}

impl Reads {
    pub(in crate::mongodb) fn new(link: Link, ids: &Arc<Ids>, namespace: &Arc<str>, hot: bool) -> Self {
        Self { link, ids: Arc::clone(ids), namespace: Arc::clone(namespace), hot, aim: None }
    }
}

impl Looker for Reads {
    fn ready(&mut self) -> bool {
        self.aim = if self.hot {
            self.ids.hot().map(Aim::At)
        } else {
            let mut bytes = [0; 16];
            getrandom::fill(&mut bytes).ok();
            self.ids.cold(u128::from_ne_bytes(bytes))
        };
        self.aim.is_some() || self.ids.refused().is_some()
    }

    fn period(&self, _: Pace) -> Duration {
        Duration::from_millis(if self.hot { 250 } else { 500 })
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let Some(aim) = self.aim.take() else {
            return Err(Failure::Forbidden(self.ids.refused().unwrap_or_default()));
        };
        let reply = self.link.command(&find(&self.namespace, &aim), MOST).await?;
        let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        let batch = batch.map_err(|_| Failure::Garbage("a read without its documents".to_owned()))?;
        if self.hot && batch.is_empty() {
            self.ids.forget_hot();
        }
        Ok(Answer::Read)
    }
}

/// The command that reads one document.
pub(in crate::mongodb) fn find(namespace: &str, aim: &Aim) -> RawDocumentBuf {
    let (database, collection) = split(namespace);
    let mut command = rawdoc! { "find": collection };
    match aim {
        Aim::At(id) => command.append("filter", only("_id", id.clone())),
        Aim::From(id) => {
            command.append("filter", only("_id", only("$gte", id.clone()).into()));
            command.append("sort", rawdoc! { "_id": 1 });
        }
    }
    command.append("projection", rawdoc! { "_id": 1, ABSENT: 1 });
    command.append("limit", 1);
    command.append("singleBatch", true);
    command.append("maxTimeMS", MAX_TIME_MS);
    command.append("$readPreference", rawdoc! { "mode": "primaryPreferred" });
    command.append("$db", database);
    command
}

fn only(key: &str, value: RawBson) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(key, value);
    document
}
