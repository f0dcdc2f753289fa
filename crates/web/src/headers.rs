//! The headers that every answer carries, made once at start. No header is taken from a request.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

/// No script, style or image from elsewhere, none inline, no frame around us.
pub const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";
/// For bodies that others wrote: even if a browser can be talked into showing one, it may do nothing.
pub const SANDBOX: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// When the served bytes were true, where they are older than they should be.
pub const AS_OF: HeaderName = HeaderName::from_static("x-watchkeeper-as-of");
/// Joins an answer to its line in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const HALF_A_YEAR: &str = "max-age=15552000";

/// The common headers. With `https`, browsers are told to come back by https only; a site that is also
/// reached by plain http must not say so.
pub fn common(https: bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: with it, browsers send `Origin: null` with our own forms, which the console refuses.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HALF_A_YEAR));
    }
    headers
}

/// The policy of what may stand in frames on pages of these origins; of all where nothing is said.
pub fn content_security_framed_by(origins: Option<&[String]>) -> HeaderValue {
    let ancestors = match origins {
        None => "*".to_owned(),
        Some([]) => "'none'".to_owned(),
        Some(origins) => origins.join(" "),
    };
    let ours = CONTENT_SECURITY.trim_end_matches("'none'");
    HeaderValue::from_str(&format!("{ours}{ancestors}")).unwrap_or(HeaderValue::from_static(CONTENT_SECURITY))
}

/// Adds the common headers where the answer has not set its own.
pub fn add_missing(headers: &mut HeaderMap, common: &HeaderMap) {
    for (name, value) in common {
        // What has a policy of its own says there who may frame it.
        if name == X_FRAME_OPTIONS && headers.contains_key(CONTENT_SECURITY_POLICY) {
            continue;
        }
        headers.entry(name).or_insert_with(|| value.clone());
    }
}
