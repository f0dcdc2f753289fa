//! A vendor's site: it answers as a platform behind a content network does, with validators, and packed
//! for those who can unpack.
//!
//! This module never asks a clock of its own: it shows what the handed one says.

use super::document::Document;
use super::html;
use super::story::Story;
use super::vendor::{Trouble, Vendor};
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, RETRY_AFTER, VARY,
};
use axum::http::response::Builder;
use axum::http::{HeaderMap, HeaderName, Response, StatusCode};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;

/// A vendor's site at its address.
pub(super) struct Site {
    pub(super) vendor: &'static Vendor,
    pub(super) story: Story,
    /// Address without a slash at the end.
    pub(super) base: String,
}

impl Site {
    /// What stands at `path`, if anything does.
    pub(super) fn document(&self, path: &str, now: Timestamp) -> Option<Document> {
        (self.vendor.document)(&self.story, &self.base, path, now)
            .or_else(|| html::document(&self.story, self.vendor.feed, path, now))
    }

    /// The answer to a request.
    pub(super) fn answer(&self, path: &str, headers: &HeaderMap, now: Timestamp) -> Response<Body> {
        let trouble = (self.vendor.trouble)(now);
        if trouble == Some(Trouble::Unavailable) {
            let answer = Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).header(RETRY_AFTER, 60);
            return finish(answer, Body::from("upstream unavailable\n"));
        }
        let Some(document) = self.document(path, now) else {
            return finish(Response::builder().status(StatusCode::NOT_FOUND), Body::from("not found\n"));
        };
        if trouble == Some(Trouble::CutOff) {
            let body = document.body.as_bytes();
            let answer = Response::builder().header(CONTENT_TYPE, document.media_type);
            return finish(answer, Body::from(body[..body.len() * 3 / 5].to_vec()));
        }
        conditional(document, headers, self.story.changed_at(now))
    }
}

/// The document, or 304 for those who have it.
fn conditional(document: Document, headers: &HeaderMap, changed_at: Timestamp) -> Response<Body> {
    let tag = tag(&document.body);
    let answer = Response::builder()
        .header(ETAG, &tag)
        .header(LAST_MODIFIED, changed_at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .header(CACHE_CONTROL, "public, max-age=30")
        .header(VARY, "Accept-Encoding");
    if is_known(headers, &tag, changed_at) {
        return finish(answer.status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let answer = answer.header(CONTENT_TYPE, document.media_type);
    if header(headers, &ACCEPT_ENCODING).is_some_and(|accepted| accepted.contains("gzip")) {
        return finish(answer.header(CONTENT_ENCODING, "gzip"), Body::from(pack(&document.body)));
    }
    finish(answer, Body::from(document.body))
}

/// A tag, where one is given, outweighs a date.
fn is_known(headers: &HeaderMap, tag: &str, changed_at: Timestamp) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if let Some(tags) = header(headers, &IF_NONE_MATCH) {
        return tags.split(',').any(|known| known.trim() == "*" || bare(known) == bare(tag));
    }
    let since = header(headers, &IF_MODIFIED_SINCE).and_then(|since| rfc2822::parse(since).ok());
    since.is_some_and(|since| changed_at.as_second() <= since.timestamp().as_second())
}

/// Weak, since packed and unpacked share it.
fn tag(body: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(body).iter().take(16) {
        let _ = write!(hex, "{byte:02x}");
    }
    format!("W/\"{hex}\"")
}

fn pack(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(body.as_bytes()).and_then(|()| encoder.finish());
    packed.expect("writing to memory does not fail")
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn finish(answer: Builder, body: Body) -> Response<Body> {
    answer.body(body).expect("every header is made here, of plain characters")
}
