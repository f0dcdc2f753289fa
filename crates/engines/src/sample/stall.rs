//! What people and programs do to a database so that its reads stall. Each lasts until it is told to stop, and leaves
//! the server as it found it.
//!
//! Never does anything to another database than the one handed in, and never more at once than it says here.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use ::mongodb::Database;
use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::error::Error as Refused;
use tokio::task::JoinSet;
use tokio::time::interval;

use super::{DATABASE, Error, Platform};

/// Between two searches.
const SEARCHES_APART: Duration = Duration::from_millis(30);
/// Searches that are sent at once: more than the application has connections.
const MOST_SEARCHES: usize = 100;
/// Under this comment they are found on the server.
const SEARCH: &str = "search box";
/// The migration script's index.
const INDEX: &str = "body_text";

impl Platform {
    /// Agents try a new search box, which reads every message from the first to the last: no index serves it.
    pub async fn search_without_index(&self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        self.crowd(&doc! { "body": within("a word that nobody wrote") }, stop).await
    }

    /// Agents search the messages of one of their own. An index on authors would spare nearly all of it, and is not
    /// there until [`index_authors`](Self::index_authors).
    pub async fn search_of_author(&self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        self.crowd(&doc! { "body": within("a word that nobody wrote"), "author": "Ada" }, stop).await
    }

    /// Makes the index that [`search_of_author`](Self::search_of_author) lacks.
    pub async fn index_authors(&self) -> Result<(), Error> {
        let index = doc! { "key": { "author": 1 }, "name": "author_1", "background": true };
        let command = doc! { "createIndexes": "messages", "indexes": [index] };
        self.server.database(DATABASE).run_command(command).await?;
        Ok(())
    }

    async fn crowd(&self, filter: &Document, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let mut stop = pin!(stop);
        let mut searches = JoinSet::new();
        let mut ticks = interval(SEARCHES_APART);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = ticks.tick() => {}
            }
            while searches.try_join_next().is_some() {}
            if searches.len() < MOST_SEARCHES {
                let (platform, filter) = (self.clone(), filter.clone());
                searches.spawn(async move { platform.search(filter).await });
            }
        }
        searches.shutdown().await;
        self.kill(doc! { "command.comment": SEARCH }).await
    }

    /// A migration script builds a text index over all messages, in the foreground: up to MongoDB 4.0 that locks the
    /// whole database until it is done.
    pub async fn build_index(&self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let crm = self.server.database(DATABASE);
        let index = doc! { "key": { "body": "text", "author": "text" }, "name": INDEX };
        let command = doc! { "createIndexes": "messages", "indexes": [index] };
        tokio::select! {
            built = crm.run_command(command) => { built?; }
            () = stop => {}
        }
        self.kill(doc! { "command.createIndexes": "messages" }).await?;
        drop_index(&crm).await
    }

    /// A backup script locks the server against writes and forgets to unlock it. Reads go on until the writes that wait
    /// hold every connection of the application.
    pub async fn lock_for_backup(&self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let admin = self.server.database("admin");
        admin.run_command(doc! { "fsync": 1, "lock": true }).await?;
        stop.await;
        admin.run_command(doc! { "fsyncUnlock": 1 }).await?;
        Ok(())
    }

    async fn search(&self, filter: Document) -> Result<(), Refused> {
        let comment = Bson::from(SEARCH);
        self.collection("messages").find(filter).comment(comment).limit(1).await.map(drop)
    }

    /// Ends the operations in flight that `those` describes.
    async fn kill(&self, those: Document) -> Result<(), Error> {
        let admin = self.server.database("admin");
        let mut found = admin.aggregate([doc! { "$currentOp": {} }, doc! { "$match": those }]).await?;
        while found.advance().await? {
            if let Some(operation) = found.deserialize_current()?.get("opid") {
                admin.run_command(doc! { "killOp": 1, "op": operation.clone() }).await?;
            }
        }
        Ok(())
    }
}

/// Anywhere in a text.
fn within(words: &str) -> Document {
    doc! { "$regex": words, "$options": "i" }
}

/// Without the index there is nothing to drop, and the server says so.
async fn drop_index(crm: &Database) -> Result<(), Error> {
    const NO_SUCH_INDEX: i32 = 27;
    let dropped = crm.run_command(doc! { "dropIndexes": "messages", "index": INDEX }).await;
    match dropped.map_err(|error| *error.kind) {
        Err(::mongodb::error::ErrorKind::Command(refused)) if refused.code == NO_SUCH_INDEX => Ok(()),
        Err(kind) => Err(Error(kind.into())),
        Ok(_) => Ok(()),
    }
}
