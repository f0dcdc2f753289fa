//! One look at one vendor: fetch, parse, decide, commit, and write down how it went. A look that fails is
//! written down as one that failed, never passed over.

mod record;
mod see;

use crate::app::Parts;
use domain::source::{Look, next_look_at};
use domain::{Slug, Timestamp};
use jiff::SignedDuration;
use see::{Seen, Trouble};
use store::{Claim, LookRecord};
use web::Change;

pub(super) async fn look(parts: &Parts, claim: &Claim) {
    let at = parts.clock.now();
    let outcome = match see::see(parts, claim, at).await {
        Ok(mut seen) => record::incidents(parts, claim.slug(), &mut seen, at).await.map(|()| seen),
        Err(trouble) => Err(trouble),
    };
    let (look, seen) = match outcome {
        Ok(seen) => (Look::Good { max_age: seen.max_age }, seen),
        Err(trouble) => fail(claim.slug(), trouble),
    };
    let record = look_record(parts, claim, &look, seen, at);
    let shows_news =
        record.page.is_some() || record.health.failing_since != claim.vendor.health.failing_since;
    match parts.store.record_look(claim, record).await {
        Ok(()) if shows_news => announce(parts, claim.slug()).await,
        Ok(()) => {}
        Err(store::Error::LostLease) => {
            tracing::info!(vendor.slug = %claim.slug(), "another node has taken over");
        }
        Err(error) => tracing::warn!(vendor.slug = %claim.slug(), %error, "cannot write down a look"),
    }
}

fn fail(slug: &Slug, trouble: Trouble) -> (Look, Seen) {
    tracing::warn!(vendor.slug = %slug, error = trouble.error, "cannot see a page");
    let look = Look::Failed { error: trouble.outside, soon: trouble.soon, retry_after: trouble.retry_after };
    (look, Seen { documents: trouble.documents, ..Seen::default() })
}

fn look_record(parts: &Parts, claim: &Claim, look: &Look, seen: Seen, at: Timestamp) -> LookRecord {
    let vendor = &claim.vendor;
    let interval = vendor.registration.interval;
    let health = vendor.health.after(look, at);
    // A look that works after a long silence still says that there was one.
    let silence = if matches!(look, Look::Good { .. }) { &vendor.health } else { &health };
    LookRecord {
        at,
        next_look_at: next_look_at(&health, look, interval, fraction(parts), at),
        unknown_since: silence.unknown_since(vendor.watched_since, interval, at),
        health,
        detected: seen.detected,
        page: seen.page.as_ref().map(record::page),
        documents: seen.documents,
    }
}

/// A random number in 0..1.
fn fraction(parts: &Parts) -> f64 {
    f64::from(u16::from_be_bytes(parts.entropy.bytes())) / f64::from(u16::MAX)
}

async fn announce(parts: &Parts, slug: &Slug) {
    if let Err(error) = parts.site.changed(&[Change::Vendor(slug.clone())]).await {
        tracing::warn!(vendor.slug = %slug, error = error.inside(), "the vendor's pages are shown as they were");
    }
}

/// A duration of the runtime as the domain counts it.
fn signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
