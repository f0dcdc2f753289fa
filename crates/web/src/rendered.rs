//! One rendered answer: bytes compressed once, headers made once, so that serving it is copying a few
//! pointers. It never looks at a clock; it knows the instant of which it speaks.

use crate::assets::Asset;
use crate::headers;
use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY, X_FRAME_OPTIONS,
};
use axum::http::{Response, StatusCode};
use domain::Timestamp;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{Read, Write as _};

/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// A document of the API.
    Json,
    /// A document that pages of others may read from a browser, too.
    OpenJson,
    /// The feed.
    Atom,
    /// The feed as RSS.
    Rss,
    /// The feed as JSON.
    JsonFeed,
    /// A picture.
    Svg,
}

impl Format {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::OpenJson => "application/json; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::JsonFeed => "application/feed+json",
            Self::Svg => "image/svg+xml",
        })
    }
}

/// A rendered answer.
#[derive(Debug)]
pub struct Rendered {
    /// The instant of which it speaks.
    pub as_of: Timestamp,
    gzip: Bytes,
    length: usize,
    /// Quoted hash of the text, the tag of the compressed form.
    tag: HeaderValue,
    /// Quoted hash with a mark, the tag of the plain form: a strong tag belongs to one sequence of bytes.
    plain_tag: HeaderValue,
    headers: HeaderMap,
}

impl Rendered {
    /// Compresses `text` and prepares its headers on top of the `common` ones.
    pub fn new(format: Format, text: &str, as_of: Timestamp, common: &HeaderMap) -> Self {
        // Kept by browsers, but asked for each time: the tag makes that cheap and never stale.
        let keeping = HeaderValue::from_static("no-cache");
        let mut rendered = Self::of_bytes(format.content_type(), keeping, text.as_bytes(), as_of, common);
        if format == Format::OpenJson {
            rendered.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        rendered
    }

    /// A file of the program, under a name that changes with its bytes: it may be kept for ever.
    pub fn of_asset(asset: &Asset, common: &HeaderMap) -> Self {
        Self::of_file(asset.content_type, asset.bytes, common)
    }

    /// Any file under such a name.
    pub fn of_file(content_type: &'static str, bytes: &[u8], common: &HeaderMap) -> Self {
        let keeping = HeaderValue::from_static("public, max-age=31536000, immutable");
        let kind = HeaderValue::from_static(content_type);
        Self::of_bytes(kind, keeping, bytes, Timestamp::UNIX_EPOCH, common)
    }

    /// The same for frames on pages of these origins; of all where nothing is said.
    #[must_use]
    pub fn framed_by(mut self, origins: Option<&[String]>) -> Self {
        self.headers.insert(CONTENT_SECURITY_POLICY, headers::content_security_framed_by(origins));
        // The older header knows no list of origins; browsers that know the policy do without it.
        self.headers.remove(X_FRAME_OPTIONS);
        self
    }

    fn of_bytes(
        content_type: HeaderValue,
        keeping: HeaderValue,
        bytes: &[u8],
        as_of: Timestamp,
        common: &HeaderMap,
    ) -> Self {
        let hash = short_hash(bytes);
        let mut headers = common.clone();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, keeping);
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        Self {
            as_of,
            gzip: compress(bytes),
            length: bytes.len(),
            tag: ascii_value(&format!("\"{hash}\"")),
            plain_tag: ascii_value(&format!("\"{hash}-plain\"")),
            headers,
        }
    }

    /// Bytes that it holds in memory, with an allowance for its headers and its place in the map.
    pub fn weight(&self) -> usize {
        self.gzip.len() + 1_024
    }

    /// Answers a request for it.
    pub fn answer(&self, request: &HeaderMap) -> Response<Body> {
        self.answer_as(StatusCode::OK, request)
    }

    /// Answers with another status, for pages that tell of an error.
    pub fn answer_as(&self, status: StatusCode, request: &HeaderMap) -> Response<Body> {
        let compressed = accepts_gzip(request);
        let tag = if compressed { &self.tag } else { &self.plain_tag };
        let known = status == StatusCode::OK && knows(request, &self.tag, &self.plain_tag);
        let mut response = Response::new(match (known, compressed) {
            (true, _) => Body::empty(),
            (false, true) => Body::from(self.gzip.clone()),
            (false, false) => Body::from(self.plain()),
        });
        *response.status_mut() = if known { StatusCode::NOT_MODIFIED } else { status };
        let headers = response.headers_mut();
        headers.clone_from(&self.headers);
        headers.insert(ETAG, tag.clone());
        if compressed && !known {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// The text again. Few clients ask for it uncompressed, so it is not kept.
    pub fn plain(&self) -> Bytes {
        let mut text = Vec::with_capacity(self.length);
        let limit = u64::try_from(self.length).unwrap_or(u64::MAX);
        let read = GzDecoder::new(&self.gzip[..]).take(limit).read_to_end(&mut text);
        debug_assert!(read.is_ok(), "we compressed it ourselves");
        Bytes::from(text)
    }
}

fn compress(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4 + 64), Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    Bytes::from(written.unwrap_or_default())
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    let accepts = |value: &HeaderValue| {
        value.to_str().is_ok_and(|text| {
            text.split(',').any(|coding| {
                let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
                name.trim().eq_ignore_ascii_case("gzip") && !refused(quality)
            })
        })
    };
    request.get_all(ACCEPT_ENCODING).iter().any(accepts)
}

/// `q=0` in any of its spellings.
fn refused(quality: &str) -> bool {
    quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
}

fn knows(request: &HeaderMap, tag: &HeaderValue, plain_tag: &HeaderValue) -> bool {
    request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|candidate| {
            let candidate = candidate.strip_prefix("W/").unwrap_or(candidate).as_bytes();
            candidate == b"*" || candidate == tag.as_bytes() || candidate == plain_tag.as_bytes()
        })
    })
}

/// 128 bits of the hash, in hex: enough that no two texts of ours share one.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A header value of text that is known to be ASCII without control characters.
pub(crate) fn ascii_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Rendered {
        Rendered::new(Format::Html, &"x".repeat(500), Timestamp::UNIX_EPOCH, &crate::headers::common(false))
    }

    fn request(pairs: &[(axum::http::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn gzip_goes_to_those_who_accept_it_and_plain_text_to_the_rest() {
        let page = page();
        let cases = [
            ("gzip", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("GZIP", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("", false),
        ];
        for (accepted, compressed) in cases {
            let response = page.answer(&request(&[(ACCEPT_ENCODING, accepted)]));
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), compressed, "{accepted}");
        }
        assert_eq!(page.plain(), "x".repeat(500));
    }

    #[test]
    fn a_known_tag_is_answered_without_a_body() {
        let page = page();
        let first = page.answer(&request(&[(ACCEPT_ENCODING, "gzip")]));
        let tag = first.headers()[ETAG].clone();
        let plain_tag = page.answer(&HeaderMap::new()).headers()[ETAG].clone();
        assert_ne!(tag, plain_tag);
        for known in [tag, plain_tag, HeaderValue::from_static("\"other\", *")] {
            let request = HeaderMap::from_iter([(IF_NONE_MATCH, known)]);
            assert_eq!(page.answer(&request).status(), StatusCode::NOT_MODIFIED);
        }
        let other = page.answer(&request(&[(IF_NONE_MATCH, "\"other\"")]));
        assert_eq!(other.status(), StatusCode::OK);
    }
}
