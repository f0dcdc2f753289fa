//! Why a fetch brought nothing, by what the caller can do about it.

use super::allow::{Refused, Remedy};
use crate::config::quantity::{render_duration, render_size};
use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a fetch brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// Not an address that is fetched. Trying again is of no use; the operator must change something.
    Refused(Refused),
    /// The name has no address, or nobody would say.
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        reason: String,
    },
    /// Nobody listens there.
    Connect {
        /// The host.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// Somebody listens whom we do not trust.
    Tls {
        /// The host.
        host: String,
        /// What is wrong with the certificate or the handshake.
        reason: String,
    },
    /// It took too long.
    Timeout {
        /// What did.
        phase: Phase,
        /// The limit that was exceeded.
        after: Duration,
    },
    /// The vendor answered, but not with a page.
    Status {
        /// The code of the answer.
        code: u16,
        /// How long the vendor asks us to wait.
        retry_after: Option<Duration>,
    },
    /// More was sent than is read.
    TooLarge {
        /// Of what there was too much.
        part: Part,
        /// The limit that was exceeded, in bytes.
        limit: u64,
    },
    /// Redirected once too often.
    Redirects {
        /// How many were followed.
        limit: u64,
    },
    /// What came was not HTTP, or ended in the middle.
    Broken {
        /// What is wrong with it.
        reason: String,
    },
}

/// What a fetch spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Name, connection and TLS.
    Connect,
    /// Everything up to the end of the headers.
    Headers,
    /// All of it.
    Total,
}

/// Part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The headers.
    Headers,
    /// The body, unpacked.
    Body,
}

impl FetchError {
    /// One word for rows and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Dns { .. } => "dns",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Status { .. } => "status",
            Self::TooLarge { .. } => "too_large",
            Self::Redirects { .. } => "redirects",
            Self::Broken { .. } => "broken",
        }
    }

    /// What strangers may read of it: the kind of it, and neither an address nor what somebody else's program said.
    pub fn outside(&self) -> String {
        match self {
            Self::Refused(_) => "the address is none that is asked".to_owned(),
            Self::Dns { .. } => "the name has no address".to_owned(),
            Self::Connect { .. } => "nobody answers at the address".to_owned(),
            Self::Tls { .. } => "the connection cannot be trusted".to_owned(),
            Self::Broken { .. } => "the answer is broken".to_owned(),
            Self::Timeout { .. } | Self::Status { .. } | Self::TooLarge { .. } | Self::Redirects { .. } => {
                self.to_string()
            }
        }
    }

    /// How long the vendor asks us to wait, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The same, where a redirect led there.
    pub(super) fn of_redirect(self) -> Self {
        match self {
            Self::Refused(refused) if refused.remedy == Remedy::Allow => {
                Self::Refused(Refused { remedy: Remedy::AskDirectly, ..refused })
            }
            other => other,
        }
    }

    /// What the client's error means.
    pub(super) fn of_client(error: &reqwest::Error, host: &str, connect_timeout: Duration) -> Self {
        let host = host.to_owned();
        let reason = innermost(error);
        if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<Refused>()) {
            Self::Refused(Refused { host: format!("{host} ({})", refused.host), ..refused.clone() })
        } else if causes(error).any(is_tls) {
            Self::Tls { host, reason }
        } else if error.is_timeout() {
            Self::Timeout { phase: Phase::Connect, after: connect_timeout }
        } else if error.is_dns() {
            Self::Dns { host, reason }
        } else if error.is_connect() {
            Self::Connect { host, reason }
        } else {
            Self::Broken { reason }
        }
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn Error + 'static)| (**cause).source())
}

/// An error of TLS comes wrapped in errors of I/O, which `source` skips.
fn is_tls(cause: &(dyn Error + 'static)) -> bool {
    let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    cause.is::<rustls::Error>() || wrapped.is_some_and(|wrapped| is_tls(wrapped))
}

/// The first cause of all, as part of a sentence.
fn innermost(error: &reqwest::Error) -> String {
    let text = causes(error).last().map(ToString::to_string).unwrap_or_default();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars().take(200);
    let first = letters.next().map(char::to_lowercase).into_iter().flatten();
    first.chain(letters).collect()
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => write!(f, "{refused}"),
            Self::Dns { host, reason } => write!(f, "cannot find the address of `{host}`: {reason}"),
            Self::Connect { host, reason } => write!(f, "cannot connect to `{host}`: {reason}"),
            Self::Tls { host, reason } => write!(f, "cannot trust `{host}`: {reason}"),
            Self::Timeout { phase, after } => {
                write!(f, "{phase} took longer than {}", render_duration(*after))
            }
            Self::Status { code, retry_after: None } => write!(f, "the answer was status `{code}`"),
            Self::Status { code, retry_after: Some(wait) } => {
                write!(f, "the answer was status `{code}`, try again in {}", render_duration(*wait))
            }
            Self::TooLarge { part, limit } => write!(f, "{part} is larger than {}", render_size(*limit)),
            Self::Redirects { limit } => write!(f, "redirected more than `{limit}` times"),
            Self::Broken { reason } => write!(f, "the answer is broken: {reason}"),
        }
    }
}

impl Error for FetchError {}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Headers => "waiting for the headers",
            Self::Total => "the answer",
        })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers => "the answer's header",
            Self::Body => "the answer's body",
        })
    }
}
