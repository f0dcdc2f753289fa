//! Environments that are added while the program runs. Those of the configuration are listed with them, and fixed.

use super::answer::{answer, empty};
use super::request;
use super::vocabulary::ComponentStateWord;
use crate::answer::ErrorBody;
use crate::auth::Scope;
use crate::commands::optional;
use crate::error::Error;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use domain::{Component, ComponentState, Environment, Slug};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

type Answer = Result<Response<Body>, Error>;

/// An environment that is added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvironmentRequest {
    /// Display name.
    pub name: String,
    /// How its components stand while no incident says otherwise: `operational` or `unknown`; unknown if absent.
    #[schema(value_type = Option<ComponentStateWord>)]
    pub baseline: Option<String>,
    /// Its components, in the order in which they are shown.
    #[serde(default)]
    pub components: Vec<PartRequest>,
}

/// A component of it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartRequest {
    /// Display name.
    pub name: String,
    /// The heading it stands under.
    pub group: Option<String>,
}

/// An environment that was added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddedEnvironmentBody {
    /// Identifier in addresses and commands.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// How its components stand while no incident says otherwise.
    pub baseline: ComponentStateWord,
    /// Keys of its components.
    pub components: Vec<String>,
}

/// Adds an environment, or makes the one of that slug like this. What is in the configuration is changed there.
#[utoipa::path(put, path = "/api/v1/environments/{slug}", tag = "status", security(("token" = ["admin"])),
    params(("slug" = String, Path, description = "Identifier in addresses and commands.")),
    request_body = EnvironmentRequest,
    responses(
        (status = 200, body = AddedEnvironmentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn save_environment(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let who = site.bearer(&parts.headers, Scope::Admin).await?;
    let bytes = super::write::read_body(body).await?;
    let body: EnvironmentRequest = request::read(&parts.headers, &bytes)?;
    let environment = Environment {
        slug: read_slug(&slug)?,
        name: body.name.trim().to_owned(),
        baseline: baseline(body.baseline.as_deref())?,
        components: body
            .components
            .iter()
            .map(|part| Component::named(part.name.trim(), part.group.as_deref().map(str::trim)))
            .collect(),
    };
    let added = AddedEnvironmentBody {
        slug: environment.slug.to_string(),
        name: environment.name.clone(),
        baseline: ComponentStateWord(environment.baseline),
        components: environment.components.iter().map(|one| one.key.0.clone()).collect(),
    };
    site.save_environment(environment, &who).await?;
    answer(StatusCode::OK, &added)
}

/// Takes an environment off every page, with what happened in it. Added again, its history is there again.
#[utoipa::path(delete, path = "/api/v1/environments/{slug}", tag = "status", security(("token" = ["admin"])),
    params(("slug" = String, Path, description = "Identifier in addresses and commands.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn remove_environment(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let who = site.bearer(&headers, Scope::Admin).await?;
    site.remove_environment(&read_slug(&slug)?, &who).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

fn read_slug(text: &str) -> Result<Slug, Error> {
    Slug::parse(text).ok_or_else(|| {
        let message = format!("`{}` is no slug", super::vocabulary::shorten(text));
        Error::invalid(message, "use small letters from a to z, digits and `-`")
    })
}

/// What the team vouches for: nobody declares an outage here.
pub(crate) fn baseline(text: Option<&str>) -> Result<ComponentState, Error> {
    match optional("baseline", text)?.unwrap_or(ComponentState::Unknown) {
        state @ (ComponentState::Operational | ComponentState::Unknown) => Ok(state),
        other => {
            let message = format!("`baseline` is `{other}`, which only an incident can say");
            Err(Error::invalid(message, "use `operational` or `unknown`"))
        }
    }
}
