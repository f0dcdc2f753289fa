//! Evidence of an incident: what was captured, and each bundle. For holders of a token and whoever is signed in, where
//! they may see the environment of the incident.

use super::answer::answer;
use super::body::evidence::EvidenceListBody;
use super::read_id;
use super::vocabulary::shorten;
use crate::answer::ErrorBody;
use crate::error::Error;
use crate::rendered::ascii_value;
use crate::site::Site;
use crate::snapshot::source_of;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use domain::{Action, IncidentId, Place};
use std::sync::Arc;
use store::EvidenceRow;

type Answer = Result<Response<Body>, Error>;

/// What was captured while the databases of an incident stalled, the oldest first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/evidence", tag = "evidence", security(("token" = [])),
    params(("id" = String, Path, description = "Public identifier.")),
    responses(
        (status = 200, body = EvidenceListBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_evidence(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let id = site.may_see_evidence(&id, &headers).await?;
    answer(StatusCode::OK, &EvidenceListBody::new(&id, &site.evidence_of(&id).await?))
}

/// One bundle: a `.tar.zst` with a manifest.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/evidence/{sha256}", tag = "evidence", security(("token" = [])),
    params(
        ("id" = String, Path, description = "Public identifier."),
        ("sha256" = String, Path, description = "Hash of the bundle."),
    ),
    responses(
        (status = 200, content_type = "application/zstd", body = Vec<u8>),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_evidence(
    State(site): State<Arc<Site>>,
    Path((id, sha256)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let id = site.may_see_evidence(&id, &headers).await?;
    let missing = || Error::NotFound { what: "evidence", name: shorten(&sha256) };
    let known = site.evidence_of(&id).await?;
    let row = known.iter().find(|row| row.sha256 == sha256).ok_or_else(missing)?;
    let loader = site.evidence.get().ok_or_else(missing)?;
    let bytes = (loader.0)(row.sha256.clone()).await.map_err(|why| Error::Unavailable(why.into()))?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zstd"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let name = format!("attachment; filename=\"evidence-{id}-{}.tar.zst\"", row.occasion.as_str());
    headers.insert(CONTENT_DISPOSITION, ascii_value(&name));
    Ok(response)
}

impl Site {
    /// The incident, if it is there and whoever asks may see its environment.
    async fn may_see_evidence(&self, id: &str, headers: &HeaderMap) -> Result<IncidentId, Error> {
        let actor = self.reader(headers).await?;
        let id = read_id(id)?;
        let row = self.store.incident_row(&id).await.map_err(|error| match error {
            store::Error::NotFound => Error::no_incident(&id),
            error => self.store_error(error),
        })?;
        let (source, own) = source_of(&row.origin);
        actor.may(Action::See, if own { Place::In(source) } else { Place::Somewhere })?;
        Ok(id)
    }

    /// What was captured of an incident.
    pub(crate) async fn evidence_of(&self, id: &IncidentId) -> Result<Vec<EvidenceRow>, Error> {
        let _place = self.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
        self.store.list_evidence(id).await.map_err(|error| self.store_error(error))
    }
}
