//! `$currentOp`: what is in flight, since when, and who keeps others out.

use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawDocumentBuf, rawdoc};
use domain::reads::{Answer, Failure, InFlight as Seen, Role};
use tokio::time::Instant;

use crate::mongodb::failure::number;
use crate::mongodb::link::Link;
use crate::mongodb::look::{Looker, MAX_TIME_MS};
use crate::mongodb::node::State;
use crate::mongodb::operation::{Groups, Operation};
use crate::mongodb::{APP_NAME, Pace};

/// A batch is at most one document longer than 16 MB.
const MOST: usize = 33 * 1024 * 1024;
/// Operations asked for at once, and how often more are asked for.
const BATCH: i32 = 1_000;
const MOST_BATCHES: usize = 10;
/// Above this many bytes commands are asked for cut.
const LARGE: usize = 512 * 1024;
/// And for so long, until whole ones are tried again.
const CUT_FOR: Duration = Duration::from_secs(30);
/// The flag of `fsyncLock` needs a command of its own.
const FSYNC_PERIOD: Duration = Duration::from_secs(1);
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(1);
/// Of the time at most a twentieth is spent with asking.
const SHARE: u32 = 20;

/// Operations in flight on a node.
pub(in crate::mongodb) struct InFlight {
    link: Link,
    state: Arc<State>,
    took: Duration,
    cut_until: Option<Instant>,
    fsync_asked: Option<Instant>,
    fsync_locked: bool,
}

impl InFlight {
    pub(in crate::mongodb) fn new(link: Link, state: &Arc<State>) -> Self {
        Self {
            link,
            state: Arc::clone(state),
            took: Duration::ZERO,
            cut_until: None,
            fsync_asked: None,
            fsync_locked: false,
        }
    }

    fn is_router(&self) -> bool {
        self.state.role() == Some(Role::Router)
    }

    async fn groups(&mut self) -> Result<Groups, Failure> {
        let now = Instant::now();
        let cut = self.cut_until.is_some_and(|until| now < until);
        let command = operations(self.is_router(), cut);
        let mut reply = self.link.command(&command, MOST).await?;
        let mut groups = Groups::default();
        let mut bytes = reply.as_bytes().len();
        for batch in 1.. {
            let cursor = reply.get_document("cursor").map_err(|_| no_cursor())?;
            let name = if batch == 1 { "firstBatch" } else { "nextBatch" };
            let list = cursor.get_array(name).map_err(|_| no_cursor())?;
            list.into_iter()
                .map_while(Result::ok)
                .filter_map(|item| Operation::read(item.as_document()?))
                .for_each(|operation| groups.add(&operation));
            let Some(id) = number(cursor, "id").filter(|id| *id != 0) else { break };
            let namespace = cursor.get_str("ns").unwrap_or("admin.$cmd.aggregate");
            let collection = namespace.split_once('.').map_or("$cmd.aggregate", |(_, rest)| rest).to_owned();
            if batch == MOST_BATCHES {
                let end = rawdoc! { "killCursors": collection, "cursors": [id], "$db": "admin" };
                self.link.command(&end, MOST).await?;
                break;
            }
            let more =
                rawdoc! { "getMore": id, "collection": collection, "batchSize": BATCH, "$db": "admin" };
            reply = self.link.command(&more, MOST).await?;
            bytes += reply.as_bytes().len();
        }
        if bytes > LARGE {
            self.cut_until = Some(now + CUT_FOR);
        }
        Ok(groups)
    }

    async fn fsync_locked(&mut self) -> Result<bool, Failure> {
        let command = rawdoc! { "currentOp": 1, "opid": -1, "maxTimeMS": MAX_TIME_MS, "$readPreference": { "mode": "primaryPreferred" }, "$db": "admin" };
        let reply = self.link.command(&command, MOST).await?;
        Ok(reply.get_bool("fsyncLock").unwrap_or(false))
    }
}

impl Looker for InFlight {
    fn period(&self, _: Pace) -> Duration {
        (self.took * SHARE).clamp(SHORTEST, LONGEST)
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let began = Instant::now();
        let groups = self.groups().await?;
        if !self.is_router() && self.fsync_asked.is_none_or(|asked| began - asked >= FSYNC_PERIOD) {
            self.fsync_asked = Some(began);
            self.fsync_locked = self.fsync_locked().await?;
        }
        self.took = began.elapsed();
        Ok(Answer::InFlight(Box::new(Seen { groups: groups.into_sorted(), fsync_locked: self.fsync_locked })))
    }
}

fn no_cursor() -> Failure {
    Failure::Garbage("operations without their cursor".to_owned())
}

/// The command. What nobody reads is left out on the server: a document of an operation has some three kilobytes.
pub(in crate::mongodb) fn operations(router: bool, cut: bool) -> RawDocumentBuf {
    let mut stage = rawdoc! { "allUsers": true, "idleConnections": false };
    if router {
        stage.append("localOps", true);
    }
    if cut {
        stage.append("truncateOps", true);
    }
    let mut wanted = RawDocumentBuf::new();
    for field in Operation::FIELDS {
        wanted.append(field, 1);
    }
    let mut command = rawdoc! {
        "aggregate": 1,
        "pipeline": [
            { "$currentOp": stage },
            { "$match": { "active": true, "appName": { "$ne": APP_NAME } } },
            { "$project": wanted },
        ],
        "cursor": { "batchSize": BATCH },
        "maxTimeMS": MAX_TIME_MS,
    };
    command.append("$readPreference", rawdoc! { "mode": "primaryPreferred" });
    command.append("$db", "admin");
    command
}
