//! What is to be sent, and what its answer means.

use domain::Timestamp;
use std::fmt;
use std::time::Duration;

/// Something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// Over HTTP.
    Http(Request),
    /// As mail, through the SMTP server that the configuration names.
    Mail(Mail),
}

/// A request. Its client follows no redirect and sends no cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`, or what the receiver wants instead.
    pub method: &'static str,
    /// Where.
    pub url: url::Url,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request with a JSON body.
    pub fn json(method: &'static str, url: url::Url, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { method, url, headers, body: body.to_string().into_bytes() }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }
}

/// Addresses and headers of receivers are secrets of theirs, so only the host is shown.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str().unwrap_or_default())
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// A mail, without what only the sender knows: who it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Address of the receiver.
    pub to: String,
    /// Subject, one line.
    pub subject: String,
    /// The text for readers without HTML.
    pub text: String,
    /// The same as HTML: without scripts, styles of others and anything to load.
    pub html: String,
    /// What becomes the Message-ID: the same over every try.
    pub key: String,
    /// Mails of one incident are one thread.
    pub thread: String,
    /// Where the receiver takes itself off the list (RFC 8058).
    pub unsubscribe_url: Option<String>,
    /// When it was made.
    pub at: Timestamp,
}

/// What came back over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Code of the answer.
    pub status: u16,
    /// How long the receiver asks us to wait.
    pub retry_after: Option<Duration>,
    /// Body, its beginning.
    pub body: Vec<u8>,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it; its own name for it, where it gave one.
    Delivered(Option<String>),
    /// Try again, after this where the receiver said so.
    Retry {
        /// Why, one sentence.
        reason: String,
        /// How long the receiver asks us to wait.
        after: Option<Duration>,
    },
    /// The receiver will never take this message.
    Refused(String),
    /// The receiver wants nothing more, ever.
    Gone(String),
}

impl Verdict {
    /// What codes mean everywhere: 2xx taken, 408, 425, 429 and 5xx later, 410 never again, the rest refused. A
    /// redirect is a refusal: what is sent is for the one who was named.
    pub fn of_status(reply: &Reply) -> Self {
        let reason = format!("the receiver answered with status {}", reply.status);
        match reply.status {
            200..=299 => Self::Delivered(None),
            410 => Self::Gone(reason),
            408 | 425 | 429 | 500..=599 => Self::Retry { reason, after: reply.retry_after },
            _ => Self::Refused(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_is_logged_tells_no_secret() {
        let url = url::Url::parse("https://hooks.example.com/services/T0/SECRET").unwrap();
        let request = Request::json("POST", url, &serde_json::json!({ "routing_key": "SECRET" }))
            .with_header("authorization", "Bearer SECRET".to_owned());
        let logged = format!("{request:?}");
        assert!(logged.contains("hooks.example.com") && !logged.contains("SECRET"), "{logged}");
    }

    #[test]
    fn codes_mean_the_same_everywhere() {
        let verdict = |status| Verdict::of_status(&Reply { status, retry_after: None, body: Vec::new() });
        assert_eq!(verdict(204), Verdict::Delivered(None));
        assert!(matches!(verdict(302), Verdict::Refused(_)));
        assert!(matches!(verdict(404), Verdict::Refused(_)));
        assert!(matches!(verdict(410), Verdict::Gone(_)));
        for later in [408, 425, 429, 500, 503] {
            assert!(matches!(verdict(later), Verdict::Retry { .. }), "{later}");
        }
    }
}
