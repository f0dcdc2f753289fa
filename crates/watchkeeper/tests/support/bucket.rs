//! An object store on loopback: what is put is kept in memory. It answers as S3, Google and Azure answer to what we
//! ask of them, and refuses whoever does not sign.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The store. It is gone when this is dropped.
pub(crate) struct FakeBucket {
    /// Where it is.
    pub(crate) endpoint: String,
    shared: Shared,
    serving: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Shared {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    written: Arc<Mutex<Vec<String>>>,
    broken: Arc<Mutex<bool>>,
}

impl FakeBucket {
    /// An empty one.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Shared::default();
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { endpoint, shared, serving }
    }

    /// What is kept, by bucket and path.
    pub(crate) fn objects(&self) -> BTreeMap<String, Bytes> {
        self.shared.objects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was written since this was last asked.
    pub(crate) fn take_written(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on it answers everything with 403, or no longer.
    pub(crate) fn break_down(&self, broken: bool) {
        *self.shared.broken.lock().unwrap_or_else(PoisonError::into_inner) = broken;
    }
}

impl Drop for FakeBucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let signed = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = uri.path().trim_start_matches('/').replace("%2F", "/").replace("%2E", ".");
    let ways = ["AWS4-HMAC-SHA256 Credential=", "SharedKey "];
    // Google's keys are exchanged for a token elsewhere; the one of the tests says that none is needed.
    let is_signed = ways.iter().any(|way| signed.starts_with(way)) || path.split('/').next() == Some("two");
    if !is_signed || *shared.broken.lock().unwrap_or_else(PoisonError::into_inner) {
        return (StatusCode::FORBIDDEN, "<Error><Code>AccessDenied</Code></Error>").into_response();
    }
    let mut objects = shared.objects.lock().unwrap_or_else(PoisonError::into_inner);
    let tag = [(header::ETAG, "\"1\""), (header::LAST_MODIFIED, "Mon, 23 Nov 2026 01:00:00 GMT")];
    match method {
        Method::PUT => {
            shared.written.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
            objects.insert(path, body);
            (StatusCode::CREATED, tag).into_response()
        }
        Method::DELETE => match objects.remove(&path) {
            Some(_) => StatusCode::ACCEPTED.into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Method::GET if uri.query().is_some_and(|query| query.contains("list-type=2")) => {
            listing(&objects, &path, uri.query().unwrap_or_default()).into_response()
        }
        Method::GET => match objects.get(&path) {
            Some(bytes) => (tag, bytes.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        // Azure takes a list of what is to go.
        Method::POST if uri.query().is_some_and(|query| query.contains("comp=batch")) => {
            let body = String::from_utf8_lossy(&body);
            let gone = body.lines().find_map(|line| line.strip_prefix("DELETE /")?.strip_suffix(" HTTP/1.1"));
            let gone = gone.and_then(|path| objects.remove(path));
            let status = if gone.is_some() { "202 Accepted" } else { "404 Not Found" };
            let part =
                format!("Content-Type: application/http\r\nContent-ID: 0\r\n\r\nHTTP/1.1 {status}\r\n\r\n");
            let body = format!("--b\r\n{part}\r\n--b--\r\n");
            (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "multipart/mixed; boundary=b")], body)
                .into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// What S3 says of the files below a folder.
fn listing(objects: &BTreeMap<String, Bytes>, bucket: &str, query: &str) -> String {
    let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
    let whole = format!("{bucket}/{}", prefix.replace("%2F", "/"));
    let files = objects.iter().filter(|(path, _)| path.starts_with(&whole)).map(|(path, bytes)| {
        format!(
            "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-11-23T01:00:00Z</LastModified></Contents>",
            &path[bucket.len() + 1..],
            bytes.len()
        )
    });
    format!(
        "<ListBucketResult>{}<IsTruncated>false</IsTruncated></ListBucketResult>",
        files.collect::<String>()
    )
}
