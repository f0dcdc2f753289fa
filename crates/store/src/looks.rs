//! Looks at vendors' pages, as a work queue that several nodes share: who is due is claimed with a lease,
//! looked at outside any transaction, and recorded. A lease runs by the database's clock alone; whether a
//! look is due is judged by the caller's `now`. Each claim raises the epoch of its vendor, and a record of
//! an older epoch is refused, so that a node that slept through its lease harms nothing.
//!
//! Never fetches a page, and never judges what one shows.

mod record;
mod windows;

use crate::bodies::Body;
use crate::columns::{Columns, length, micros};
use crate::error::{Failure, Result};
use crate::vendors::{self, PageFacts, Vendor, select_components, select_vendors};
use crate::writer::Connection;
use crate::{Store, bodies};
use domain::observation::ComponentObservation;
use domain::source::Health;
use domain::{ComponentState, Slug, Timestamp};
use jiff::SignedDuration;

/// A vendor that this node has taken on to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The vendor as it is known, with its components.
    pub vendor: Vendor,
    /// What is known of its documents, to ask only for news.
    pub documents: Vec<Validators>,
    /// Fencing number of the claim.
    pub epoch: u64,
}

impl Claim {
    /// Which vendor.
    pub fn slug(&self) -> &Slug {
        &self.vendor.registration.slug
    }

    /// What is known of one document.
    pub fn validators(&self, url: &str) -> Option<&Validators> {
        self.documents.iter().find(|document| document.url == url)
    }
}

/// What tells whether a document has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// Address of the document.
    pub url: String,
    /// The server's entity tag.
    pub etag: Option<String>,
    /// The server's date of the last change, as it wrote it.
    pub last_modified: Option<String>,
    /// SHA-256 of the body as it was last received.
    pub body_sha256: Option<[u8; 32]>,
}

/// One document of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Address of the document.
    pub url: String,
    /// The server's entity tag.
    pub etag: Option<String>,
    /// The server's date of the last change, as it wrote it.
    pub last_modified: Option<String>,
    /// The body; `None` where the server said that it had not changed.
    pub body: Option<Vec<u8>>,
}

/// How a look went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRecord {
    /// When the look was taken.
    pub at: Timestamp,
    /// How our looking goes after it.
    pub health: Health,
    /// When the next one is due.
    pub next_look_at: Timestamp,
    /// Since when the page was out of our sight, if it was or is: all that was open is closed there and is
    /// unknown from there on.
    pub unknown_since: Option<Timestamp>,
    /// What the page was found to be made of; `None` where that was known.
    pub detected: Option<Detected>,
    /// What the page says; `None` where it said nothing or nothing new.
    pub page: Option<PageRecord>,
    /// The documents that were received.
    pub documents: Vec<Document>,
}

/// What a page was found to be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// Name of the format.
    pub format: String,
    /// By what it was recognised, in words.
    pub evidence: String,
    /// Address of the document to fetch at every look.
    pub poll_url: String,
}

/// What a look saw of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRecord {
    /// What the page says of itself.
    pub facts: PageFacts,
    /// The page's own headline state.
    pub indicator: Option<ComponentState>,
    /// The state of the whole page.
    pub overall: ComponentState,
    /// What could not be understood, one sentence each.
    pub warnings: Vec<String>,
    /// Its components, all of them; `None` where this look did not show them.
    pub components: Option<Vec<ComponentObservation>>,
}

const CLAIM: &str = "\
WITH due AS MATERIALIZED ( \
  SELECT candidate.slug AS slug FROM vendor AS candidate \
  WHERE candidate.active = 1 AND candidate.next_look_at <= $1 \
    AND candidate.lease_until <= (SELECT now_at FROM database_clock) \
  ORDER BY candidate.next_look_at, candidate.slug LIMIT $2 {skip_locked} \
) \
UPDATE vendor SET lease_owner = $3, lease_epoch = lease_epoch + 1, \
  lease_until = (SELECT now_at FROM database_clock) + $4 \
FROM due WHERE vendor.slug = due.slug \
RETURNING vendor.slug, lease_epoch";

impl Store {
    /// Takes up to `limit` vendors whose look is due at `now` and that nobody else holds, for as long as
    /// `lease`.
    pub async fn claim_due(&self, now: Timestamp, limit: u32, lease: SignedDuration) -> Result<Vec<Claim>> {
        let job = (self.inner.dialect, now, limit, self.inner.node.clone(), lease);
        self.write(job, |connection, (dialect, now, limit, node, lease)| {
            Box::pin(async move {
                let rows = sqlx::query(dialect.sql(CLAIM))
                    .bind(micros(*now))
                    .bind(i64::from(*limit))
                    .bind(node.as_str())
                    .bind(length(*lease))
                    .fetch_all(&mut *connection)
                    .await?;
                let mut claims = Vec::with_capacity(rows.len());
                for row in rows {
                    claims.push(claim(connection, &row.slug("slug")?, row.number("lease_epoch")?).await?);
                }
                claims.sort_by(|a: &Claim, b| {
                    (a.vendor.next_look_at, a.slug()).cmp(&(b.vendor.next_look_at, b.slug()))
                });
                Ok(claims)
            })
        })
        .await
    }

    /// Records a look and lets the vendor go. [`LostLease`](crate::Error::LostLease) where another node has claimed it since.
    pub async fn record_look(&self, claim: &Claim, look: LookRecord) -> Result<()> {
        let bodies = look.documents.iter().map(|document| {
            let known = claim.validators(&document.url).and_then(|known| known.body_sha256);
            bodies::pack(document.body.as_deref(), known)
        });
        let bodies = bodies.collect::<Result<Vec<_>>>()?;
        let job = record::Job {
            dialect: self.inner.dialect,
            slug: claim.slug().clone(),
            epoch: claim.epoch,
            look,
            bodies,
        };
        self.write(job, |connection, job| Box::pin(record::record(connection, job))).await
    }
}

async fn claim(connection: &mut Connection, slug: &Slug, epoch: u64) -> Result<Claim, Failure> {
    let sql = select_vendors!("WHERE slug = $1");
    let vendor = sqlx::query(sql).bind(slug.as_str()).fetch_one(&mut *connection).await?;
    let sql = select_components!("WHERE vendor = $1 ORDER BY position");
    let components = sqlx::query(sql).bind(slug.as_str()).fetch_all(&mut *connection).await?;
    let components = components.iter().map(vendors::read_component).collect::<Result<Vec<_>>>()?;
    let sql = "SELECT url, etag, last_modified, body_sha256 FROM document WHERE vendor = $1 ORDER BY url";
    let documents = sqlx::query(sql).bind(slug.as_str()).fetch_all(connection).await?;
    let documents = documents.iter().map(|row| {
        Ok(Validators {
            url: row.text("url")?,
            etag: row.text_or_null("etag")?,
            last_modified: row.text_or_null("last_modified")?,
            body_sha256: row.hash_or_null("body_sha256")?,
        })
    });
    let documents = documents.collect::<Result<Vec<_>>>()?;
    Ok(Claim { vendor: Vendor { components, ..vendors::read(&vendor)? }, documents, epoch })
}
