//! Raw bodies: what vendors' servers answered, each distinct one kept once by its hash, and when each was
//! seen where. Edits and deletions on a page show as differences between them.
//!
//! Never keeps a body twice, and never forgets the last one of a document.

use crate::Store;
use crate::columns::{Columns, clean, length, micros};
use crate::error::{Error, Failure, Result};
use crate::looks::Document;
use crate::writer::Connection;
use domain::{Slug, Timestamp};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};

/// Largest body that is unpacked again; nothing larger was ever packed.
const LARGEST_BODY: u64 = 64 << 20;

/// A stretch of time over which a document had the same body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When it was first received.
    pub first_seen_at: Timestamp,
    /// When it was last received, or confirmed as unchanged.
    pub last_seen_at: Timestamp,
    /// Which body.
    pub body_sha256: [u8; 32],
    /// Its size, unpacked.
    pub size_bytes: u64,
}

/// What a look received of one document, ready to be written.
pub(crate) enum Body {
    /// Not modified, by the server's word or by the hash.
    Unchanged,
    New {
        sha256: [u8; 32],
        gzip: Vec<u8>,
        size: usize,
    },
}

/// Hashes and packs a body outside any transaction, where it is not the one that is known.
pub(crate) fn pack(body: Option<&[u8]>, known: Option<[u8; 32]>) -> Result<Body> {
    let Some(body) = body else { return Ok(Body::Unchanged) };
    let sha256: [u8; 32] = Sha256::digest(body).into();
    if known == Some(sha256) {
        return Ok(Body::Unchanged);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(body).and_then(|()| encoder.finish());
    let gzip = packed.map_err(|error| Error::Unavailable(format!("cannot pack a body: {error}")))?;
    Ok(Body::New { sha256, gzip, size: body.len() })
}

const DOCUMENT: &str = "\
INSERT INTO document (vendor, url, etag, last_modified, body_sha256, seen_at) VALUES ($1, $2, $3, $4, $5, $6) \
ON CONFLICT (vendor, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, \
    body_sha256 = coalesce(excluded.body_sha256, document.body_sha256), seen_at = excluded.seen_at";

const STILL_THERE: &str = "\
UPDATE sighting SET last_seen_at = $3 WHERE vendor = $1 AND url = $2 AND last_seen_at < $3 \
    AND first_seen_at = (SELECT max(first_seen_at) FROM sighting WHERE vendor = $1 AND url = $2)";

/// Of two looks within one microsecond the later one counts.
const SIGHT: &str = "\
INSERT INTO sighting (vendor, url, first_seen_at, last_seen_at, body_sha256) VALUES ($1, $2, $3, $3, $4) \
ON CONFLICT (vendor, url, first_seen_at) DO UPDATE SET body_sha256 = excluded.body_sha256";

/// Writes what a look received of one document.
pub(crate) async fn record(
    connection: &mut Connection,
    vendor: &Slug,
    document: &Document,
    body: &Body,
    at: Timestamp,
) -> Result<(), Failure> {
    let new_hash = match body {
        Body::Unchanged => None,
        Body::New { sha256, .. } => Some(sha256.to_vec()),
    };
    sqlx::query(DOCUMENT)
        .bind(vendor.as_str())
        .bind(document.url.as_str())
        .bind(document.etag.as_deref().map(clean))
        .bind(document.last_modified.as_deref().map(clean))
        .bind(new_hash)
        .bind(micros(at))
        .execute(&mut *connection)
        .await?;
    match body {
        Body::Unchanged => {
            let still = sqlx::query(STILL_THERE).bind(vendor.as_str()).bind(document.url.as_str());
            still.bind(micros(at)).execute(connection).await?;
        }
        Body::New { sha256, gzip, size } => {
            let sql = "INSERT INTO raw_body (sha256, gzip, size_bytes) VALUES ($1, $2, $3) \
                       ON CONFLICT (sha256) DO NOTHING";
            sqlx::query(sql)
                .bind(sha256.to_vec())
                .bind(gzip.clone())
                .bind(i64::try_from(*size).unwrap_or(i64::MAX))
                .execute(&mut *connection)
                .await?;
            let sight = sqlx::query(SIGHT).bind(vendor.as_str()).bind(document.url.as_str());
            sight.bind(micros(at)).bind(sha256.to_vec()).execute(connection).await?;
        }
    }
    Ok(())
}

/// Sightings older than `$1`, except the last of each document.
const FORGET_SIGHTINGS: &str = "\
DELETE FROM sighting WHERE last_seen_at < $1 AND EXISTS (SELECT 1 FROM sighting AS later \
    WHERE later.vendor = sighting.vendor AND later.url = sighting.url \
      AND later.first_seen_at > sighting.first_seen_at)";

const FORGET_BODIES: &str = "\
DELETE FROM raw_body WHERE NOT EXISTS (SELECT 1 FROM sighting WHERE sighting.body_sha256 = raw_body.sha256)";

impl Store {
    /// A raw body by its hash. [`Error::NotFound`] where it was never received or has been forgotten.
    pub async fn raw_body(&self, sha256: &[u8; 32]) -> Result<Vec<u8>> {
        let sql = "SELECT gzip FROM raw_body WHERE sha256 = $1";
        let row = sqlx::query(sql).bind(sha256.to_vec()).fetch_one(self.readers()).await?;
        let gzip: Vec<u8> = row.column("gzip")?;
        let mut body = Vec::new();
        GzDecoder::new(gzip.as_slice())
            .take(LARGEST_BODY)
            .read_to_end(&mut body)
            .map_err(|error| Error::Corrupt(format!("cannot unpack a raw body: {error}")))?;
        Ok(body)
    }

    /// Addresses of the documents of a vendor of which bodies are kept.
    pub async fn raw_documents(&self, vendor: &Slug) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT url FROM sighting WHERE vendor = $1 ORDER BY url";
        let rows = sqlx::query(sql).bind(vendor.as_str()).fetch_all(self.readers()).await?;
        rows.iter().map(|row| row.text("url")).collect()
    }

    /// The bodies of one document over time, oldest first.
    pub async fn raw_history(&self, vendor: &Slug, url: &str) -> Result<Vec<Sighting>> {
        let sql = "SELECT first_seen_at, last_seen_at, body_sha256, size_bytes FROM sighting \
                   JOIN raw_body ON raw_body.sha256 = sighting.body_sha256 \
                   WHERE vendor = $1 AND url = $2 ORDER BY first_seen_at";
        let rows = sqlx::query(sql).bind(vendor.as_str()).bind(url).fetch_all(self.readers()).await?;
        let sightings = rows.iter().map(|row| {
            Ok(Sighting {
                first_seen_at: row.instant("first_seen_at")?,
                last_seen_at: row.instant("last_seen_at")?,
                body_sha256: row.hash("body_sha256")?,
                size_bytes: row.number("size_bytes")?,
            })
        });
        sightings.collect()
    }

    /// Forgets raw bodies, request keys and ended sessions that nobody has needed for `keep_for`. Timelines
    /// and what was told stay.
    pub async fn prune(&self, now: Timestamp, keep_for: SignedDuration) -> Result<()> {
        self.write(micros(now) - length(keep_for), |connection, before| {
            Box::pin(async move {
                for sql in [
                    FORGET_SIGHTINGS,
                    "DELETE FROM request WHERE created_at < $1",
                    "DELETE FROM console_session WHERE expires_at < $1",
                    "DELETE FROM ceremony WHERE expires_at < $1",
                    "DELETE FROM invitation WHERE expires_at < $1",
                ] {
                    sqlx::query(sql).bind(*before).execute(&mut *connection).await?;
                }
                sqlx::query(FORGET_BODIES).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}
