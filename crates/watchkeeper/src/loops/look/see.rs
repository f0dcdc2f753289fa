//! Fetching and parsing: from a claim to what the page shows, or why nothing can be seen.
//!
//! This module never changes an incident.

use super::signed;
use crate::app::Parts;
use crate::detect;
use crate::http::{Body, FetchError, Request, Response};
use domain::Timestamp;
use domain::observation::PageObservation;
use feeds::{Format, Limits};
use jiff::SignedDuration;
use store::{Claim, Detected, Document};
use url::Url;

/// What a page was found to be made of is found out anew after so many failed looks in a row: it may have
/// moved to another platform.
const FAILURES_UNTIL_DETECTION: u32 = 5;

/// What a look saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What the page shows; `None` where nothing has changed since the last look.
    pub(super) page: Option<PageObservation>,
    /// What was received, for the record.
    pub(super) documents: Vec<Document>,
    /// What the page was found to be made of, if that was found out now.
    pub(super) detected: Option<Detected>,
    /// For how long the page says that its answer may be kept.
    pub(super) max_age: Option<SignedDuration>,
}

/// Why nothing can be seen.
#[derive(Debug)]
pub(super) struct Trouble {
    /// All of it in one sentence, for our log.
    pub(super) error: String,
    /// What the vendor's page says of it to everybody.
    pub(super) outside: String,
    /// Whether trying again soon is worth it.
    pub(super) soon: bool,
    /// How long the page asked us to stay away.
    pub(super) retry_after: Option<SignedDuration>,
    /// What was received all the same.
    pub(super) documents: Vec<Document>,
}

impl Trouble {
    pub(super) fn lasting(error: String, outside: &str) -> Self {
        let outside = outside.to_owned();
        Self { error, outside, soon: false, retry_after: None, documents: Vec::new() }
    }

    /// A document came that is not what it should be.
    fn misread(error: String, document: Document) -> Self {
        Self { documents: vec![document], ..Self::lasting(error, "what came was not understood") }
    }
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        let (soon, retry_after) = match &error {
            FetchError::Status { code, retry_after } => (*code >= 500 || *code == 429, *retry_after),
            FetchError::Refused(_) | FetchError::TooLarge { .. } | FetchError::Redirects { .. } => {
                (false, None)
            }
            FetchError::Dns { .. }
            | FetchError::Connect { .. }
            | FetchError::Tls { .. }
            | FetchError::Timeout { .. }
            | FetchError::Broken { .. } => (true, None),
        };
        let retry_after = retry_after.map(signed);
        Self { soon, retry_after, ..Self::lasting(error.to_string(), &error.outside()) }
    }
}

/// Looks at the page of a claim.
pub(super) async fn see(parts: &Parts, claim: &Claim, at: Timestamp) -> Result<Seen, Trouble> {
    let (format, url, detected) = place(parts, claim, at).await?;
    let response = parts.fetcher.fetch(request(claim, &url, detected.is_some())).await?;
    let max_age = response.max_age.map(signed);
    let main = document(&url, &response);
    if is_unchanged(claim, &main) {
        return Ok(Seen { documents: vec![main], max_age, ..Seen::default() });
    }
    let (page, mut missed) = match parse(format, &main, &response.final_url, at) {
        Ok(parsed) => parsed,
        Err(error) => return Err(Trouble::misread(error, main)),
    };
    let before = claim.vendor.page.updated_at.filter(|_| is_in_sight(claim));
    let mut seen = Seen { page: None, documents: vec![main], detected, max_age };
    let mut details = Vec::new();
    for url in format.details(&url, before, &page) {
        match detail(parts, claim, format, &url, at).await {
            Ok((mut document, parsed)) => {
                // One that has not changed was taken in by an earlier look, and nothing of it is missed.
                if let Some((page, cut)) = parsed {
                    if cut {
                        forget(&mut document);
                    }
                    missed |= cut;
                    details.push(page);
                }
                seen.documents.push(document);
            }
            Err(trouble) => {
                tracing::warn!(vendor.slug = %claim.slug(), %url, error = trouble.error, "a document is missing");
                seen.documents.extend(trouble.documents);
                missed = true;
            }
        }
    }
    let mut page = feeds::merge(page, details);
    if missed {
        ask_again(&mut page, &mut seen);
    }
    seen.page = Some(page);
    Ok(seen)
}

