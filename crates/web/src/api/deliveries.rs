//! Deliveries: who was told of an incident, what was given up, and how channels do. For holders of a token.

use super::answer::answer;
use super::body::delivery::{ChannelListBody, DeadListBody, DeliveryReportBody, ResentBody};
use super::read_id;
use super::vocabulary;
use crate::answer::ErrorBody;
use crate::auth::{Actor, Scope};
use crate::error::Error;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use domain::IncidentId;
use std::sync::Arc;
use store::{DeadDelivery, ReportLine};
use url::form_urlencoded;

type Answer = Result<Response<Body>, Error>;

/// Most deliveries in an answer.
const MOST: u32 = 500;

/// Who was told of an incident: for each notice and channel, how many have it, wait for it or were given up.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/deliveries", tag = "deliveries", security(("token" = [])),
    params(("id" = String, Path, description = "Public identifier.")),
    responses(
        (status = 200, body = DeliveryReportBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_deliveries(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    site.reader(&headers).await?;
    let id = read_id(&id)?;
    answer(StatusCode::OK, &DeliveryReportBody::new(&id, &site.delivery_report(&id).await?))
}

/// Deliveries that were given up, the latest first.
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "deliveries", security(("token" = [])),
    params(("state" = Option<String>, Query, description = "Only `dead` is listed, and is meant if absent.")),
    responses(
        (status = 200, body = DeadListBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_deliveries(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Answer {
    site.reader(&headers).await?;
    for (field, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match (field.as_ref(), value.as_ref()) {
            ("state", "dead") => {}
            ("state", other) => return Err(vocabulary::unknown_word("the state", other, &["dead"])),
            (other, _) => return Err(vocabulary::unknown_word("the parameter", other, &["state"])),
        }
    }
    answer(
        StatusCode::OK,
        &DeadListBody { deliveries: site.dead_deliveries().await?.iter().map(Into::into).collect() },
    )
}

/// Puts a delivery that was given up back in its queue. Its receiver gets it under the same key as before.
#[utoipa::path(post, path = "/api/v1/deliveries/{key}/resend", tag = "deliveries", security(("token" = ["write"])),
    params(("key" = String, Path, description = "Key of the delivery.")),
    responses(
        (status = 202, body = ResentBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn resend_delivery(
    State(site): State<Arc<Site>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let actor = site.bearer(&headers, Scope::Write).await?;
    site.resend(&key, &actor).await?;
    let mut response = answer(StatusCode::OK, &ResentBody { key })?;
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// How channels and kinds of subscription do.
#[utoipa::path(get, path = "/api/v1/channels", tag = "deliveries", security(("token" = [])),
    responses(
        (status = 200, body = ChannelListBody),
        (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_channels(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    site.reader(&headers).await?;
    answer(
        StatusCode::OK,
        &ChannelListBody { channels: site.channel_health().await?.iter().map(Into::into).collect() },
    )
}

impl Site {
    /// What became of every notice of an incident.
    pub(crate) async fn delivery_report(&self, id: &IncidentId) -> Result<Vec<ReportLine>, Error> {
        let _place = self.question().await?;
        let lines = self.store.delivery_report(id).await.map_err(|error| self.store_error(error))?;
        if lines.is_empty() {
            // Nobody was told, or there is no such incident.
            self.store.load(id).await.map_err(|error| match error {
                store::Error::NotFound => Error::no_incident(id),
                error => self.store_error(error),
            })?;
        }
        Ok(lines)
    }

    /// What was given up, the latest first.
    pub(crate) async fn dead_deliveries(&self) -> Result<Vec<DeadDelivery>, Error> {
        let _place = self.question().await?;
        let dead = self.store.dead_deliveries(self.config.clock.now(), MOST).await;
        dead.map_err(|error| self.store_error(error))
    }

    /// How every channel does: those that are configured, and those through which something was sent.
    pub(crate) async fn channel_health(&self) -> Result<Vec<store::ChannelHealth>, Error> {
        let _place = self.question().await?;
        self.store.channel_health().await.map_err(|error| self.store_error(error))
    }

    /// Puts a delivery that was given up back in its queue.
    pub(crate) async fn resend(&self, key: &str, actor: &Actor) -> Result<(), Error> {
        let now = self.config.clock.now();
        let put = self.store.resend_delivery(key, actor.deed(now, "delivery.resent", key, ""), now).await;
        put.map_err(|error| match error {
            store::Error::NotFound => {
                Error::NotFound { what: "delivery that was given up", name: key.chars().take(64).collect() }
            }
            error => self.store_error(error),
        })
    }

    async fn question(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Error> {
        self.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))
    }
}
