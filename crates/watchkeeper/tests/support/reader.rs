//! Somebody who reads pages and uses the API.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;

/// Longest wait for an answer. A request that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A reader of one node.
#[derive(Clone)]
pub(crate) struct Reader {
    base: String,
    client: Client,
}

/// What came back, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header as text, empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Reader {
    /// A reader of the node at this address.
    pub(crate) fn of(address: SocketAddr) -> Self {
        // Fails if there is a provider already, which is what we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { base: format!("http://{address}"), client }
    }

    /// Asks for a path, redirects followed.
    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Answer> {
        let response = self.client.get(format!("{}{path}", self.base)).send().await?;
        read(response).await
    }

    /// The same where there must be an answer.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.unwrap_or_else(|error| panic!("`{path}`: {error}"))
    }

    /// A page or document that must be there.
    pub(crate) async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "`{path}`: {}", answer.text);
        answer.text
    }

    /// A JSON document that must be there.
    pub(crate) async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path).await).expect("JSON")
    }

    /// Sends a body with a token, under an idempotency key if there is one.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        key: Option<&str>,
        body: &Value,
    ) -> reqwest::Result<Answer> {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(token);
        let mut request = request.header("content-type", "application/json").body(body.to_string());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        read(request.send().await?).await
    }

    /// The same where there must be an answer.
    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, token, None, body).await.expect("an answer")
    }

    /// The stream of changes, opened.
    pub(crate) async fn events(&self) -> Events {
        let response = self.client.get(format!("{}/events", self.base)).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        let mut events = Events { response, heard: String::new() };
        // Sent at once, so whoever hears it hears all that follows.
        events.hear("\"now\"").await;
        events
    }
}

async fn read(response: reqwest::Response) -> reqwest::Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}

/// An open stream of changes.
pub(crate) struct Events {
    response: reqwest::Response,
    heard: String,
}

impl Events {
    /// Listens until these words were heard.
    pub(crate) async fn hear(&mut self, words: &str) {
        while !self.heard.contains(words) {
            let piece = self.response.chunk().await.expect("the stream goes on within the reader's patience");
            let piece = piece.unwrap_or_else(|| panic!("the stream ended before `{words}`: {}", self.heard));
            self.heard.push_str(&String::from_utf8_lossy(&piece));
        }
    }
}
