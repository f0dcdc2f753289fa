//! Writing. Every change needs a token with scope `write`, goes through `domain::decide`, and is answered
//! with the incident as it is right after it, once that is durable.

use super::answer::answer;
use super::body::incident::IncidentBody;
use super::held::{self, HeldBody};
use super::read_id;
use super::request::{
    self, BackfillRequest, LIMIT, MergeRequest, OpenRequest, PatchRequest, PublishRequest, TextRequest,
    UpdateRequest,
};
use crate::answer::ErrorBody;
use crate::auth::{Scope, address};
use crate::commands;
use crate::error::Error;
use crate::held::Held;
use crate::rendered::ascii_value;
use crate::site::Site;
use crate::snapshot::source_of;
use crate::sync::Change;
use crate::target::Target;
use crate::write::Wish;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use domain::{Command, Incident, IncidentId};
use std::sync::Arc;
use std::time::Duration;
use store::Committed;

type Answer = Result<Response<Body>, Error>;

/// Longest wait for a body.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens an incident or announces a maintenance of our own.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents",
    params(IdempotencyKey), request_body = OpenRequest, security(("token" = ["write"])),
    responses(
        (status = 201, body = IncidentBody),
        (status = 202, body = HeldBody, description = "held, with `hold_seconds`"),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn open_incident(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let asked = site.ask(request).await?;
    let body = site.filled(request::read::<OpenRequest>(&asked.headers, &asked.bytes)?).await?;
    if let Some(seconds) = body.hold_seconds.filter(|seconds| *seconds > 0) {
        let held = Held::Open { update: site.new_id(), request: Box::new(body) };
        return held::answer(StatusCode::ACCEPTED, &site.hold(&asked.wish, None, &held, seconds).await?);
    }
    let command = commands::open(&site.environments(), &body, site.fresh())?;
    let committed = site.open(&asked.wish, command).await?;
    site.answer_commit(StatusCode::CREATED, &committed, None).await
}

/// Records an incident or a maintenance that is over, for the history. Nobody is told.
#[utoipa::path(post, path = "/api/v1/incidents/backfill", tag = "incidents",
    params(IdempotencyKey), request_body = BackfillRequest, security(("token" = ["write"])),
    responses(
        (status = 201, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn backfill_incident(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let asked = site.ask(request).await?;
    let body: BackfillRequest = request::read(&asked.headers, &asked.bytes)?;
    let command = commands::backfill(&site.environments(), &body, site.new_id())?;
    let committed = site.open(&asked.wish, command).await?;
    site.answer_commit(StatusCode::CREATED, &committed, None).await
}

/// Changes title, grade, true window or schedule. What is absent stays as it is.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    request_body = PatchRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn change_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let id = read_id(&id)?;
    let body: PatchRequest = request::read(&asked.headers, &asked.bytes)?;
    let committed = site.change(&asked.wish, &id, |incident| commands::patch(incident, &body)).await?;
    site.answer_commit(StatusCode::OK, &committed, None).await
}

/// Posts an update.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/updates", tag = "updates",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    request_body = UpdateRequest, security(("token" = ["write"])),
    responses(
        (status = 201, body = IncidentBody),
        (status = 202, body = HeldBody, description = "held, with `hold_seconds`"),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn post_update(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let id = read_id(&id)?;
    let mut body: UpdateRequest = request::read(&asked.headers, &asked.bytes)?;
    if body.template.is_some() {
        body = site.filled_update(body, &site.load(&id).await?).await?;
    }
    if let Some(seconds) = body.hold_seconds.filter(|seconds| *seconds > 0) {
        let held = Held::Update { update: site.new_id(), request: body };
        return held::answer(StatusCode::ACCEPTED, &site.hold(&asked.wish, Some(&id), &held, seconds).await?);
    }
    let fresh = site.fresh();
    let commands = |incident: &Incident| {
        let environment = site.environment_of(incident);
        Ok(vec![commands::update(environment.as_ref(), incident, &body, fresh.clone())?])
    };
    let committed = site.change(&asked.wish, &id, commands).await?;
    site.answer_commit(StatusCode::CREATED, &committed, None).await
}

/// Changes the text of an update. The old version is kept and shown.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}/updates/{update}", tag = "updates",
    params(
        ("id" = String, Path, description = "Public identifier of the incident."),
        ("update" = String, Path, description = "Id of the update."),
        IdempotencyKey,
    ),
    request_body = TextRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn edit_update(
    State(site): State<Arc<Site>>,
    Path((id, update)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let body: TextRequest = request::read(&asked.headers, &asked.bytes)?;
    site.command(&asked, &id, &Command::EditUpdate { id: update, body: body.body }).await
}

/// Takes an update back. Its versions are kept in the timeline.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/updates/{update}", tag = "updates",
    params(
        ("id" = String, Path, description = "Public identifier of the incident."),
        ("update" = String, Path, description = "Id of the update."),
        IdempotencyKey,
    ),
    security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn withdraw_update(
    State(site): State<Arc<Site>>,
    Path((id, update)): Path<(String, String)>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    site.command(&asked, &id, &Command::WithdrawUpdate { id: update }).await
}

/// Publishes the postmortem, or a new version of it.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/postmortem", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    request_body = TextRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn publish_postmortem(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let body: TextRequest = request::read(&asked.headers, &asked.bytes)?;
    site.command(&asked, &id, &Command::PublishPostmortem { body: body.body }).await
}

/// Makes public what was internal, with a first public update: what was said inside stays inside.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/publish", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    request_body = PublishRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 202, body = HeldBody, description = "held, with `hold_seconds`"),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn publish_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let id = read_id(&id)?;
    let body: PublishRequest = request::read(&asked.headers, &asked.bytes)?;
    if let Some(seconds) = body.hold_seconds.filter(|seconds| *seconds > 0) {
        let held = Held::Publish { update: site.new_id(), request: body };
        return held::answer(StatusCode::ACCEPTED, &site.hold(&asked.wish, Some(&id), &held, seconds).await?);
    }
    let fresh = site.fresh();
    let commands = |incident: &Incident| Ok(vec![commands::publish(incident, &body, fresh.clone())?]);
    let committed = site.change(&asked.wish, &id, commands).await?;
    site.answer_commit(StatusCode::OK, &committed, None).await
}

/// Takes an incident off public pages, without taking it back.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/hide", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn hide_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    site.command(&asked, &id, &Command::Hide).await
}

/// Objects to what a machine would publish: it waits for a person.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/hold", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn hold_publication(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    site.command(&asked, &id, &Command::HoldPublication).await
}

