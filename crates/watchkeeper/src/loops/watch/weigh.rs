//! What is known around a verdict: the other databases, deploys, vendors' incidents.
//!
//! This module never holds an incident back: what cannot be learned at once is learned at the next telling.

use super::post::Post;
use crate::app::Parts;
use domain::deploy::Deploy;
use domain::detect::Verdict;
use domain::hypothesis::{Context, Health, Hypothesis, Neighbour, VendorIncident, weigh};
use domain::{Impact, Kind, Origin, Timestamp};
use std::time::Duration;
use store::{DeployFilter, IncidentRow};
use tokio::time::timeout;
use web::live::Condition;

/// Longest time that an incident may wait for what is known around it.
const PATIENCE: Duration = Duration::from_millis(400);
/// Deploys looked at.
const MOST_DEPLOYS: u32 = 20;

/// What speaks for and against each explanation; nothing where that could not be learned in time.
pub(super) async fn hypotheses(parts: &Parts, post: &Post, verdict: &Verdict) -> Vec<Hypothesis> {
    match timeout(PATIENCE, weighed(parts, post, verdict)).await {
        Ok(Ok(hypotheses)) => hypotheses,
        Ok(Err(error)) => {
            tracing::warn!(database.name = %post.slug(), %error, "cannot weigh explanations");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

async fn weighed(parts: &Parts, post: &Post, verdict: &Verdict) -> store::Result<Vec<Hypothesis>> {
    let watched = &post.watched;
    let filter = DeployFilter {
        environment: Some(watched.environment.clone()),
        from: verdict.began_at.checked_sub(Deploy::SUSPECT_FOR).ok(),
        until: Some(verdict.began_at),
    };
    let (deploys, marked, answering, open) = tokio::try_join!(
        parts.store.list_deploys(&filter, MOST_DEPLOYS),
        parts.store.deploys_are_marked(&watched.environment),
        parts.store.vendors_answering(),
        parts.store.open_incidents(),
    )?;
    Ok(weigh(&Context {
        verdict,
        environment: &watched.environment,
        environment_name: &watched.environment_name,
        neighbours: &neighbours(parts, post, parts.clock.now()),
        deploys: &deploys,
        deploys_are_marked: marked,
        vendors_watched: answering,
        vendor_incidents: &vendor_incidents(parts, open),
    }))
}

/// The other databases, as this node sees them.
fn neighbours(parts: &Parts, post: &Post, now: Timestamp) -> Vec<Neighbour> {
    let others = parts.posts.iter().filter(|other| other.slug() != post.slug());
    let neighbour = |other: &std::sync::Arc<Post>| {
        let database = parts.site.live().database(other.slug().as_str());
        let health = match database.map(|database| database.glance().condition(now)) {
            Some(Condition::Quiet) => Health::Well,
            Some(Condition::Strain) => Health::Strained,
            Some(Condition::Stall) => Health::Stalled,
            Some(Condition::Unknown) | None => Health::Unknown,
        };
        Neighbour {
            name: other.watched.name.clone(),
            environment: other.watched.environment.clone(),
            environment_name: other.watched.environment_name.clone(),
            health,
        }
    };
    others.map(neighbour).collect()
}

/// Vendors' incidents that go on and are felt.
fn vendor_incidents(parts: &Parts, open: Vec<IncidentRow>) -> Vec<VendorIncident> {
    let felt = open.into_iter().filter(|row| row.kind == Kind::Incident && row.impact != Impact::None);
    let told = |row: IncidentRow| {
        let Origin::Vendor { vendor, .. } = &row.origin else { return None };
        let vendor = parts.vendors.get(vendor)?.name.clone();
        Some(VendorIncident { vendor, title: row.title, began_at: row.began_at.unwrap_or(row.published_at) })
    };
    felt.filter_map(told).collect()
}
