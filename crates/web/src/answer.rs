//! The last touch of every answer: headers, request id, the body of errors, and the counters.
//!
//! An error is logged here and nowhere else, under the id that the answer names.

use crate::badge;
use crate::dispatch::on_page;
use crate::error::{Error, Outside};
use crate::gate;
use crate::headers::{self, REQUEST_ID};
use crate::metrics::Class;
use crate::page::Page;
use crate::pages;
use crate::rendered::{Format, Rendered, ascii_value};
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tower::ServiceExt as _;
use utoipa::ToSchema;

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What went wrong.
    pub(crate) error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// One word for programs.
    pub(crate) code: String,
    /// One sentence for people, naming field and value.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: String,
    /// Under which it is logged; the answer carries it as `X-Request-Id`, too.
    pub(crate) request_id: String,
}

/// Longest request id that is taken over from a client.
const ID_LIMIT: usize = 64;

/// The site, and what pages other than the one at `/` answer.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) site: Arc<Site>,
    pub(crate) page: Router,
}

/// Finds the page that is asked, and finishes every answer.
pub(crate) async fn finish(
    State(Front { site, page: router }): State<Front>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let found = site.other_page(request.headers(), request.uri());
    let Some((page, path)) = found.map(|(page, path)| (page, path.to_owned())) else {
        let page = Arc::clone(site.main_page());
        return answer(&site, &page, request, |request| next.run(request)).await;
    };
    on_page(&mut request, Arc::clone(&page), &path);
    let ask = |request| async { router.oneshot(request).await.unwrap_or_else(|never| match never {}) };
    answer(&site, &page, request, ask).await
}

async fn answer<F: Future<Output = Response<Body>> + Send>(
    site: &Arc<Site>,
    page: &Arc<Page>,
    request: Request,
    route: impl FnOnce(Request) -> F + Send,
) -> Response<Body> {
    let class = Class::of(request.uri().path());
    if !page.is_public() && is_of_the_page(&request, class) {
        let admitted = site.is_admitted(page, request.headers()).await;
        let refusal = match admitted {
            Ok(true) => return gate::unkept(finished(site, page, class, request, route).await),
            Ok(false) if badge::is_for_others(request.uri().path()) => Ok(badge::nothing()),
            Ok(false) if class == Class::Page => site.enter_page(page, false),
            Ok(false) => Err(Error::Unauthenticated("this page is not for everybody")),
            Err(error) => Err(error),
        };
        let refused = |_: Request| async { refusal.unwrap_or_else(IntoResponse::into_response) };
        return finished(site, page, class, request, refused).await;
    }
    finished(site, page, class, request, route).await
}

/// Whether a request asks for something that the page shows. What the team does beside it has its own doors.
fn is_of_the_page(request: &Request, class: Class) -> bool {
    let path = request.uri().path();
    match class {
        Class::Asset | Class::Console => false,
        Class::Service => !matches!(path, "/healthz" | "/readyz"),
        // Links of mails carry a secret of their own.
        Class::Page => {
            let by_mail = ["/confirm/", "/subscription/", "/unsubscribe/"];
            !matches!(path, gate::ENTER | "/robots.txt")
                && !by_mail.iter().any(|prefix| path.starts_with(prefix))
        }
        Class::Api => matches!(*request.method(), Method::GET | Method::HEAD),
    }
}

async fn finished<F: Future<Output = Response<Body>> + Send>(
    site: &Arc<Site>,
    page: &Arc<Page>,
    class: Class,
    request: Request,
    route: impl FnOnce(Request) -> F + Send,
) -> Response<Body> {
    if matches!(class, Class::Page | Class::Asset) {
        // The fast path: kept answers carry their headers, and need an id only if something went wrong.
        let uri = request.uri().clone();
        let mut response = route(request).await;
        if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
            let id = site.next_request_id();
            response = match *error {
                Error::NotFound { .. } if badge::is_for_others(uri.path()) => badge::nothing(),
                _ => site.error_page(page, &error, uri.path(), &id, response),
            };
        }
        headers::add_missing(response.headers_mut(), &site.common);
        site.metrics.answered(class, response.status());
        return response;
    }
    let id = given_id(request.headers()).unwrap_or_else(|| site.next_request_id());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = route(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        tracing::debug!(request.id = id, %method, path, code = error.outside().code, "request refused");
        response = match class {
            Class::Console => site.error_page(&site.team, &error, &path, &id, response),
            _ => error_document(&error, &id, response),
        };
    }
    response.headers_mut().insert(REQUEST_ID, ascii_value(&id));
    headers::add_missing(response.headers_mut(), &site.common);
    site.metrics.answered(class, response.status());
    response
}

