//! Speaking to a program that the operator named, with headers of theirs, through the same guard as fetching.
//!
//! Never follows a redirect: headers and body are for the one who was named.

use super::{FetchError, Fetcher, Phase, headers};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::timeout;
use url::Url;

impl Fetcher {
    /// Sends JSON, and gives the answer if it was taken.
    pub async fn post_json(&self, url: &Url, extra: &HeaderMap, body: String) -> Result<Vec<u8>, FetchError> {
        let client = self.client_for(url, url)?;
        let sending = client
            .post(url.clone())
            .headers(extra.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body);
        self.answer(sending, url).await
    }

    /// Asks for JSON, with these headers.
    pub async fn get_json(&self, url: &Url, extra: &HeaderMap) -> Result<Vec<u8>, FetchError> {
        let client = self.client_for(url, url)?;
        self.answer(client.get(url.clone()).headers(extra.clone()), url).await
    }

    async fn answer(&self, sending: reqwest::RequestBuilder, url: &Url) -> Result<Vec<u8>, FetchError> {
        let all = async {
            let answer = sending.send().await.map_err(|error| self.broken(&error, url))?;
            if !answer.status().is_success() {
                let retry_after = headers::retry_after(answer.headers());
                return Err(FetchError::Status { code: answer.status().as_u16(), retry_after });
            }
            self.body(answer, url).await
        };
        let too_long = |_| FetchError::Timeout { phase: Phase::Total, after: self.limits.total };
        timeout(self.limits.total, all).await.map_err(too_long)?
    }
}
