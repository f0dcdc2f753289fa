//! Answers for the one who asked: written now, and kept by nobody.

use crate::error::Error;
use crate::load::json;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

/// A document.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Result<Response<Body>, Error> {
    let mut response = empty(status);
    *response.body_mut() = Body::from(json(body)?);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Nothing but a status.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
