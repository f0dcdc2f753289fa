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
use domain::{Action, Component, ComponentState, Environment, Place};
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

/// Every environment where somebody has a role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnvironmentSettingsBody {
    /// Those of the configuration first.
    pub environments: Vec<EnvironmentSettingBody>,
}

/// An environment as it is set up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnvironmentSettingBody {
    /// Identifier in addresses and commands.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// How its components stand while no incident says otherwise.
    pub baseline: ComponentStateWord,
    /// Keys of its components, each with the heading it stands under: `Core/API`.
    pub components: Vec<String>,
    /// Whether it is in the configuration, and changed there only.
    pub configured: bool,
}

/// Lists every environment as it is set up, whichever pages show it.
#[utoipa::path(get, path = "/api/v1/settings/environments", tag = "status", security(("token" = ["read"])),
    responses(
        (status = 200, body = EnvironmentSettingsBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_environment_settings(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let who = site.bearer(&headers, Scope::Read).await?;
    let all = site.environments();
    let seen = all.iter().filter(|environment| who.can(Action::See, Place::In(&environment.slug)));
    let environments = seen.map(|environment| site.setting_of(environment)).collect();
    answer(StatusCode::OK, &EnvironmentSettingsBody { environments })
}

/// Adds an environment, or makes the one of that slug like this. What is in the configuration is changed there.
#[utoipa::path(put, path = "/api/v1/environments/{slug}", tag = "status", security(("token" = ["admin"])),
    params(("slug" = String, Path, description = "Identifier in addresses and commands.")),
    request_body = EnvironmentRequest,
    responses(
        (status = 200, body = EnvironmentSettingBody),
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
    let asked = site.ask_as(request, Scope::Admin).await?;
    let body: EnvironmentRequest = request::read(&asked.headers, &asked.bytes)?;
    let environment = Environment {
        slug: request::read_slug(&slug)?,
        name: body.name.trim().to_owned(),
        baseline: baseline(body.baseline.as_deref())?,
        components: body
            .components
            .iter()
            .map(|part| Component::named(part.name.trim(), part.group.as_deref().map(str::trim)))
            .collect(),
    };
    let saved = site.setting_of(&environment);
    site.save_environment(environment, &asked.wish.who).await?;
    answer(StatusCode::OK, &saved)
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
    request: Request,
) -> Answer {
    let who = site.ask_as(request, Scope::Admin).await?.wish.who;
    site.remove_environment(&request::read_slug(&slug)?, &who).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

impl Site {
    fn setting_of(&self, environment: &Environment) -> EnvironmentSettingBody {
        EnvironmentSettingBody {
            slug: environment.slug.to_string(),
            name: environment.name.clone(),
            baseline: ComponentStateWord(environment.baseline),
            components: environment.components.iter().map(|one| one.key.0.clone()).collect(),
            configured: self.is_configured(&environment.slug),
        }
    }
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
