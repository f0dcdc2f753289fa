//! What is to be sent, and what its answer means.

use domain::Timestamp;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST`, or what the receiver wants instead.
    pub method: &'static str,
    /// Where.
    pub url: url::Url,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
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
