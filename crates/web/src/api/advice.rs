//! Advice: what would serve the queries that an incident blames. For holders of a token.

use super::answer::answer;
use super::body::advice::AdviceListBody;
use super::read_id;
use crate::answer::ErrorBody;
use crate::error::Error;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use std::sync::Arc;

/// What was advised in an incident: for each query that was blamed the latest word, with the command, its rollback, its
/// cost and what was measured.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/advice", tag = "databases", security(("token" = [])),
    params(("id" = String, Path, description = "Public identifier.")),
    responses(
        (status = 200, body = AdviceListBody),
        (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_advice(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response<Body>, Error> {
    let actor = site.reader(&headers).await?;
    let id = read_id(&id)?;
    let told = site.told(&site.member_sight(&actor).await?, &id).await?;
    answer(StatusCode::OK, &AdviceListBody::new(&id, &told.timeline))
}