/// Writes something down for the team. Never public.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/note", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    request_body = TextRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn note_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let body: TextRequest = request::read(&asked.headers, &asked.bytes)?;
    site.command(&asked, &id, &Command::Note { body: body.body }).await
}

/// Takes an incident of our own back. It is kept, and shown as taken back.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/withdraw", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn withdraw_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    site.command(&asked, &id, &Command::Withdraw).await
}

/// Undoes a withdrawal.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/restore", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn restore_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    site.command(&asked, &id, &Command::Restore).await
}

/// Merges an incident into another, in which it lives on.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/merge", tag = "incidents",
    params(("id" = String, Path, description = "Public identifier."), IdempotencyKey),
    request_body = MergeRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = IncidentBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn merge_incident(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let asked = site.ask(request).await?;
    let id = read_id(&id)?;
    let body: MergeRequest = request::read(&asked.headers, &asked.bytes)?;
    let into = commands::merge_target(&body)?;
    let committed = site.merge(&asked.wish, &id, &into).await?;
    site.answer_commit(StatusCode::OK, &committed, Some(&into)).await
}

/// Makes a request safe to repeat: the same key again is answered as the first time, and done once.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "names the header for the document; `Wish` reads it")]
struct IdempotencyKey {
    /// Any 1 to 200 letters and digits of the caller's own, new for each new request.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

/// A request that may change something.
pub(super) struct Asked {
    pub(super) wish: Wish,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
}

impl Site {
    /// Who asks is settled before a byte of the body is read.
    pub(super) async fn ask(&self, request: Request) -> Result<Asked, Error> {
        self.ask_up_to(request, LIMIT).await
    }

