//! Maintenances that recur: added, listed and ended. What one announced stays when it ends.

use super::answer::{answer, empty};
use super::request::{self, RecurrenceRequest};
use super::time::Time;
use crate::answer::ErrorBody;
use crate::auth::{Actor, Scope};
use crate::commands;
use crate::error::Error;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use domain::{Action, Place, Recurrence, Timestamp};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

type Answer = Result<Response<Body>, Error>;

/// How far ahead the next occurrence is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 70);

/// Maintenances that recur.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecurrenceListBody {
    /// Those that go on, oldest first.
    pub recurrences: Vec<RecurrenceBody>,
}

/// A maintenance that recurs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecurrenceBody {
    /// Identifier.
    pub id: String,
    /// Slug of its environment.
    pub environment: String,
    /// Title of each.
    pub title: String,
    /// First update of each, Markdown.
    pub body: String,
    /// Keys of the components that it concerns.
    pub components: Vec<String>,
    /// On which days: `weekly sunday`, `monthly 15` or `monthly last friday`.
    pub rule: String,
    /// When on those days, by the clocks of its zone.
    pub at: String,
    /// Name of that zone.
    pub zone: String,
    /// Hours that it lasts.
    pub lasts_hours: i64,
    /// Days before it that it is announced.
    pub ahead_days: i64,
    /// When it begins next, if that is soon.
    pub next_at: Option<Time>,
}

impl RecurrenceBody {
    fn new(recurrence: &Recurrence, now: Timestamp) -> Self {
        Self {
            id: recurrence.id.clone(),
            environment: recurrence.environment.to_string(),
            title: recurrence.title.clone(),
            body: recurrence.body.clone(),
            components: recurrence.components.iter().map(ToString::to_string).collect(),
            rule: recurrence.rule.to_string(),
            at: recurrence.at.strftime("%H:%M").to_string(),
            zone: recurrence.zone.clone(),
            lasts_hours: recurrence.lasts_for.as_hours(),
            ahead_days: recurrence.ahead_for.as_hours() / 24,
            next_at: next(recurrence, now).map(Time),
        }
    }
}

/// When it begins next, if that is soon.
pub(crate) fn next(recurrence: &Recurrence, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(&recurrence.zone).ok()?;
    let until = now.saturating_add(AHEAD).unwrap_or(now);
    let next = recurrence.occurrences(&zone, now, until).into_iter().next()?;
    Some(next.window.from)
}

/// Maintenances that recur.
#[utoipa::path(get, path = "/api/v1/recurrences", tag = "incidents", security(("token" = ["read"])),
    responses(
        (status = 200, body = RecurrenceListBody),
        (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_recurrences(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    site.reader(&headers).await?;
    let now = site.config.clock.now();
    let all = site.recurrences().await?;
    let recurrences = all.iter().map(|recurrence| RecurrenceBody::new(recurrence, now)).collect();
    answer(StatusCode::OK, &RecurrenceListBody { recurrences })
}

/// Adds a maintenance that recurs. Each occurrence is announced by itself when its time comes.
#[utoipa::path(post, path = "/api/v1/recurrences", tag = "incidents",
    request_body = RecurrenceRequest, security(("token" = ["write"])),
    responses(
        (status = 201, body = RecurrenceBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn add_recurrence(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let who = site.bearer(&parts.headers, Scope::Write).await?;
    let bytes = super::write::read_body(body).await?;
    let asked: RecurrenceRequest = request::read(&parts.headers, &bytes)?;
    let recurrence = commands::recurrence(&site.environments(), &asked, site.new_id())?;
    site.add_recurrence(recurrence.clone(), &who).await?;
    answer(StatusCode::CREATED, &RecurrenceBody::new(&recurrence, site.config.clock.now()))
}

/// Ends one; what it announced stays.
#[utoipa::path(delete, path = "/api/v1/recurrences/{id}", tag = "incidents", security(("token" = ["write"])),
    params(("id" = String, Path, description = "Identifier.")),
    responses(
        (status = 204, description = "It does not recur any more."),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn end_recurrence(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let who = site.bearer(&headers, Scope::Write).await?;
    site.end_recurrence(&id, &who).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

impl Site {
    /// Maintenances that recur, oldest first.
    pub(crate) async fn recurrences(&self) -> Result<Vec<Recurrence>, Error> {
        self.store.list_recurrences().await.map_err(|error| self.store_error(error))
    }

    /// Adds one.
    pub(crate) async fn add_recurrence(&self, recurrence: Recurrence, who: &Actor) -> Result<(), Error> {
        who.may(Action::Respond, Place::In(&recurrence.environment))?;
        let now = self.config.clock.now();
        let detail =
            format!("{}: {} at {} {}", recurrence.title, recurrence.rule, recurrence.at, recurrence.zone);
        let deed = who.deed(now, "recurrence.added", &recurrence.id, &detail);
        let added = self.store.add_recurrence(recurrence, &who.name, now).await;
        added.map_err(|error| self.store_error(error))?;
        self.store.record_deed(deed).await.map_err(|error| self.store_error(error))
    }

    /// Ends one; what it announced stays.
    pub(crate) async fn end_recurrence(&self, id: &str, who: &Actor) -> Result<(), Error> {
        let missing =
            || Error::NotFound { what: "recurring maintenance", name: super::vocabulary::shorten(id) };
        let all = self.recurrences().await?;
        let known = all.iter().find(|recurrence| recurrence.id == id).ok_or_else(missing)?;
        who.may(Action::Respond, Place::In(&known.environment))?;
        self.store.end_recurrence(id).await.map_err(|error| self.store_error(error))?;
        let deed = who.deed(self.config.clock.now(), "recurrence.ended", id, &known.title);
        self.store.record_deed(deed).await.map_err(|error| self.store_error(error))
    }
}
