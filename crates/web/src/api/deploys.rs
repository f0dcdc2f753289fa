//! Deploys: marked by a program or a webhook, so that a stall minutes later can be held against them.

mod webhook;

use super::answer::answer;
use super::body::deploy::{DeployBody, DeployListBody, IgnoredBody};
use super::request::{self, DeployRequest};
use super::time;
use super::vocabulary::{self, shorten};
use super::write::read_body;
use crate::answer::ErrorBody;
use crate::auth::{Actor, Scope, address};
use crate::error::Error;
use crate::site::Site;
use crate::sync::Change;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use domain::{Action, Deploy, DeployId, Place, Refusal, Slug, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;
use store::DeployFilter;
use url::{Url, form_urlencoded};
use webhook::{Foreign, Sender, Told};

type Answer = Result<Response<Body>, Error>;

/// Most deploys in an answer.
const MOST: u32 = 100;
/// How far a clock of somebody else's may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Marks a deploy. The bodies of GitHub's `deployment` and `deployment_status` events and of GitLab's `Deployment
/// Hook` are understood as they are: the first news of a deploy marks it, and environments that are not ours
/// are ignored. GitLab may send the token as its secret token.
#[utoipa::path(post, path = "/api/v1/deploys", tag = "deploys",
    params(
        ("environment" = Option<String>, Query, description = "For webhooks: our environment, whatever theirs is called."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key again marks nothing new."),
    ),
    request_body = DeployRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = DeployBody, description = "It was marked before."),
        (status = 201, body = DeployBody),
        (status = 202, body = IgnoredBody, description = "A webhook that told of no deploy of ours."),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn mark_deploy(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let mut who = site.bearer(&with_bearer(request.headers()), Scope::Write).await?;
    let (parts, body) = request.into_parts();
    who.address = address(&parts.extensions);
    let bytes = read_body(body).await?;
    let ours = asked_environment(&site, parts.uri.query().unwrap_or_default())?;
    let deploy = match Sender::of(&parts.headers) {
        None => site.own_deploy(&parts.headers, &bytes, &who)?,
        Some((sender, event)) => {
            let told = sender.read(&event, &bytes).map_err(|error| {
                let message = format!("the webhook cannot be read: {}", shorten(&error.to_string()));
                Error::invalid(message, "send the event as it is, as JSON")
            })?;
            match told {
                Told::Ignored(why) => return ignored(why),
                Told::Deploy(foreign) => match site.foreign_deploy(foreign, ours, &who)? {
                    Ok(deploy) => deploy,
                    Err(why) => return ignored(why),
                },
            }
        }
    };
    who.may(Action::Respond, deploy.environment.as_ref().map_or(Place::Everywhere, Place::In))?;
    let marked = site.store.mark_deploy(deploy).await;
    let (deploy, new) = marked.map_err(|error| site.store_error(error))?;
    if new {
        let deed = who.deed(site.config.clock.now(), "deploy.marked", deploy.id.as_str(), &deploy.what);
        site.store.record_deed(deed).await.map_err(|error| site.store_error(error))?;
        site.show_deploy(&deploy).await;
    }
    answer(if new { StatusCode::CREATED } else { StatusCode::OK }, &DeployBody::from(&deploy))
}

/// Deploys that were marked, newest first.
#[utoipa::path(get, path = "/api/v1/deploys", tag = "deploys", security(("token" = [])),
    params(DeployParameters),
    responses(
        (status = 200, body = DeployListBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_deploys(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Answer {
    site.reader(&headers).await?;
    let filter = read_filter(&site, uri.query().unwrap_or_default())?;
    let _place = site.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
    let deploys = site.store.list_deploys(&filter, MOST).await.map_err(|error| site.store_error(error))?;
    answer(StatusCode::OK, &DeployListBody { deploys: deploys.iter().map(Into::into).collect() })
}

/// Which deploys to list. Unknown parameters are refused.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names the parameters for the document; `read_filter` reads them")]
struct DeployParameters {
    /// One of our environments; deploys to every environment are listed, too.
    environment: Option<String>,
    /// At or after.
    from: Option<String>,
    /// At or before.
    until: Option<String>,
}

/// GitLab has a field of its own for a secret.
fn with_bearer(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    let secret = headers.get("x-gitlab-token").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let Some(secret) = secret.filter(|_| !headers.contains_key(AUTHORIZATION))
        && let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {secret}"))
    {
        headers.insert(AUTHORIZATION, bearer);
    }
    headers
}

fn asked_environment(site: &Site, query: &str) -> Result<Option<Slug>, Error> {
    let mut environment = None;
    for (field, value) in form_urlencoded::parse(query.as_bytes()) {
        match field.as_ref() {
            "environment" => environment = Some(site.known_environment(&value)?),
            other => return Err(vocabulary::unknown_word("the parameter", other, &["environment"])),
        }
    }
    Ok(environment)
}

fn read_filter(site: &Site, query: &str) -> Result<DeployFilter, Error> {
    let mut filter = DeployFilter::default();
    for (field, value) in form_urlencoded::parse(query.as_bytes()) {
        match field.as_ref() {
            "environment" => filter.environment = Some(site.known_environment(&value)?),
            "from" => filter.from = Some(time::read("from", &value)?),
            "until" => filter.until = Some(time::read("until", &value)?),
            other => {
                let known = ["environment", "from", "until"];
                return Err(vocabulary::unknown_word("the parameter", other, &known));
            }
        }
    }
    Ok(filter)
}

impl Site {
    /// One of our environments, by its slug or its name.
    pub(crate) fn known_environment(&self, text: &str) -> Result<Slug, Error> {
        self.environment_called(text).ok_or_else(|| {
            let environments = self.environments();
            let slugs: Vec<&str> = environments.iter().map(|environment| environment.slug.as_str()).collect();
            vocabulary::unknown_word("environment", text, &slugs)
        })
    }

    fn environment_called(&self, text: &str) -> Option<Slug> {
        let slug = Slug::from_name(text)?;
        self.environment(&slug).map(|environment| environment.slug)
    }

    fn own_deploy(&self, headers: &HeaderMap, bytes: &[u8], who: &Actor) -> Result<Deploy, Error> {
        let request: DeployRequest = request::read(headers, bytes)?;
        let now = self.config.clock.now();
        let at = request.at.as_deref().map(|text| time::read("at", text)).transpose()?.unwrap_or(now);
        check(&request.what, request.link.as_deref(), at, now)?;
        let environment =
            request.environment.as_deref().map(|text| self.known_environment(text)).transpose()?;
        let id = match headers.get("idempotency-key").map(HeaderValue::as_bytes) {
            Some(key) => DeployId::of_source(&who.id, &String::from_utf8_lossy(key)),
            None => DeployId::from_entropy(self.config.entropy.number()),
        };
        let what = request.what.trim().to_owned();
        Ok(Deploy { id, environment, what, link: request.link, by: who.name.clone(), at })
    }

    /// The deploy that another system told of, or why it is none of ours.
    fn foreign_deploy(
        &self,
        foreign: Foreign,
        ours: Option<Slug>,
        who: &Actor,
    ) -> Result<Result<Deploy, String>, Error> {
        let Some(environment) = ours.or_else(|| self.environment_called(&foreign.environment)) else {
            return Ok(Err(format!("`{}` is no environment of ours", shorten(&foreign.environment))));
        };
        let now = self.config.clock.now();
        let at = foreign.at.unwrap_or(now);
        let what: String = foreign.what.chars().take(Deploy::WHAT_LIMIT / 4).collect();
        let link = foreign.link.filter(|link| check_link(link).is_ok());
        check(&what, None, at, now)?;
        let by = match foreign.by {
            Some(by) => format!("{} ({})", by.chars().take(60).collect::<String>(), who.name),
            None => who.name.clone(),
        };
        let id = DeployId::of_source(&foreign.source, &foreign.id);
        Ok(Ok(Deploy { id, environment: Some(environment), what, link, by, at: at.min(now) }))
    }

    /// The pages of incidents that it may have to do with show it.
    async fn show_deploy(self: &Arc<Self>, deploy: &Deploy) {
        let Ok(open) = self.store.open_incidents().await else { return };
        let concerned = open.iter().filter(|row| match &row.origin {
            domain::Origin::Own { environment } => deploy.touches(environment),
            domain::Origin::Vendor { .. } => false,
        });
        let changes: Vec<Change> = concerned.map(|row| Change::Incident(row.id.clone())).collect();
        if let Err(error) = self.changed(&changes).await {
            // It is marked all the same; the pages show it when they are next rendered.
            tracing::warn!(error = error.inside(), "deploy not shown yet");
        }
    }
}

fn check(what: &str, link: Option<&str>, at: Timestamp, now: Timestamp) -> Result<(), Error> {
    match what.trim() {
        "" => return Err(Refusal::Empty("what").into()),
        what if what.len() > Deploy::WHAT_LIMIT => {
            return Err(Refusal::TooLong { field: "what", limit: Deploy::WHAT_LIMIT }.into());
        }
        _ => {}
    }
    if at.duration_since(now) > SKEW {
        return Err(Refusal::InTheFuture("at").into());
    }
    link.map_or(Ok(()), check_link)
}

/// Pages link to it, so it must be an address of the web.
fn check_link(link: &str) -> Result<(), Error> {
    if link.len() > Deploy::LINK_LIMIT {
        return Err(Refusal::TooLong { field: "link", limit: Deploy::LINK_LIMIT }.into());
    }
    match Url::parse(link) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => {
            let message = format!("`link` is `{}`, which is no address of the web", shorten(link));
            Err(Error::invalid(message, "begin it with `https://`"))
        }
    }
}

fn ignored(why: String) -> Answer {
    answer(StatusCode::ACCEPTED, &IgnoredBody { ignored: why })
}
