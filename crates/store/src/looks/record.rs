//! Recording a look: the vendor's row, the states that changed, the documents.
//!
//! Never bumps the revision for a look that showed nothing new.

use super::{Body, LookRecord, windows};
use crate::bodies;
use crate::columns::{Columns, clean, micros, micros_or_null};
use crate::dialect::Dialect;
use crate::error::{Error, Failure, Result};
use crate::news::{bump_revision, number_vendor};
use crate::vendors::{self, PageFacts, Vendor, select_vendors};
use crate::writer::Connection;
use domain::{ComponentState, Slug};

pub(super) struct Job {
    pub(super) dialect: Dialect,
    pub(super) slug: Slug,
    pub(super) epoch: u64,
    pub(super) look: LookRecord,
    pub(super) bodies: Vec<Body>,
}

/// A page that is not understood at all has hundreds; the first tell enough.
const MOST_WARNINGS: usize = 50;

const UPDATE: &str = "\
UPDATE vendor SET page_name = $2, page_url = $3, page_time_zone = $4, page_updated_at = $5, indicator = $6, \
    overall = $7, last_ok_at = $8, failing_since = $9, failures = $10, last_error = $11, next_look_at = $12, \
    format = $13, evidence = $14, poll_url = $15, warnings = $16, lease_until = 0 \
WHERE slug = $1";

pub(super) async fn record(connection: &mut Connection, job: &Job) -> Result<(), Failure> {
    let known = fenced(connection, job).await?;
    let seen = after(&known, &job.look);
    let mut changed = is_news(&known, &seen);
    changed |= windows::change_page(connection, &job.slug, &job.look).await?;
    changed |= windows::change_components(connection, &job.slug, &job.look).await?;
    for (document, body) in job.look.documents.iter().zip(&job.bodies) {
        bodies::record(connection, &job.slug, document, body, job.look.at).await?;
    }
    write_vendor(connection, &seen).await?;
    if changed {
        bump_revision(connection).await?;
        number_vendor(connection, &job.slug).await?;
    }
    Ok(())
}

/// The vendor as it is known, its row held until the end, if the claim still stands.
async fn fenced(connection: &mut Connection, job: &Job) -> Result<Vendor, Failure> {
    let sql = job.dialect.sql(select_vendors!("WHERE slug = $1 {for_update}"));
    let row = sqlx::query(sql).bind(job.slug.as_str()).fetch_one(connection).await?;
    if row.number::<u64>("lease_epoch")? == job.epoch {
        Ok(vendors::read(&row)?)
    } else {
        Err(Error::LostLease.into())
    }
}

fn after(known: &Vendor, look: &LookRecord) -> Vendor {
    let mut seen = known.clone();
    seen.health.clone_from(&look.health);
    seen.health.last_error = seen.health.last_error.as_deref().map(clean);
    seen.next_look_at = look.next_look_at;
    if let Some(detected) = &look.detected {
        seen.registration.format = clean(&detected.format);
        seen.registration.evidence = clean(&detected.evidence);
        seen.poll_url = Some(clean(&detected.poll_url));
    }
    if look.unknown_since.is_some() {
        seen.overall = ComponentState::Unknown;
    }
    if let Some(page) = &look.page {
        seen.page = PageFacts {
            name: clean(&page.facts.name),
            url: clean(&page.facts.url),
            time_zone: page.facts.time_zone.as_deref().map(clean),
            updated_at: page.facts.updated_at,
        };
        seen.indicator = page.indicator;
        seen.warnings = page.warnings.iter().take(MOST_WARNINGS).map(|warning| clean(warning)).collect();
        seen.overall = page.overall;
    }
    seen
}

/// Whether a page would show the difference. When we last looked is not news, that it fails is.
fn is_news(known: &Vendor, seen: &Vendor) -> bool {
    known.page != seen.page
        || known.warnings != seen.warnings
        || known.registration != seen.registration
        || known.indicator != seen.indicator
        || known.health.failing_since != seen.health.failing_since
        || known.health.last_error != seen.health.last_error
        || known.health.last_ok_at.is_none() != seen.health.last_ok_at.is_none()
}

async fn write_vendor(connection: &mut Connection, seen: &Vendor) -> Result<(), Failure> {
    sqlx::query(UPDATE)
        .bind(seen.registration.slug.as_str())
        .bind(seen.page.name.as_str())
        .bind(seen.page.url.as_str())
        .bind(seen.page.time_zone.as_deref())
        .bind(micros_or_null(seen.page.updated_at))
        .bind(seen.indicator.map(ComponentState::as_str))
        .bind(seen.overall.as_str())
        .bind(micros_or_null(seen.health.last_ok_at))
        .bind(micros_or_null(seen.health.failing_since))
        .bind(i64::from(seen.health.failures))
        .bind(seen.health.last_error.as_deref())
        .bind(micros(seen.next_look_at))
        .bind(seen.registration.format.as_str())
        .bind(seen.registration.evidence.as_str())
        .bind(seen.poll_url.as_deref())
        .bind(vendors::write_list(&seen.warnings)?)
        .execute(connection)
        .await?;
    Ok(())
}
