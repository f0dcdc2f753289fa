//! Sends one message and says what became of it. A receiver that cannot be reached is tried again; one that our own
//! guard refuses is not, because nothing but a change of the configuration would help.
//!
//! Never sends twice by itself.

use super::Sending;
use crate::http::FetchError;
use domain::Timestamp;
use notifiers::{Message, Notifier, Outgoing, Reply, Request, Verdict};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::timeout;

impl Sending {
    /// Sends a message to a receiver.
    pub async fn send(&self, to: &dyn Notifier, message: &Message, now: Timestamp) -> Verdict {
        match to.render(message, now) {
            Ok(outgoing) => self.hand_over(to, outgoing).await,
            Err(wrong) => Verdict::Refused(wrong),
        }
    }

    async fn hand_over(&self, to: &dyn Notifier, outgoing: Outgoing) -> Verdict {
        let limit = self.config.timeout;
        let sending = async {
            match outgoing {
                Outgoing::Http(request) => match self.request(request).await {
                    Ok(reply) => to.judge(&reply),
                    Err(verdict) => verdict,
                },
                Outgoing::Mail(mail) => match &self.mailer {
                    Some(mailer) => mailer.send(&mail).await,
                    None => Verdict::Refused("no `[mail]` server is configured".to_owned()),
                },
            }
        };
        timeout(limit, sending).await.unwrap_or_else(|_| Verdict::Retry {
            reason: format!("no answer within {} ms", limit.as_millis()),
            after: None,
        })
    }

    async fn request(&self, request: Request) -> Result<Reply, Verdict> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Verdict::Refused(format!("`{}` is no method", request.method)))?;
        let headers = headers(&request.headers).map_err(Verdict::Refused)?;
        let answer = self.fetcher.speak(method, &request.url, headers, request.body).await;
        let answer = answer.map_err(|error| match error {
            FetchError::Refused(_) => Verdict::Refused(error.to_string()),
            _ => Verdict::Retry { reason: error.to_string(), after: error.retry_after() },
        })?;
        Ok(Reply { status: answer.status, retry_after: answer.retry_after, body: answer.body })
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let parsed: Result<HeaderName, _> = name.parse();
        let parsed = parsed.map_err(|_| format!("`{name}` is no name of a header"))?;
        // The value may be a secret and is not repeated.
        let mut value = HeaderValue::from_str(value).map_err(|_| format!("header `{name}` is not text"))?;
        value.set_sensitive(true);
        headers.append(parsed, value);
    }
    Ok(headers)
}
