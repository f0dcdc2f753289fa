//! A running server, asked from the command line: its address, and a token to be known by.
//!
//! With SQLite only one process writes, so commands that change something never open the database.

use super::{Failure, terminal};
use crate::config::FetchConfig;
use crate::http::allow::AllowList;
use crate::http::{Answer, Fetcher};
use anyhow::{Context, anyhow};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

/// Which server, and with which token.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Access {
    /// Address of the server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", global = true)]
    pub(crate) url: Url,
    /// API token
    #[arg(long, value_name = "TOKEN", env = "WATCHKEEPER_TOKEN", hide_env_values = true, global = true)]
    pub(crate) token: Option<String>,
}

/// The server.
pub(crate) struct Server {
    fetcher: Fetcher,
    root: Url,
    headers: HeaderMap,
}

impl Server {
    /// Nothing is asked yet.
    pub(crate) fn new(access: &Access) -> Result<Self, Failure> {
        let token = access.token.as_deref().unwrap_or_default().trim();
        if token.is_empty() {
            let error = anyhow!("a token is needed: set WATCHKEEPER_TOKEN or give --token");
            return Err(Failure::NotUnderstood(error));
        }
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        let mut value = value.map_err(|_| Failure::NotUnderstood(anyhow!("the token is none")))?;
        value.set_sensitive(true);
        // The person at the terminal names the server, wherever it is.
        let config = FetchConfig { allow_hosts: AllowList::everything(), ..FetchConfig::default() };
        Ok(Self {
            fetcher: Fetcher::new(&config)?,
            root: access.url.clone(),
            headers: HeaderMap::from_iter([(AUTHORIZATION, value)]),
        })
    }

    /// What is at a path.
    pub(crate) async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// The same, answered with a document.
    pub(crate) async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let answer = self.ask(method, path, body).await?;
        Ok(serde_json::from_slice(&answer).context("the answer is no JSON")?)
    }

    /// Tells it something.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>, Failure> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Asks or tells it something. What it refuses, it says why in its own words.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Failure> {
        let url = self.root.join(path).context("not an address that can be asked")?;
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let answer = self.fetcher.speak(method, &url, headers, body).await;
        let answer = answer.with_context(|| format!("cannot ask `{url}`"))?;
        if answer.is_success() {
            return Ok(answer.body);
        }
        let refused = anyhow!("the server at `{}` says: {}", self.root, reason(&answer));
        Err(if answer.status < 500 { Failure::NotUnderstood(refused) } else { Failure::Failed(refused) })
    }
}

/// What somebody typed as one part of a path: whatever is in it, it leads nowhere else.
pub(crate) fn part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.trim().as_bytes()).collect()
}

/// Why it refused, in one line.
fn reason(answer: &Answer) -> String {
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |field: &str| terminal::plain(told["error"][field].as_str().unwrap_or_default());
    match (text("message"), text("hint")) {
        (message, _) if message.is_empty() => format!("status {}", answer.status),
        (message, hint) if hint.is_empty() => message,
        (message, hint) => format!("{message}; {hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_server_without_its_control_characters() {
        let answer = |body: &str| Answer { status: 422, retry_after: None, body: body.as_bytes().to_vec() };
        let told = answer(
            r#"{"error":{"code":"invalid","message":"`title` is empty","hint":"give it\u001b[2J words"}}"#,
        );
        assert_eq!(reason(&told), "`title` is empty; give it [2J words");
        assert_eq!(reason(&answer("<html>")), "status 422");
    }
}
