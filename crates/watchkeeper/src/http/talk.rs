//! Speaking to a program that the operator or a subscriber named, through the same guard as fetching.
//!
//! Never follows a redirect: headers and body are for the one who was named.

use super::{FetchError, Fetcher, Phase, headers};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// What a program said, whether it liked what it was told or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Code of the answer.
    pub status: u16,
    /// How long it asks us to wait; at most a day.
    pub retry_after: Option<Duration>,
    /// What came with it.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether it took what it was told.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn taken(self) -> Result<Vec<u8>, FetchError> {
        if self.is_success() {
            return Ok(self.body);
        }
        Err(FetchError::Status { code: self.status, retry_after: self.retry_after })
    }
}

impl Fetcher {
    /// Sends JSON, and gives the answer if it was taken.
    pub async fn post_json(&self, url: &Url, extra: &HeaderMap, body: String) -> Result<Vec<u8>, FetchError> {
        let mut all = extra.clone();
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.speak(Method::POST, url, all, body.into_bytes()).await?.taken()
    }

    /// Sends a request as it is, and gives the answer as it came.
    pub async fn speak(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, FetchError> {
        let (status, headers, body) = self.exchange(method, url, headers, body).await?;
        Ok(Answer { status: status.as_u16(), retry_after: headers::retry_after(&headers), body })
    }

    /// The same with all headers of the answer, for a protocol that is spoken elsewhere.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: impl Into<reqwest::Body>,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), FetchError> {
        let client = self.client_for(url, url)?;
        let sending = client.request(method, url.clone()).headers(headers).body(body);
        let all = async {
            let mut answer = sending.send().await.map_err(|error| self.broken(&error, url))?;
            let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
            Ok((status, headers, self.body(answer, url).await?))
        };
        let too_long = |_| FetchError::Timeout { phase: Phase::Total, after: self.limits.total };
        timeout(self.limits.total, all).await.map_err(too_long)?
    }
}
