//! What is held and can be undone. Carrying it out is for `crate::held`.

use super::answer;
use crate::answer::ErrorBody;
use crate::api::time::Time;
use crate::auth::Scope;
use crate::error::Error;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use domain::Action;
use serde::Serialize;
use std::sync::Arc;
use store::HeldCommand;
use utoipa::ToSchema;

type Answer = Result<Response<Body>, Error>;

/// Something that was posted and has not left yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldBody {
    /// Identifier.
    pub id: String,
    /// The incident that it changes, or opens when it leaves.
    pub incident: String,
    /// Who posted it.
    pub by: String,
    /// When it was posted.
    pub created_at: Time,
    /// When it leaves.
    pub due_at: Time,
    /// `waiting`, `running`, `done`, `undone` or `failed`.
    pub state: &'static str,
    /// Why it could not be carried out.
    pub error: Option<String>,
}

impl From<&HeldCommand> for HeldBody {
    fn from(held: &HeldCommand) -> Self {
        Self {
            id: held.id.clone(),
            incident: held.incident.to_string(),
            by: held.by.clone(),
            created_at: Time(held.created_at),
            due_at: Time(held.due_at),
            state: held.state.as_str(),
            error: held.error.clone(),
        }
    }
}

/// What is held where somebody has a role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldListBody {
    /// What waits or could not be carried out, the next to leave first.
    pub held: Vec<HeldBody>,
}

/// Lists what is held and can be undone, and what could not be carried out.
#[utoipa::path(get, path = "/api/v1/held", tag = "updates", security(("token" = ["read"])),
    responses(
        (status = 200, body = HeldListBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_held(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let who = site.bearer(&headers, Scope::Read).await?;
    let held = site.list_held(&who).await?;
    answer::answer(StatusCode::OK, &HeldListBody { held: held.iter().map(HeldBody::from).collect() })
}

/// Says what became of something that was held.
#[utoipa::path(get, path = "/api/v1/held/{id}", tag = "updates",
    params(("id" = String, Path, description = "Identifier of what is held.")), security(("token" = ["read"])),
    responses(
        (status = 200, body = HeldBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_held(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let who = site.bearer(&headers, Scope::Read).await?;
    answer(StatusCode::OK, &site.held(&id, &who, Action::See).await?)
}

/// Lets it leave at once.
#[utoipa::path(post, path = "/api/v1/held/{id}/send", tag = "updates",
    params(("id" = String, Path, description = "Identifier of what is held.")), security(("token" = ["write"])),
    responses(
        (status = 200, body = HeldBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn send_held(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let who = site.ask(request).await?.wish.who;
    answer(StatusCode::OK, &site.send_held_as(&id, &who).await?)
}

/// Takes it back. What has left cannot be taken back; its `state` says so.
#[utoipa::path(delete, path = "/api/v1/held/{id}", tag = "updates",
    params(("id" = String, Path, description = "Identifier of what is held.")), security(("token" = ["write"])),
    responses(
        (status = 200, body = HeldBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn undo_held(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let who = site.ask(request).await?.wish.who;
    answer(StatusCode::OK, &site.undo_held_as(&id, &who).await?)
}

/// What is held, as an answer.
pub(super) fn answer(status: StatusCode, held: &HeldCommand) -> Answer {
    answer::answer(status, &HeldBody::from(held))
}
