//! What object stores are told goes through the guarded client.

use crate::http::{FetchError, Fetcher};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use std::fmt;
use std::pin::Pin;
use url::Url;

/// The guarded client, as `object_store` wants one.
#[derive(Clone)]
pub(super) struct Speaker(pub(super) Fetcher);

impl fmt::Debug for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Speaker")
    }
}

impl HttpConnector for Speaker {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Speaker {
    // What `async_trait` makes of `async fn call(&self, …)`.
    fn call<'life0, 'async_trait>(
        &'life0 self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.speak(request))
    }
}

impl Speaker {
    async fn speak(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string());
        let url = url.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let answer = self.0.exchange(head.method, &url, head.headers, reqwest::Body::wrap(body)).await;
        let (status, headers, body) = answer.map_err(|error| HttpError::new(kind(&error), error))?;
        let mut response = HttpResponse::new(body.into());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// What is worth trying again at once.
fn kind(error: &FetchError) -> HttpErrorKind {
    match error {
        FetchError::Connect { .. } | FetchError::Dns { .. } => HttpErrorKind::Connect,
        FetchError::Timeout { .. } => HttpErrorKind::Timeout,
        FetchError::Broken { .. } => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    }
}
