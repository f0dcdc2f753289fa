//! What is kept: incidents with their timelines, the outbox, what was seen of vendors, people with their
//! sessions and tokens, and the log of what they did.
//!
//! One concrete type, [`Store`], over one SQL text for SQLite and PostgreSQL. The timeline is the truth:
//! an incident is what follows from its entries, and the row beside them only holds what lists need.
//! Everything that belongs together is written in one transaction: a change, its place in lists, its
//! outbox rows and the key of the request that wanted it.
//!
//! Read [`incidents`] first, then [`outbox`], [`deliveries`] and [`looks`] (the work queues that several nodes share),
//! then `writer` (who may write, and when a caller is told that it is on the disk).
//!
//! This crate is the only one with SQL. It decides nothing, sends nothing and never asks its own process
//! what time it is: instants are arguments, and leases run by the database's clock.

mod access;
mod bodies;
mod check;
mod codec;
mod columns;
mod dialect;
mod error;
mod migrate;
mod open;
mod sealing;
mod transaction;
mod writer;

pub mod audit;
pub mod claims;
pub mod copies;
pub mod deliveries;
pub mod deploys;
pub mod environments;
pub mod evidence;
pub mod held;
pub mod incidents;
pub mod ledger;
pub mod letters;
pub mod looks;
pub mod news;
pub mod nodes;
pub mod outbox;
pub mod passkeys;
pub mod people;
pub mod queries;
pub mod readings;
pub mod recurrences;
pub mod sessions;
pub mod subscribers;
pub mod templates;
pub mod vendors;
pub mod watches;

pub use access::{NewToken, Token};
pub use audit::{AuditFilter, AuditRow, Deed, Doer, Verified};
pub use bodies::Sighting;
pub use copies::CopyRow;
pub use deliveries::{
    ChannelHealth, ClaimWish, ClaimedDelivery, DeadDelivery, Lane, NewDelivery, ReportLine, Tried, TryResult,
};
pub use deploys::DeployFilter;
pub use error::{Error, Result};
pub use evidence::EvidenceRow;
pub use held::{HeldCommand, HeldState};
pub use incidents::{Committed, Cursor, Filter, IncidentRow, Neighbours, Page, Phase, RequestKey, Source};
pub use ledger::Ledger;
pub use letters::{ClaimedLetter, LetterKind, NewDigest};
pub use looks::{Claim, Detected, Document, LookRecord, PageRecord, Validators};
pub use news::News;
pub use nodes::SilentNode;
pub use outbox::{Backlog, ClaimedNotice, Outcome};
pub use passkeys::Passkey;
pub use people::{Invitation, Person};
pub use queries::{QueryMinute, QueryRow};
pub use readings::heat::{HeatRow, ReadTime};
pub use readings::{Line, Point, Reading, Retention};
pub use sessions::{Holder, NewSession, Session};
pub use subscribers::{
    Audience, Bounce, Imported, NewSubscriber, Rhythm, Subscriber, SubscriberCount, SubscriberFilter,
    SubscriberKind, SubscriberState, Wishes,
};
pub use vendors::{Component, ComponentWindows, PageFacts, Registration, Vendor, VendorWindows};

use dialect::Dialect;
use sqlx::{AnyPool, Connection as _, Executor};
use std::sync::{Arc, OnceLock};
use writer::{Work, Writer};

/// The database. Cheap to clone; all clones share the same connections.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dialect: Dialect,
    node: String,
    readers: AnyPool,
    writing: Writing,
    /// Why nothing is written any more, once that is so.
    read_only: Arc<OnceLock<String>>,
}

/// How jobs reach the database.
#[derive(Debug)]
enum Writing {
    Queue(Writer),
    Pool(AnyPool),
    Refused(String),
}

impl Store {
    /// Runs a job in a transaction; returns when its result is on the disk.
    async fn write<D, T>(&self, data: D, work: Work<D, T>) -> Result<T>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        match &self.inner.writing {
            Writing::Queue(writer) => writer.run(data, work).await,
            Writing::Pool(pool) => transaction::run(pool, &data, work).await,
            Writing::Refused(why) => Err(Error::ReadOnly(why.clone())),
        }
    }

    fn readers(&self) -> &AnyPool {
        &self.inner.readers
    }

    /// The name under which this process takes leases.
    pub fn node(&self) -> &str {
        &self.inner.node
    }

    /// Number of the schema that this binary works with.
    pub fn schema(&self) -> u32 {
        migrate::latest(self.inner.dialect)
    }

    /// Whether the database answers and still takes writes.
    pub async fn ping(&self) -> Result<()> {
        self.readers().fetch_one("SELECT 1").await?;
        match self.inner.read_only.get() {
            Some(why) => Err(Error::ReadOnly(why.clone())),
            None => Ok(()),
        }
    }

    /// Copies the database into a new file while it is in use, as it is at one instant. PostgreSQL has its
    /// own tools for that.
    pub async fn backup(&self, path: &str) -> Result<()> {
        if self.inner.dialect == Dialect::Postgres {
            return Err(Error::BadAddress("back PostgreSQL up with `pg_dump`".to_owned()));
        }
        // A reader may not write anything, the copy included, so this one is taken out of the pool.
        let mut connection = self.readers().acquire().await?.detach();
        connection.execute("PRAGMA query_only = OFF").await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(path).execute(&mut connection).await;
        connection.close().await?;
        copied?;
        // SQLite does not flush the copy, and a backup that the next power cut takes is none.
        let flushed = std::fs::File::open(path).and_then(|copy| copy.sync_all());
        flushed.map_err(|error| Error::Unavailable(format!("cannot flush `{path}`: {error}")))
    }

    /// Finishes what is queued and closes every connection.
    pub async fn close(&self) {
        if let Writing::Queue(writer) = &self.inner.writing {
            writer.close().await;
        }
        self.readers().close().await;
    }
}
