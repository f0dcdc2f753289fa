//! Templates of incidents. Those of the configuration are listed with the others, and fixed.

use super::answer::{answer, empty};
use super::request;
use super::vocabulary::{self, ComponentStateWord, ImpactWord, KindWord};
use crate::answer::ErrorBody;
use crate::auth::Scope;
use crate::commands::optional;
use crate::error::Error;
use crate::site::Site;
use crate::template::Template;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use domain::{ComponentState, Impact, Kind, Slug};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

type Answer = Result<Response<Body>, Error>;

/// Longest title or name, in bytes: as long as a title of an incident may be.
const LINE_LIMIT: usize = 256;
/// Longest text, in bytes: as long as an update may be.
const TEXT_LIMIT: usize = 64 * 1024;

/// A template. It is kept in this shape, too.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateRequest {
    /// What the team calls it.
    pub name: String,
    /// Title of the incident.
    pub title: Option<String>,
    /// Incident or maintenance; an incident if absent.
    #[schema(value_type = Option<KindWord>)]
    pub kind: Option<String>,
    /// How much it hurts.
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Option<String>,
    /// Slugs of environments where it may happen; anywhere if none.
    #[serde(default)]
    pub environments: Vec<String>,
    /// Names or keys of components and what it does to them; those that an environment does not have are left aside.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, ComponentStateWord>)]
    pub components: BTreeMap<String, String>,
    /// What is said when the incident reaches a state: Markdown by state.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
}

/// A template with where it is changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateBody {
    /// Identifier in addresses and commands.
    pub slug: String,
    /// Whether it is in the configuration, and changed there only.
    pub configured: bool,
    /// What the team calls it.
    pub name: String,
    /// Title of the incident.
    pub title: Option<String>,
    /// Incident or maintenance.
    #[schema(value_type = Option<KindWord>)]
    pub kind: Option<String>,
    /// How much it hurts.
    #[schema(value_type = Option<ImpactWord>)]
    pub impact: Option<String>,
    /// Slugs of environments where it may happen; anywhere if none.
    pub environments: Vec<String>,
    /// Names or keys of components and what it does to them.
    #[schema(value_type = BTreeMap<String, ComponentStateWord>)]
    pub components: BTreeMap<String, String>,
    /// What is said when the incident reaches a state: Markdown by state.
    pub texts: BTreeMap<String, String>,
}

/// All templates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TemplateListBody {
    /// Those of the configuration first.
    pub templates: Vec<TemplateBody>,
}

impl TemplateRequest {
    /// The template that it means.
    pub(crate) fn read(&self, slug: Slug) -> Result<Template, Error> {
        let name = line("name", &self.name)?;
        if name.is_empty() {
            return Err(Error::invalid("`name` is empty", "say what the team calls it"));
        }
        let title = self.title.as_deref().map(|title| line("title", title)).transpose()?;
        let environment = |text: &String| {
            Slug::parse(text.trim()).ok_or_else(|| {
                let message = format!("`environments` holds `{}`", vocabulary::shorten(text));
                Error::invalid(message, "name environments by their slugs, such as `prod1`")
            })
        };
        let component = |(name, state): (&String, &String)| {
            let state = vocabulary::read::<ComponentState>("components", state)?;
            line("components", name).map(|name| (name, state))
        };
        let text = |(state, text): (&String, &String)| {
            let state = vocabulary::read::<domain::State>("texts", state)?;
            if text.len() > TEXT_LIMIT {
                let message = format!("`texts` for `{}` is longer than {TEXT_LIMIT} bytes", state.as_str());
                return Err(Error::invalid(message, "shorten it"));
            }
            Ok((state, text.clone()))
        };
        Ok(Template {
            slug,
            name,
            title: title.filter(|title| !title.is_empty()),
            kind: optional::<Kind>("kind", self.kind.as_deref())?.unwrap_or(Kind::Incident),
            impact: optional::<Impact>("impact", self.impact.as_deref())?,
            environments: self.environments.iter().map(environment).collect::<Result<_, _>>()?,
            components: self.components.iter().map(component).collect::<Result<_, _>>()?,
            texts: self.texts.iter().map(text).collect::<Result<_, _>>()?,
        })
    }

    /// The request that makes a template like this one.
    pub(crate) fn of(template: &Template) -> Self {
        let word = |(name, state): &(String, ComponentState)| (name.clone(), state.as_str().to_owned());
        let text = |(state, text): &(domain::State, String)| (state.as_str().to_owned(), text.clone());
        Self {
            name: template.name.clone(),
            title: template.title.clone(),
            kind: Some(template.kind.as_str().to_owned()),
            impact: template.impact.map(|impact| impact.as_str().to_owned()),
            environments: template.environments.iter().map(Slug::to_string).collect(),
            components: template.components.iter().map(word).collect(),
            texts: template.texts.iter().map(text).collect(),
        }
    }
}

fn line(field: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.len() > LINE_LIMIT || text.chars().any(char::is_control) {
        let message = format!("`{field}` is `{}`", vocabulary::shorten(text));
        return Err(Error::invalid(message, format!("write one line of at most {LINE_LIMIT} bytes")));
    }
    Ok(text.to_owned())
}

impl TemplateBody {
    fn new(site: &Site, template: &Template) -> Self {
        let TemplateRequest { name, title, kind, impact, environments, components, texts } =
            TemplateRequest::of(template);
        Self {
            slug: template.slug.to_string(),
            configured: site.is_configured_template(&template.slug),
            name,
            title,
            kind,
            impact,
            environments,
            components,
            texts,
        }
    }
}

/// Lists templates: an incident is opened from one, and updates take their words from it.
#[utoipa::path(get, path = "/api/v1/templates", tag = "incidents", security(("token" = ["read"])),
    responses(
        (status = 200, body = TemplateListBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_templates(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    site.bearer(&headers, Scope::Read).await?;
    let all = site.templates().await?;
    let templates = all.iter().map(|template| TemplateBody::new(&site, template)).collect();
    answer(StatusCode::OK, &TemplateListBody { templates })
}

/// Adds a template, or makes the one of that slug like this. What is in the configuration is changed there.
#[utoipa::path(put, path = "/api/v1/templates/{slug}", tag = "incidents", security(("token" = ["admin"])),
    params(("slug" = String, Path, description = "Identifier in addresses and commands.")),
    request_body = TemplateRequest,
    responses(
        (status = 200, body = TemplateBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn save_template(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask_as(request, Scope::Admin).await?;
    let wanted: TemplateRequest = request::read(&asked.headers, &asked.bytes)?;
    let saved = site.save_template(request::read_slug(&slug)?, &wanted, &asked.wish.who).await?;
    answer(StatusCode::OK, &TemplateBody::new(&site, &saved))
}

/// Takes a template away. Incidents that were opened from it stay as they are.
#[utoipa::path(delete, path = "/api/v1/templates/{slug}", tag = "incidents", security(("token" = ["admin"])),
    params(("slug" = String, Path, description = "Identifier in addresses and commands.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn remove_template(
    State(site): State<Arc<Site>>,
    Path(slug): Path<String>,
    request: Request,
) -> Answer {
    let who = site.ask_as(request, Scope::Admin).await?.wish.who;
    site.remove_template(&request::read_slug(&slug)?, &who).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}
