//! Promises of our own as JSON: what is due when, and how often it was kept.

use super::answer::answer;
use crate::answer::ErrorBody;
use crate::api::time::Time;
use crate::auth::Scope;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::site::Site;
use crate::view::link;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Weeks that are told one by one.
pub(crate) const WEEKS: i64 = 12;

/// The ledger of promises.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromisesBody {
    /// When this was so.
    pub as_of: Time,
    /// Promises that bind now, the most urgent first.
    pub pending: Vec<PromiseBody>,
    /// How many were kept of those that came due lately.
    pub kept: Vec<KeptBody>,
    /// The same week by week, the oldest first.
    pub weeks: Vec<WeekBody>,
}

/// Promises that came due in one week.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WeekBody {
    /// When the week began.
    pub from: Time,
    /// Promises that came due in it.
    pub due: usize,
    /// Those of them that were kept.
    pub kept: usize,
}

/// A promise that binds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromiseBody {
    /// Identifier of the incident.
    pub incident: String,
    /// Path of its page.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Slug of its environment.
    pub environment: String,
    /// The update that made the promise.
    pub update: String,
    /// When it was made.
    pub made_at: Time,
    /// By when the next update was promised.
    pub due_at: Time,
    /// Seconds until then; less than zero where it is late.
    pub seconds_left: i64,
}

/// How many promises were kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptBody {
    /// Days back from now.
    pub days: i64,
    /// Promises that came due in that time.
    pub due: usize,
    /// Those of them that were kept.
    pub kept: usize,
    /// The share of them, from 0 to 1; null where none came due.
    pub share: Option<f64>,
}

impl From<&Ledger> for PromisesBody {
    fn from(ledger: &Ledger) -> Self {
        let pending = ledger.pending.iter().map(|(known, promise)| PromiseBody {
            incident: known.row.id.to_string(),
            path: link::incident(&known.row.id),
            title: known.row.title.clone(),
            environment: known.source().to_string(),
            update: promise.update.clone(),
            made_at: Time(promise.made_at),
            due_at: Time(promise.due_at),
            seconds_left: promise.due_at.duration_since(ledger.now).as_secs(),
        });
        let kept = [30, 90].map(|days| {
            let (kept, due) = ledger.kept(days);
            KeptBody { days, due, kept, share: share(kept, due) }
        });
        let weeks = ledger.weeks(WEEKS).into_iter();
        let weeks = weeks.map(|(from, kept, due)| WeekBody { from: Time(from), due, kept }).collect();
        Self { as_of: Time(ledger.now), pending: pending.collect(), kept: kept.into(), weeks }
    }
}

/// Which share of all; none of none.
pub(crate) fn share(kept: usize, all: usize) -> Option<f64> {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (all > 0).then(|| number(kept) / number(all))
}

/// Lists promises of our own that bind now, and how often we kept our word.
#[utoipa::path(get, path = "/api/v1/promises", tag = "updates", security(("token" = ["read"])),
    responses(
        (status = 200, body = PromisesBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_promises(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
) -> Result<Response<Body>, Error> {
    let who = site.bearer(&headers, Scope::Read).await?;
    answer(StatusCode::OK, &PromisesBody::from(&site.ledger(&who).await?))
}
