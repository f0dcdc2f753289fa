//! Reading: documents kept rendered, and lists for a question.

use super::body::incident::{IncidentBody, IncidentListBody};
use super::body::timeline::TimelineBody;
use super::body::vendor::{EnvironmentListBody, StatusBody, VendorBody, VendorListBody};
use crate::answer::ErrorBody;
use crate::auth::Actor;
use crate::dispatch::OnPage;
use crate::error::Error;
use crate::gate::unkept;
use crate::load::Question;
use crate::rendered::Format;
use crate::site::Site;
use crate::target::Target;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, Response, Uri};
use domain::Slug;
use std::sync::Arc;

type Answer = Result<Response<Body>, Error>;

/// How we stand, in one document.
#[utoipa::path(get, path = "/api/v1/status", tag = "status", responses(
    (status = 200, body = StatusBody),
    (status = 304, description = "Not changed since the `ETag` in `If-None-Match`."),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn load_status(
    State(site): State<Arc<Site>>,
    on: OnPage,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    site.read_kept(&on, uri.path(), &headers).await
}

/// Our environments and how they stand.
#[utoipa::path(get, path = "/api/v1/environments", tag = "status", responses(
    (status = 200, body = EnvironmentListBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn list_environments(
    State(site): State<Arc<Site>>,
    on: OnPage,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    site.read_kept(&on, uri.path(), &headers).await
}

/// All vendors and how they stand.
#[utoipa::path(get, path = "/api/v1/vendors", tag = "vendors", responses(
    (status = 200, body = VendorListBody),
    (status = 503, body = ErrorBody),
))]
pub(crate) async fn list_vendors(
    State(site): State<Arc<Site>>,
    on: OnPage,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    site.read_kept(&on, uri.path(), &headers).await
}

/// One vendor.
#[utoipa::path(get, path = "/api/v1/vendors/{slug}", tag = "vendors",
    params(("slug" = String, Path, description = "Identifier of the vendor.")),
    responses(
        (status = 200, body = VendorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_vendor(
    State(site): State<Arc<Site>>,
    on: OnPage,
    Path(slug): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    Slug::parse(&slug).ok_or_else(|| Error::no_vendor(&slug))?;
    site.read_kept(&on, uri.path(), &headers).await
}

/// Incidents of one vendor, newest first.
#[utoipa::path(get, path = "/api/v1/vendors/{slug}/incidents", tag = "vendors",
    params(
        ("slug" = String, Path, description = "Identifier of the vendor."),
        ListParameters,
    ),
    responses(
        (status = 200, body = IncidentListBody),
        (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_vendor_incidents(
    State(site): State<Arc<Site>>,
    on: OnPage,
    Path(slug): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let slug = Slug::parse(&slug).ok_or_else(|| Error::no_vendor(&slug))?;
    let mut question = Question::parse(uri.query().unwrap_or_default(), true)?;
    if question == Question::default() {
        return site.read_kept(&on, uri.path(), &headers).await;
    }
    let target = Target::VendorIncidentsJson(slug.clone());
    question.filter.source = Some(slug);
    site.list(&on, &question, &target, &headers).await
}

/// Incidents of all sources, newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents",
    params(ListParameters),
    responses(
        (status = 200, body = IncidentListBody),
        (status = 400, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_incidents(
    State(site): State<Arc<Site>>,
    on: OnPage,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let question = Question::parse(uri.query().unwrap_or_default(), true)?;
    if question == Question::default() {
        return site.read_kept(&on, uri.path(), &headers).await;
    }
    site.list(&on, &question, &Target::IncidentsJson, &headers).await
}

/// Everything that is known of an incident.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier, twelve letters.")),
    responses(
        (status = 200, body = IncidentBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_incident(
    State(site): State<Arc<Site>>,
    on: OnPage,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    super::read_id(&id)?;
    site.read_kept(&on, uri.path(), &headers).await
}

/// The timeline of an incident: every change, who made it, when it was so and when we saw it.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/timeline", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier, twelve letters.")),
    responses(
        (status = 200, body = TimelineBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn load_timeline(
    State(site): State<Arc<Site>>,
    on: OnPage,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    super::read_id(&id)?;
    site.read_kept(&on, uri.path(), &headers).await
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "status", responses(
    (status = 200, description = "The document of the API, OpenAPI 3.1.", content_type = "application/json"),
))]
pub(crate) async fn load_openapi(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    Ok(site.openapi.answer(&headers))
}

/// Which incidents to list; what is absent does not restrict. Unknown parameters are refused.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names the parameters for the document; `Question` reads them")]
struct ListParameters {
    /// Words in title, components or updates.
    q: Option<String>,
    /// Slug of a vendor or environment.
    source: Option<String>,
    /// Incidents or maintenances only.
    #[param(value_type = Option<super::vocabulary::KindWord>)]
    kind: Option<String>,
    /// Of this grade only.
    #[param(value_type = Option<super::vocabulary::ImpactWord>)]
    impact: Option<String>,
    /// `open`, `scheduled` or `over`.
    state: Option<String>,
    /// Where the page begins: part of the `next` link of the page before.
    after: Option<String>,
}

impl Site {
    /// A document that is kept rendered for everybody; for one of the team, one that is made now and shows more.
    async fn read_kept(self: &Arc<Self>, on: &OnPage, path: &str, headers: &HeaderMap) -> Answer {
        let Some(member) = self.member(on, headers).await? else {
            return self.serve(&on.page, path, headers).await;
        };
        let target = Target::parse(path).ok_or_else(|| Error::no_page(path))?;
        let sight = self.member_sight(&member).await?;
        let _place = self.lists.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
        self.check_exists(&sight, &target).await?;
        Ok(unkept(self.render(&target, &sight).await?.answer(headers)))
    }

    async fn list(&self, on: &OnPage, question: &Question, target: &Target, headers: &HeaderMap) -> Answer {
        let member = self.member(on, headers).await?;
        let (_place, sight) = self.list_place(&on.page).await?;
        let sight = match &member {
            Some(member) => self.member_sight(member).await?,
            None => sight,
        };
        self.check_exists(&sight, target).await?;
        let text = self.incidents_json(&sight, question, target).await?;
        let answer = self.answer_once(Format::Json, &text, &sight, headers);
        Ok(if member.is_some() { unkept(answer) } else { answer })
    }

    /// The one of the team who asks: by a token, which has to be good, or by a session of the console, without
    /// which the public answer is given.
    async fn member(&self, on: &OnPage, headers: &HeaderMap) -> Result<Option<Actor>, Error> {
        if !on.is_main {
            return Ok(None);
        }
        if headers.contains_key(AUTHORIZATION) {
            return self.reader(headers).await.map(Some);
        }
        if !headers.contains_key(COOKIE) {
            return Ok(None);
        }
        match self.reader(headers).await {
            Ok(member) => Ok(Some(member)),
            Err(Error::Unauthenticated(_) | Error::Forbidden { .. } | Error::Unavailable(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