    /// The same with a body of this length at most.
    pub(super) async fn ask_up_to(&self, request: Request, limit: usize) -> Result<Asked, Error> {
        self.read_asked(request, Scope::Write, limit).await
    }

    /// The same of something that needs more than `write`.
    pub(super) async fn ask_as(&self, request: Request, scope: Scope) -> Result<Asked, Error> {
        self.read_asked(request, scope, LIMIT).await
    }

    async fn read_asked(&self, request: Request, scope: Scope, limit: usize) -> Result<Asked, Error> {
        let mut who = self.bearer(request.headers(), scope).await?;
        let (parts, body) = request.into_parts();
        who.address = address(&parts.extensions);
        let bytes = read_body_up_to(body, limit).await?;
        let what = format!("{} {}", parts.method, parts.uri.path());
        let wish = Wish::read(who, &parts.headers, &what, &bytes)?;
        Ok(Asked { wish, headers: parts.headers, bytes })
    }

    async fn command(&self, asked: &Asked, id: &str, command: &Command) -> Answer {
        let id = read_id(id)?;
        let committed = self.change(&asked.wish, &id, |_| Ok(vec![command.clone()])).await?;
        self.answer_commit(StatusCode::OK, &committed, None).await
    }

    async fn answer_commit(
        &self,
        status: StatusCode,
        committed: &Committed,
        other: Option<&IncidentId>,
    ) -> Answer {
        let ids = [Some(&committed.incident), other].into_iter().flatten();
        let changes: Vec<Change> = ids.map(|id| Change::Incident(id.clone())).collect();
        self.take_now(&changes).await;
        let (incident, at) = self.as_committed(committed).await?;
        let body = IncidentBody::new(&incident, &self.subject_of(&incident), at);
        let mut response = answer(status, &body)?;
        let headers = response.headers_mut();
        if status == StatusCode::CREATED {
            let path = Target::IncidentJson(committed.incident.clone()).path();
            headers.insert(header::LOCATION, ascii_value(&path));
        }
        if committed.repeated {
            headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    /// Name of the vendor or environment of an incident.
    pub(crate) fn subject_of(&self, incident: &Incident) -> String {
        let (source, own) = source_of(&incident.origin);
        let snapshot = self.snapshot.load();
        let name = if own {
            self.environment(source).map(|known| known.name)
        } else {
            snapshot.vendor(source).map(|known| known.name().to_owned())
        };
        name.unwrap_or_else(|| source.to_string())
    }
}

/// Reads a body that is not too long and does not take too long.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, Error> {
    read_body_up_to(body, LIMIT).await
}

/// The same with another limit.
pub(crate) async fn read_body_up_to(body: Body, limit: usize) -> Result<Bytes, Error> {
    read_within(PATIENCE, body, limit).await
}

async fn read_within(patience: Duration, body: Body, limit: usize) -> Result<Bytes, Error> {
    let read = tokio::time::timeout(patience, to_bytes(body, limit)).await;
    let message = "the body did not arrive in time";
    let read = read.map_err(|_| Error::invalid(message, "send it at once"))?;
    read.map_err(|_| Error::TooLarge { limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_never_comes_or_never_ends_is_not_waited_for() {
        let never = futures_util::stream::pending::<Result<Bytes, axum::Error>>();
        let moment = Duration::from_millis(1);
        let left = read_within(moment, Body::from_stream(never), 10).await;
        assert!(matches!(left, Err(Error::Invalid { .. })), "{left:?}");
        let endless = futures_util::stream::repeat_with(|| Ok::<_, axum::Error>(Bytes::from_static(b"drop")));
        let refused = read_body_up_to(Body::from_stream(endless), 10).await;
        assert!(matches!(refused, Err(Error::TooLarge { limit: 10 })), "{refused:?}");
    }
}
