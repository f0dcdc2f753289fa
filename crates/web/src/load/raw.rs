//! What vendors really answered: the list of raw bodies, two of them side by side, and one as it came.

use super::printed;
use crate::error::Error;
use crate::pages::raw::{self, Body, Comparison, Document};
use crate::rendered::hex;
use crate::sight::Sight;
use crate::site::Site;
use domain::Slug;
use std::collections::BTreeSet;

/// Bodies listed of one document.
const LISTED: usize = 200;
/// Longest text that is compared, in bytes.
const COMPARED: usize = 512 * 1024;

impl Site {
    /// The list of raw bodies; `pair` names two to compare.
    pub(crate) async fn raw_page(
        &self,
        sight: &Sight,
        slug: &Slug,
        pair: Option<(&str, &str)>,
    ) -> Result<String, Error> {
        let watched = sight.vendor(slug).ok_or_else(|| Error::no_vendor(slug))?;
        let documents = self.documents(slug).await?;
        let comparison = match pair {
            None => None,
            Some((before, after)) => self.compare(sight, slug, before, after).await?,
        };
        let input = raw::Input {
            slug,
            name: watched.name(),
            documents,
            not_kept: pair.is_some() && comparison.is_none(),
            comparison,
        };
        let mut shell = self.shell(sight, sight.voice().links.raw(slug));
        shell.seen_at = watched.vendor.health.last_ok_at;
        shell.atom_url = None;
        printed(raw::render(&shell, &input))
    }

    /// One raw body that was seen at this vendor.
    pub(crate) async fn raw_body(&self, sight: &Sight, slug: &Slug, hash: &str) -> Result<Vec<u8>, Error> {
        let missing = || Error::NotFound { what: "raw body", name: hash.chars().take(64).collect() };
        let sha256 = read_hash(hash).ok_or_else(missing)?;
        if sight.vendor(slug).is_none() {
            return Err(Error::no_vendor(slug));
        }
        let _place = self.questions.try_acquire().map_err(|_| Error::Busy)?;
        let documents = self.documents(slug).await?;
        // A body is only shown where it was seen: another vendor's may not be watched any more.
        if !documents.iter().flat_map(|document| &document.bodies).any(|body| body.hash == hash) {
            return Err(missing());
        }
        self.store.raw_body(&sha256).await.map_err(|error| match error {
            store::Error::NotFound => missing(),
            other => self.store_error(other),
        })
    }

    pub(super) async fn count_raw_bodies(&self, slug: &Slug) -> Result<u64, Error> {
        let documents = self.documents(slug).await?;
        let hashes: BTreeSet<&str> =
            documents.iter().flat_map(|document| &document.bodies).map(|body| body.hash.as_str()).collect();
        Ok(u64::try_from(hashes.len()).unwrap_or(u64::MAX))
    }

    async fn documents(&self, slug: &Slug) -> Result<Vec<Document>, Error> {
        let urls = self.store.raw_documents(slug).await.map_err(|error| self.store_error(error))?;
        let mut documents = Vec::new();
        for url in urls {
            let history =
                self.store.raw_history(slug, &url).await.map_err(|error| self.store_error(error))?;
            let newest_first = history.into_iter().rev().take(LISTED);
            let bodies = newest_first.map(|sighting| Body {
                hash: hex(&sighting.body_sha256),
                first_seen_at: sighting.first_seen_at,
                last_seen_at: sighting.last_seen_at,
                size_bytes: sighting.size_bytes,
            });
            documents.push(Document { url, bodies: bodies.collect() });
        }
        Ok(documents)
    }

    async fn compare(
        &self,
        sight: &Sight,
        slug: &Slug,
        before: &str,
        after: &str,
    ) -> Result<Option<Comparison>, Error> {
        let text = async |hash: &str| match self.raw_body(sight, slug, hash).await {
            Ok(bytes) => {
                let end = bytes.len().min(COMPARED);
                Ok(Some(String::from_utf8_lossy(&bytes[..end]).into_owned()))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let (Some(older), Some(newer)) = (text(before).await?, text(after).await?) else { return Ok(None) };
        Ok(Some(Comparison {
            before_hash: before.to_owned(),
            after_hash: after.to_owned(),
            before: older,
            after: newer,
        }))
    }
}

/// A SHA-256 in lower-case hexadecimal.
fn read_hash(text: &str) -> Option<[u8; 32]> {
    let well_formed = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !well_formed {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}
