//! Captures evidence when the domain says so: asks the node, learns what is known around, packs it and lays it into the
//! archive. What was laid there is noted with its incident, once the verdict has been told.
//!
//! This module never decides when, and never holds up looking, judging or telling.

use super::post::Post;
use crate::app::Parts;
use crate::archive::{Archive, hash};
use crate::evidence::pieces::{Around, Span};
use crate::evidence::{self, bundle, pieces};
use anyhow::Context as _;
use domain::evidence::{Capture, Occasion};
use domain::{Deploy, IncidentId, Timestamp};
use jiff::SignedDuration;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{DeployFilter, EvidenceRow};
use tokio::time::{Instant, sleep, timeout};

/// Longest wait for our own database: a bundle without what it knows is worth more than none.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two tries to lay a bundle into the archive or to note it.
const AGAIN: Duration = Duration::from_secs(2);
/// Tries to lay a bundle into the archive.
const TRIES: u32 = 5;
/// Deploys that are told.
const DEPLOYS: u32 = 50;

/// A bundle that lies in the archive and is not yet noted.
#[derive(Debug)]
pub(super) struct Laid {
    began_at: Timestamp,
    sha256: String,
    node: String,
    occasion: Occasion,
    captured_at: Timestamp,
    took: Duration,
    bytes: usize,
    pieces: usize,
    missing: u32,
}

/// Captures for ever.
pub(super) async fn capture(parts: &Parts, post: &Post) {
    let mut asked = post.asked().await;
    loop {
        let next = timeout(AGAIN, asked.recv()).await;
        if let Ok(Some(capture)) = next {
            match take(parts, post, &capture).await {
                Ok(laid) => post.laid().push(laid),
                Err(error) => {
                    parts.site.metrics().evidence_errors.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(database.name = %post.slug(), error = format!("{error:#}"), "evidence is lost");
                }
            }
        }
        note(parts, post).await;
    }
}

/// Captures once.
async fn take(parts: &Parts, post: &Post, capture: &Capture) -> anyhow::Result<Laid> {
    let (began, captured_at) = (Instant::now(), parts.clock.now());
    let verdict = &capture.verdict;
    let node = verdict.nodes.first().map(AsRef::as_ref);
    let (gathered, mut around) = tokio::join!(
        engines::mongodb::gather(&post.target, node, &verdict.namespaces),
        around(parts, post, verdict.began_at),
    );
    around.seen = parts.site.live().database(post.slug().as_str()).map(|database| database.portrait());
    let (slug, capture, took) = (post.slug().clone(), capture.clone(), began.elapsed());
    let span = Span { began_at: captured_at, took };
    let packed = tokio::task::spawn_blocking(move || {
        let (files, missing) = pieces::files(slug.as_str(), &capture, &gathered, &around, span);
        let bytes = bundle::pack(&files, captured_at)?;
        anyhow::Ok((capture.occasion, gathered.node, files.len(), missing, bytes))
    });
    let (occasion, node, pieces, missing, bytes) = packed.await??;
    let took = began.elapsed();
    let laid = Laid {
        began_at: verdict.began_at,
        sha256: hash(&bytes),
        node,
        occasion,
        captured_at,
        took,
        bytes: bytes.len(),
        pieces,
        missing,
    };
    lay(parts, &laid.sha256, bytes).await?;
    tracing::info!(
        database.name = %post.slug(),
        occasion = occasion.as_str(),
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        missing,
        "evidence is captured"
    );
    Ok(laid)
}

/// What our own database knows around a stall.
async fn around(parts: &Parts, post: &Post, began_at: Timestamp) -> Around {
    let filter = DeployFilter {
        environment: Some(post.watched.environment.clone()),
        from: began_at.checked_sub(Deploy::SUSPECT_FOR).ok(),
        until: None,
    };
    let late = |_| "our own database did not answer in time".to_owned();
    let failed = |_| "our own database cannot be read".to_owned();
    let (deploys, incidents) = tokio::join!(
        timeout(PATIENCE, parts.store.list_deploys(&filter, DEPLOYS)),
        timeout(PATIENCE, parts.store.open_incidents()),
    );
    Around {
        deploys: deploys.map_err(late).and_then(|deploys| deploys.map_err(failed)),
        incidents: incidents.map_err(late).and_then(|rows| rows.map_err(failed)),
        seen: None,
    }
}

async fn lay(parts: &Parts, sha256: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
    let bytes = axum::body::Bytes::from(bytes);
    let mut tried = 0;
    loop {
        let put = async {
            let archive = Archive::open(&parts.archive.to, &parts.fetch)?;
            archive.put(&evidence::path(sha256), bytes.clone(), evidence::MEDIA_TYPE).await
        };
        tried += 1;
        match put.await {
            Err(_) if tried < TRIES => sleep(AGAIN).await,
            put => return put.context("it cannot be laid into the archive"),
        }
    }
}

/// Notes what lies in the archive, as far as its verdict has been told. The rest is noted later.
pub(super) async fn note(parts: &Parts, post: &Post) {
    let waiting = std::mem::take(&mut *post.laid());
    for laid in waiting {
        let incident = post.desk().incident_of(laid.began_at).cloned();
        let noted = match incident {
            Some(incident) => parts.store.add_evidence(&laid.row(post, incident)).await.map(|()| true),
            None => Ok(false),
        };
        match noted {
            Ok(true) => {}
            Ok(false) => post.laid().push(laid),
            Err(error) => {
                tracing::warn!(database.name = %post.slug(), %error, "cannot note evidence yet");
                post.laid().push(laid);
            }
        }
    }
}

impl Laid {
    fn row(&self, post: &Post, incident: IncidentId) -> EvidenceRow {
        EvidenceRow {
            sha256: self.sha256.clone(),
            incident,
            database: post.slug().to_string(),
            node: self.node.clone(),
            occasion: self.occasion,
            captured_at: self.captured_at,
            took: SignedDuration::try_from(self.took).unwrap_or(SignedDuration::MAX),
            bytes: self.bytes as u64,
            pieces: u32::try_from(self.pieces).unwrap_or(u32::MAX),
            missing: self.missing,
        }
    }
}