/// Where to look and as what: known from the last time, or found out.
async fn place(
    parts: &Parts,
    claim: &Claim,
    at: Timestamp,
) -> Result<(&'static Format, Url, Option<Detected>), Trouble> {
    let registration = &claim.vendor.registration;
    let address = |text: &str| {
        Url::parse(text)
            .map_err(|_| Trouble::lasting(format!("`{text}` is not an address"), "the address is none"))
    };
    let base = address(&registration.url)?;
    let named = parts.vendors.get(claim.slug()).is_some_and(|vendor| vendor.format.is_some());
    let failures = claim.vendor.health.failures;
    let doubted = !named && failures > 0 && failures.is_multiple_of(FAILURES_UNTIL_DETECTION);
    if let Some(format) = feeds::by_name(&registration.format).filter(|_| !doubted) {
        let url = claim.vendor.poll_url.as_deref().map_or_else(|| Ok(format.main(&base)), address)?;
        return Ok((format, url, None));
    }
    let detection = detect::detect(&parts.fetcher, &base, at, |_| {}).await;
    if let Some(found) = detection.found {
        let detected = Detected {
            format: found.format.name.to_owned(),
            evidence: found.evidence,
            poll_url: found.poll.to_string(),
        };
        return Ok((found.format, found.poll, Some(detected)));
    }
    // What stood at the address itself tells the most.
    match detection.tried.into_iter().next().map(|attempt| attempt.outcome) {
        Some(detect::Outcome::Failed(error)) => Err(error.into()),
        _ => Err(Trouble::lasting(format!("no known format at `{base}`"), "what came is of no known format")),
    }
}

/// Whether what is known of the page is still good enough to ask only for news.
fn is_in_sight(claim: &Claim) -> bool {
    let health = &claim.vendor.health;
    health.failing_since.is_none()
        && health.last_ok_at.is_some()
        && claim.vendor.overall != domain::ComponentState::Unknown
}

fn request(claim: &Claim, url: &Url, is_new: bool) -> Request {
    let known = claim.validators(url.as_str()).filter(|_| !is_new && is_in_sight(claim));
    Request {
        url: url.clone(),
        etag: known.and_then(|known| known.etag.clone()),
        last_modified: known.and_then(|known| known.last_modified.clone()),
    }
}

fn document(url: &Url, response: &Response) -> Document {
    Document {
        url: url.to_string(),
        etag: response.etag.clone(),
        last_modified: response.last_modified.clone(),
        body: match &response.body {
            Body::Unchanged => None,
            Body::Bytes(bytes) => Some(bytes.clone()),
        },
    }
}

/// Whether the server says so, or the bytes do.
fn is_unchanged(claim: &Claim, document: &Document) -> bool {
    use sha2::{Digest, Sha256};
    let Some(body) = &document.body else { return true };
    let known = claim
        .validators(&document.url)
        .filter(|known| known.etag.is_some() || known.last_modified.is_some() || known.body_sha256.is_some());
    let known =
        known.and_then(|known| known.body_sha256).filter(|_| is_in_sight(claim) && !must_ask_again(claim));
    known.is_some_and(|known| known == <[u8; 32]>::from(Sha256::digest(body)))
}

/// Whether the last look missed something that it wanted; see [`ask_again`].
fn must_ask_again(claim: &Claim) -> bool {
    claim.vendor.page.updated_at.is_none() && claim.documents.len() > 1
}

/// Marks that not everything was seen: the page does not count as whole, and the next look asks for
/// everything, changed or not.
fn ask_again(page: &mut PageObservation, seen: &mut Seen) {
    page.complete = false;
    page.updated_at = None;
    if let Some(main) = seen.documents.first_mut() {
        forget(main);
    }
}

/// Keeps nothing to ask for news with: the next look gets the document whole.
fn forget(document: &mut Document) {
    document.etag = None;
    document.last_modified = None;
}

async fn detail(
    parts: &Parts,
    claim: &Claim,
    format: &Format,
    url: &Url,
    at: Timestamp,
) -> Result<(Document, Option<(PageObservation, bool)>), Trouble> {
    let response = parts.fetcher.fetch(request(claim, url, false)).await?;
    let document = document(url, &response);
    if document.body.is_none() {
        return Ok((document, None));
    }
    match parse(format, &document, &response.final_url, at) {
        Ok(parsed) => Ok((document, Some(parsed))),
        Err(error) => Err(Trouble::misread(error, document)),
    }
}

/// What a document shows, and whether a part of it is missing.
fn parse(
    format: &Format,
    document: &Document,
    url: &Url,
    at: Timestamp,
) -> Result<(PageObservation, bool), String> {
    let bytes = document.body.as_deref().unwrap_or_default();
    let read = feeds::Document::read(bytes, Some(url), &Limits::default());
    let page = format.parse(&read, at).map_err(|error| format!("`{url}`: {error}"))?;
    Ok((page, read.is_cut()))
}
