//! Subscribers of our pages, for those who may configure them: addresses are personal, so a token of scope `admin`
//! is needed even to read them. Whoever is added here is asked like anybody else; a list that was confirmed
//! elsewhere is imported with a note of where.

use super::answer::{answer, empty};
use super::body::subscriber::{ImportedBody, SubscriberBody, SubscriberCountBody, SubscriberListBody};
use super::request::{self, ImportRequest, SubscriberRequest};
use super::vocabulary::{self, shorten};
use super::write::read_body_up_to;
use crate::answer::ErrorBody;
use crate::auth::{Actor, Scope};
use crate::error::Error;
use crate::page::Page;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use domain::{Action, ComponentKey, Language, Place, Slug};
use std::sync::Arc;
use store::{Rhythm, SubscriberFilter, SubscriberKind, SubscriberState, Wishes};
use url::form_urlencoded;

type Answer = Result<Response<Body>, Error>;

/// Most subscribers in an answer.
pub(crate) const MOST: u32 = 100;
/// Longest body of an import: 10,000 addresses.
const IMPORT_LIMIT: usize = 2 << 20;
/// Most subscribers in one import, which is one transaction.
const IMPORT_MOST: usize = 10_000;

/// Subscribers in the order of their ids, and how many there are of each page, kind and state.
#[utoipa::path(get, path = "/api/v1/subscribers", tag = "subscribers", security(("token" = ["admin"])),
    params(
        ("page" = Option<String>, Query, description = "Slug of a page."),
        ("kind" = Option<String>, Query, description = "How they are reached."),
        ("state" = Option<String>, Query, description = "`pending`, `confirmed`, `quarantined` or `gone`."),
        ("q" = Option<String>, Query, description = "Letters of the address."),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses(
        (status = 200, body = SubscriberListBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn list_subscribers(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Answer {
    site.configurer(&headers).await?;
    let (filter, after) = read_filter(uri.query().unwrap_or_default())?;
    let _place = site.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
    let found = site.store.list_subscribers(&filter, &after, MOST).await;
    let found = found.map_err(|error| site.store_error(error))?;
    let counts = site.store.count_subscribers().await.map_err(|error| site.store_error(error))?;
    let is_full = found.len() == usize::try_from(MOST).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| is_full).map(|last| last.id.clone());
    let body = SubscriberListBody {
        counts: counts.iter().map(SubscriberCountBody::from).collect(),
        subscribers: found.iter().map(SubscriberBody::from).collect(),
        next,
    };
    answer(StatusCode::OK, &body)
}

/// Adds somebody, who is asked to confirm. The answer is the same whether the address was known.
#[utoipa::path(post, path = "/api/v1/subscribers", tag = "subscribers", request_body = SubscriberRequest,
    security(("token" = ["admin"])),
    responses(
        (status = 202, description = "The address is asked."),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn add_subscriber(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let actor = site.configurer(&parts.headers).await?;
    let bytes = read_body_up_to(body, request::LIMIT).await?;
    let request: SubscriberRequest = request::read(&parts.headers, &bytes)?;
    let page = site.asked_page(request.page.as_deref())?;
    let target = site.read_target(&request.kind, &request.target)?;
    let wishes = read_wishes(page, target.0, &request)?;
    site.add_subscriber(page, target, wishes, &actor).await?;
    Ok(empty(StatusCode::ACCEPTED))
}

/// Imports a list of subscribers who confirmed elsewhere: all of it, or nothing where one is wrong. Whoever is known
/// stays as they are, and whoever left stays away.
#[utoipa::path(post, path = "/api/v1/subscribers/import", tag = "subscribers", request_body = ImportRequest,
    security(("token" = ["admin"])),
    responses(
        (status = 200, body = ImportedBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn import_subscribers(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    let actor = site.configurer(&parts.headers).await?;
    let bytes = read_body_up_to(body, IMPORT_LIMIT).await?;
    let request: ImportRequest = request::read(&parts.headers, &bytes)?;
    let note = request.origin.trim();
    if note.is_empty() || request.subscribers.len() > IMPORT_MOST {
        let message = format!("`origin` is empty, or `subscribers` has more than {IMPORT_MOST} entries");
        return Err(Error::invalid(message, "say where they confirmed, and send long lists in parts"));
    }
    let origin = format!("{} ({})", shorten(note), actor.name);
    let mut list = Vec::with_capacity(request.subscribers.len());
    for (place, one) in request.subscribers.iter().enumerate() {
        let read = || {
            let page = site.asked_page(one.page.as_deref())?;
            let target = site.read_target(&one.kind, &one.target)?;
            let wishes = read_wishes(page, target.0, one)?;
            site.new_subscriber(page, target, wishes, &origin)
        };
        list.push(read().map_err(|error| match error {
            Error::Invalid { message, hint } => {
                Error::invalid(format!("`subscribers[{place}]`: {message}"), hint)
            }
            other => other,
        })?);
    }
    let imported = site.store.import_subscribers(list).await.map_err(|error| site.store_error(error))?;
    site.note_subscribing(&actor, "subscribers.imported", note).await?;
    answer(StatusCode::OK, &ImportedBody::from(imported))
}

/// Takes somebody off the list. Nothing is kept of them but a hash, by which an imported list leaves them out.
#[utoipa::path(delete, path = "/api/v1/subscribers/{id}", tag = "subscribers", security(("token" = ["admin"])),
    params(("id" = String, Path, description = "Identifier.")),
    responses(
        (status = 204, description = "They are off the list."),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn remove_subscriber(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let actor = site.configurer(&headers).await?;
    site.remove_subscriber(&id, &actor).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Takes somebody out of quarantine: messages are sent to them again.
#[utoipa::path(post, path = "/api/v1/subscribers/{id}/release", tag = "subscribers", security(("token" = ["admin"])),
    params(("id" = String, Path, description = "Identifier.")),
    responses(
        (status = 204, description = "They hear of what is published from now on."),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn release_subscriber(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let actor = site.configurer(&headers).await?;
    site.release_subscriber(&id, &actor).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

impl Site {
    async fn configurer(&self, headers: &HeaderMap) -> Result<Actor, Error> {
        let actor = self.bearer(headers, Scope::Admin).await?;
        actor.may(Action::Configure, Place::Everywhere)?;
        Ok(actor)
    }

    pub(crate) async fn remove_subscriber(&self, id: &str, actor: &Actor) -> Result<(), Error> {
        let reason = format!("removed by {}", actor.name);
        let ended = self.store.end_subscriber(id, &reason, self.config.clock.now()).await;
        if !ended.map_err(|error| self.store_error(error))? {
            return Err(no_subscriber(id));
        }
        self.note_subscribing(actor, "subscriber.removed", id).await
    }

    pub(crate) async fn release_subscriber(&self, id: &str, actor: &Actor) -> Result<(), Error> {
        self.store.release_subscriber(id).await.map_err(|error| match error {
            store::Error::NotFound => no_subscriber(id),
            other => self.store_error(other),
        })?;
        self.note_subscribing(actor, "subscriber.released", id).await
    }

    /// Has somebody asked on behalf of an operator.
    pub(crate) async fn add_subscriber(
        &self,
        page: &Page,
        target: (SubscriberKind, String),
        wishes: Wishes,
        actor: &Actor,
    ) -> Result<(), Error> {
        let subject = format!("{} on {}", target.0.as_str(), page.slug());
        self.ask_subscriber(page, target, wishes, &actor.name).await?;
        // Without the address, of which nothing is kept when its owner leaves.
        self.note_subscribing(actor, "subscriber.added", &subject).await
    }

    async fn note_subscribing(&self, actor: &Actor, action: &str, subject: &str) -> Result<(), Error> {
        let deed = actor.deed(self.config.clock.now(), action, subject, "");
        self.store.record_deed(deed).await.map_err(|error| self.store_error(error))
    }

    /// The page of that slug; the one at `/` where none is named.
    pub(crate) fn asked_page(&self, slug: Option<&str>) -> Result<&Page, Error> {
        let Some(text) = slug.filter(|text| !text.is_empty()) else { return Ok(self.main_page()) };
        let page = Slug::parse(text).and_then(|slug| self.page(&slug));
        let known: Vec<&str> = self.pages().iter().map(|page| page.slug().as_str()).collect();
        page.map(|page| &**page).ok_or_else(|| vocabulary::unknown_word("page", text, &known))
    }
}

/// What is wished of what the page has.
fn read_wishes(page: &Page, kind: SubscriberKind, request: &SubscriberRequest) -> Result<Wishes, Error> {
    let known = page.environments();
    let slugs: Vec<&str> = known.iter().map(|it| it.slug.as_str()).collect();
    let environment = |text: &String| {
        let known = Slug::parse(text).filter(|slug| slugs.contains(&slug.as_str()));
        known.ok_or_else(|| vocabulary::unknown_word("environment", text, &slugs))
    };
    let keys: Vec<&str> = known.iter().flat_map(|it| &it.components).map(|it| it.key.0.as_str()).collect();
    let component = |text: &String| {
        let known = keys.contains(&text.as_str()).then(|| ComponentKey(text.clone()));
        known.ok_or_else(|| vocabulary::unknown_word("component", text, &keys))
    };
    let language = request.language.as_deref().unwrap_or(page.config.language.tag());
    let language = Language::parse(language)
        .ok_or_else(|| vocabulary::unknown_word("language", language, &Language::ALL.map(Language::tag)))?;
    let rhythm = match request.rhythm.as_deref() {
        None | Some("each") => Rhythm::Each,
        Some("daily") if kind == SubscriberKind::Email => Rhythm::Daily,
        Some("daily") => {
            let message = "`rhythm` is `daily`, and only mail is sent once a day";
            return Err(Error::invalid(message, "use `each`"));
        }
        Some(other) => return Err(vocabulary::unknown_word("rhythm", other, &["each", "daily"])),
    };
    Ok(Wishes {
        environments: request.environments.iter().map(environment).collect::<Result<_, _>>()?,
        components: request.components.iter().map(component).collect::<Result<_, _>>()?,
        language: language.tag().to_owned(),
        rhythm,
    })
}

fn no_subscriber(id: &str) -> Error {
    Error::NotFound { what: "subscriber", name: shorten(id) }
}

/// Reads a question; unknown parameters are refused.
pub(crate) fn read_filter(query: &str) -> Result<(SubscriberFilter, String), Error> {
    let (mut filter, mut after) = (SubscriberFilter::default(), String::new());
    for (field, value) in form_urlencoded::parse(query.as_bytes()) {
        let words = |all: Vec<&'static str>| vocabulary::unknown_word(&field, &value, &all);
        match (field.as_ref(), value.as_ref()) {
            (_, "") => {}
            ("page", text) => {
                let slug = Slug::parse(text).ok_or_else(|| vocabulary::unknown_word("page", text, &[]))?;
                filter.page = Some(slug);
            }
            ("kind", text) => {
                let all = || words(SubscriberKind::ALL.iter().map(|kind| kind.as_str()).collect());
                filter.kind = Some(SubscriberKind::parse(text).ok_or_else(all)?);
            }
            ("state", text) => {
                let all = || words(SubscriberState::ALL.iter().map(|state| state.as_str()).collect());
                filter.state = Some(SubscriberState::parse(text).ok_or_else(all)?);
            }
            ("q", text) => filter.text = Some(text.chars().take(254).collect()),
            ("after", text) => text.clone_into(&mut after),
            (other, _) => {
                let known = ["page", "kind", "state", "q", "after"];
                return Err(vocabulary::unknown_word("the parameter", other, &known));
            }
        }
    }
    Ok((filter, after))
}
