//! What pages show. No header and no cookie changes what is served, and no query makes a place in the
//! cache.

use crate::dispatch::OnPage;
use crate::error::Error;
use crate::headers::{AS_OF, SANDBOX};
use crate::load::Question;
use crate::page::Page;
use crate::pages;
use crate::rendered::{Format, Rendered, ascii_value};
use crate::sight::Sight;
use crate::site::Site;
use crate::target::Target;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use domain::{ComponentState, IncidentId, Slug};
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

/// Longest wait for a place among those whose lists are put together.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest query that is read, in bytes.
const QUERY_LIMIT: usize = 2_048;

/// A page, a document or the feed, by its path.
pub(crate) async fn page(
    State(site): State<Arc<Site>>,
    on: OnPage,
    request: Request,
) -> Result<Response<Body>, Error> {
    // Taken apart, not copied: this is the fast path.
    let (Parts { method, uri, headers, .. }, _) = request.into_parts();
    if method == Method::OPTIONS && uri.path().starts_with("/api/v2/") {
        return Ok(preflight());
    }
    if method != Method::GET && method != Method::HEAD {
        return Err(Error::Method);
    }
    let query = uri.query().unwrap_or_default();
    if !query.is_empty()
        && query.len() <= QUERY_LIMIT
        && let Some(answer) = site.answer_query(&on.page, uri.path(), query, &headers).await?
    {
        return Ok(answer);
    }
    site.serve(&on.page, uri.path(), &headers).await
}

impl Site {
    /// The answer to a query, where the page knows one; else the page without it is the answer.
    async fn answer_query(
        &self,
        page: &Arc<Page>,
        path: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Response<Body>>, Error> {
        match Target::parse(path) {
            Some(Target::Incidents) => {
                let question = Question::parse(query, false)?;
                if question == Question::default() {
                    return Ok(None);
                }
                let (_place, sight) = self.list_place(page).await?;
                let text = self.incidents_page(&sight, &question).await?;
                Ok(Some(self.answer_once(Format::Html, &text, &sight, headers)))
            }
            Some(Target::Vendors) if page.config.vendors => {
                let filter = read_vendor_filter(query);
                if filter == pages::vendors::Filter::default() {
                    return Ok(None);
                }
                let (_place, sight) = self.list_place(page).await?;
                let text = self.vendors_page(&sight, filter, &format!("?{query}")).await?;
                Ok(Some(self.answer_once(Format::Html, &text, &sight, headers)))
            }
            Some(Target::History) => {
                let Some(year) = read_year(query) else { return Ok(None) };
                let (_place, sight) = self.list_place(page).await?;
                let text = self.history_page(&sight, Some(year)).await?;
                Ok(Some(self.answer_once(Format::Html, &text, &sight, headers)))
            }
            Some(Target::Raw(slug)) => {
                let Some((before, after)) = read_pair(query) else { return Ok(None) };
                let (_place, sight) = self.list_place(page).await?;
                let text = self.raw_page(&sight, &slug, Some((&before, &after))).await?;
                Ok(Some(self.answer_once(Format::Html, &text, &sight, headers)))
            }
            _ => Ok(None),
        }
    }

    /// A place among those whose lists are put together for them alone, and what lists are made of.
    pub(crate) async fn list_place(
        &self,
        page: &Arc<Page>,
    ) -> Result<(tokio::sync::SemaphorePermit<'_>, Sight), Error> {
        let place = tokio::time::timeout(PATIENCE, self.lists.acquire()).await;
        let place = place.map_err(|_| Error::Busy)?.map_err(|error| Error::Internal(Box::new(error)))?;
        Ok((place, self.sight_or_old(page).await?))
    }

    /// An answer that is not kept.
    pub(crate) fn answer_once(
        &self,
        format: Format,
        text: &str,
        sight: &Sight,
        headers: &HeaderMap,
    ) -> Response<Body> {
        let mut response = Rendered::new(format, text, sight.as_of, &self.common).answer(headers);
        if self.pause().is_some() {
            response.headers_mut().insert(AS_OF, ascii_value(&sight.as_of.to_string()));
        }
        response
    }
}

/// What a browser asks before a page of others reads a document with headers of its own.
fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// A style, script or icon.
pub(crate) async fn asset(
    State(site): State<Arc<Site>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response<Body>, Error> {
    let asset = site.assets.get(uri.path()).ok_or_else(|| Error::no_page(uri.path()))?;
    Ok(asset.answer(&headers))
}

/// The other address of an incident, which names its vendor: every incident has one page.
pub(crate) async fn vendor_incident(
    State(site): State<Arc<Site>>,
    on: OnPage,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response<Body>, Error> {
    let parsed = Slug::parse(&slug).zip(IncidentId::parse(&id));
    let (slug, id) = parsed.ok_or_else(|| Error::no_incident(&id))?;
    let known = site.find(&site.sight_or_old(&on.page).await?, &id).await?;
    if known.is_own() || known.source() != &slug {
        return Err(Error::no_incident(&id));
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(header::LOCATION, ascii_value(&on.page.links.incident(&id)));
    Ok(response)
}

/// A raw body as it came. It is foreign: it is never shown as anything but text, and may do nothing.
pub(crate) async fn raw_body(
    State(site): State<Arc<Site>>,
    on: OnPage,
    Path((slug, hash)): Path<(String, String)>,
) -> Result<Response<Body>, Error> {
    let slug = Slug::parse(&slug).ok_or_else(|| Error::no_vendor(&slug))?;
    let bytes = site.raw_body(&site.sight(&on.page).await?, &slug, &hash).await?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let file = ascii_value(&format!("attachment; filename=\"{slug}-{}.txt\"", &hash[..12]));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, file);
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    // The address holds the hash of what is behind it.
    let keeping = HeaderValue::from_static("public, max-age=86400, immutable");
    headers.insert(header::CACHE_CONTROL, keeping);
    Ok(response)
}

fn read_vendor_filter(query: &str) -> pages::vendors::Filter {
    let mut filter = pages::vendors::Filter::default();
    for (field, value) in form_urlencoded::parse(query.as_bytes()) {
        match (field.as_ref(), value.trim()) {
            (_, "") => {}
            ("q", text) => filter.text = text.chars().take(100).collect(),
            ("state", word) => {
                filter.state = ComponentState::ALL.into_iter().find(|state| state.as_str() == word);
            }
            ("open", "1") => filter.open_only = true,
            _ => {}
        }
    }
    filter
}

fn read_year(query: &str) -> Option<i16> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "year").and_then(|(_, year)| year.parse().ok())
}

fn read_pair(query: &str) -> Option<(String, String)> {
    let field = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.chars().take(64).collect())
    };
    Some((field("before")?, field("after")?))
}
