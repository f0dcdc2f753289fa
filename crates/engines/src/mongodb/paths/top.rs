//! `top`: which collections the node spends its time on.

use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawDocument, rawdoc};
use domain::reads::{Answer, Failure, Role, Use};

use crate::mongodb::Pace;
use crate::mongodb::failure::number;
use crate::mongodb::link::Link;
use crate::mongodb::look::{Looker, MAX_TIME_MS};
use crate::mongodb::node::{State, Word};

/// Half a kilobyte per collection: some sixty thousand collections.
const MOST: usize = 32 * 1024 * 1024;
/// Above this many bytes the answer is no small thing to make.
const LARGE: usize = 1024 * 1024;
/// Collections that are told, those with the longest time first.
const MOST_USES: usize = 50;

/// Use of the collections of a node.
pub(in crate::mongodb) struct Top {
    link: Link,
    state: Arc<State>,
    large: bool,
}

impl Top {
    pub(in crate::mongodb) fn new(link: Link, state: &Arc<State>) -> Self {
        Self { link, state: Arc::clone(state), large: false }
    }
}

impl Looker for Top {
    fn ready(&mut self) -> bool {
        // A router has no collections, and until the node has spoken nobody knows.
        !matches!(self.state.role(), None | Some(Role::Router | Role::Arbiter))
    }

    fn period(&self, _: Pace) -> Duration {
        match (self.state.role(), self.large) {
            (None, _) => Duration::from_millis(100),
            (_, false) => Duration::from_secs(5),
            (_, true) => Duration::from_secs(30),
        }
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let reply =
            self.link.command(&rawdoc! { "top": 1, "maxTimeMS": MAX_TIME_MS, "$db": "admin" }, MOST).await?;
        self.large = reply.as_bytes().len() > LARGE;
        let uses = uses(&reply)?;
        self.state.say(Word::Used(uses.clone()));
        Ok(Answer::Top(uses))
    }
}

/// The busiest collections of an answer.
pub(in crate::mongodb) fn uses(reply: &RawDocument) -> Result<Vec<Use>, Failure> {
    let totals =
        reply.get_document("totals").map_err(|_| Failure::Garbage("`top` without totals".to_owned()))?;
    let mut uses: Vec<Use> = totals
        .iter()
        .map_while(Result::ok)
        .filter(|(namespace, _)| is_users(namespace))
        .filter_map(|(namespace, value)| usage(namespace, value.as_document()?))
        .collect();
    uses.sort_by_key(|usage| std::cmp::Reverse(usage.read_us.saturating_add(usage.write_us)));
    uses.truncate(MOST_USES);
    Ok(uses)
}

fn usage(namespace: &str, entry: &RawDocument) -> Option<Use> {
    let (read, write) = (entry.get_document("readLock").ok()?, entry.get_document("writeLock").ok()?);
    Some(Use {
        namespace: namespace.to_owned(),
        read_us: number(read, "time")?,
        reads: number(read, "count")?,
        write_us: number(write, "time")?,
        writes: number(write, "count")?,
    })
}

/// Whether a namespace is a collection of the users, and not one of the server.
fn is_users(namespace: &str) -> bool {
    let Some((database, collection)) = namespace.split_once('.') else { return false };
    !matches!(database, "admin" | "local" | "config" | "")
        && !collection.is_empty()
        && !collection.starts_with("system.")
        && !collection.starts_with('$')
        && !collection.starts_with("tmp.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_of_users_are_told_with_the_busiest_first() {
        let entry = |time: i64| {
            rawdoc! { "readLock": { "time": time, "count": 2 }, "writeLock": { "time": 1, "count": 1_i64 } }
        };
        let mut totals = rawdoc! { "note": "all times in microseconds" };
        for (namespace, time) in [
            ("crm.idle", 1),
            ("crm.messages", 900),
            ("local.oplog.rs", 9_000),
            ("crm.system.views", 9),
            ("", 1),
        ] {
            totals.append(namespace, entry(time));
        }
        let names: Vec<String> =
            uses(&rawdoc! { "totals": totals }).unwrap().into_iter().map(|usage| usage.namespace).collect();
        assert_eq!(names, ["crm.messages", "crm.idle"]);
        assert!(matches!(uses(&rawdoc! { "ok": 1 }), Err(Failure::Garbage(_))));
    }
}