impl Site {
    /// An id that no other request of this process has, and hardly one of another.
    fn next_request_id(&self) -> String {
        let number = self.request_count.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{number:x}", self.request_prefix)
    }

    fn error_page(
        &self,
        page: &Arc<Page>,
        error: &Error,
        path: &str,
        id: &str,
        response: Response<Body>,
    ) -> Response<Body> {
        let outside = log(error, id);
        let status = outside.status;
        let (message, hint) = (page.words().fault)(error);
        let input = pages::error::Input {
            status: status.as_u16(),
            sentence: &sentence(&message),
            // The lists that programs find under `/api/v1` are pages without it.
            hint: &sentence(&hint.replace("`/api/v1/", "`/")),
            request_id: id,
        };
        let now = self.config.clock.now();
        let text = pages::error::render(&self.shell(&page.sight_at(now), page.links.at(path)), &input)
            .unwrap_or_else(|failure| {
                tracing::error!(request.id = id, error = %failure, "error page not rendered");
                outside.message.clone()
            });
        let (parts, _) = response.into_parts();
        let mut page =
            Rendered::new(Format::Html, &text, now, &self.common).answer_as(status, &HeaderMap::new());
        page.headers_mut().remove(header::ETAG);
        page.headers_mut().extend(parts.headers);
        page.headers_mut().insert(REQUEST_ID, ascii_value(id));
        page.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        page
    }
}

fn error_document(error: &Error, id: &str, response: Response<Body>) -> Response<Body> {
    let outside = log(error, id);
    let body = ErrorBody {
        error: ErrorDetail {
            code: outside.code.to_owned(),
            message: outside.message,
            hint: outside.hint,
            request_id: id.to_owned(),
        },
    };
    // A body of strings cannot fail to be written.
    let text = serde_json::to_string_pretty(&body).unwrap_or_default() + "\n";
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(text))
}

/// The two messages: the whole chain goes to the log, the sentence to the caller.
fn log(error: &Error, id: &str) -> Outside {
    let outside = error.outside();
    if let Some(chain) = error.inside() {
        tracing::error!(request.id = id, code = outside.code, error = chain, "request failed");
    }
    outside
}

/// A request id of the client's, if it is plain enough to stand in a log and a header.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (!text.is_empty() && text.len() <= ID_LIMIT && plain).then(|| text.to_owned())
}

/// As pages write it: a capital letter, a full stop, and quotation marks where programs read marks of code.
pub(crate) fn sentence(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for (number, piece) in text.split('`').enumerate() {
        match number {
            0 => {}
            odd if odd % 2 == 1 => quoted.push('“'),
            _ => quoted.push('”'),
        }
        quoted.push_str(piece);
    }
    let mut letters = quoted.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if quoted.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("there is no page `/x`"), "There is no page “/x”.");
        assert_eq!(sentence("did you mean `title`?"), "Did you mean “title”?");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn only_a_plain_request_id_is_taken_over() {
        let given = |text: &'static str| {
            given_id(&HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_static(text))]))
        };
        assert_eq!(given("abc-123").as_deref(), Some("abc-123"));
        for text in ["", "a b", "a\"b", "<x>", &"x".repeat(65)] {
            let value = HeaderValue::from_str(text).expect("visible ASCII");
            assert_eq!(given_id(&HeaderMap::from_iter([(REQUEST_ID, value)])), None, "{text}");
        }
    }
}
