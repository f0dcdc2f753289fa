//! What can go wrong while answering, by what the caller can do about it.
//!
//! Each error has two messages: the one outside (code, sentence, hint) and the one inside (the whole
//! chain, in the log). A request id joins them. An error is logged once, where the answer is finished,
//! and never shows a secret, a path or a query of the database.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use domain::access::Forbidden;
use domain::{Refusal, Role};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Seconds after which trying again is worth it when the database does not answer.
const RETRY_SECONDS: u32 = 5;

/// An answer that is not what was asked for.
#[derive(Debug)]
pub enum Error {
    /// There is nothing of that name.
    NotFound {
        /// What was looked for: `incident`.
        what: &'static str,
        /// By which name.
        name: String,
    },
    /// The address does not know the method.
    Method,
    /// The request cannot be understood: the sentence names field and value.
    Invalid {
        /// One sentence.
        message: String,
        /// What to do.
        hint: String,
    },
    /// It was understood, and may not be.
    Refused(Refusal),
    /// Nobody is named, or in a way that we do not know.
    Unauthenticated(&'static str),
    /// The one who asks may not do this.
    Forbidden(Forbidden),
    /// A form that did not come from one of our pages.
    ForeignForm,
    /// Somebody else changed it at the same time, again and again.
    Contended,
    /// The idempotency key belongs to another request.
    KeyReused,
    /// The body is longer than allowed.
    TooLarge {
        /// Allowed length in bytes.
        limit: usize,
    },
    /// Too often.
    TooMany {
        /// Seconds to wait.
        retry_seconds: u32,
    },
    /// As many as we carry are being carried.
    Busy,
    /// It needs something that the configuration does not give.
    NotConfigured {
        /// What is missing.
        what: &'static str,
        /// Which key of the configuration gives it.
        key: &'static str,
    },
    /// The database cannot be reached or does not answer.
    Unavailable(Box<dyn StdError + Send + Sync>),
    /// A mistake of ours.
    Internal(Box<dyn StdError + Send + Sync>),
}

/// What is said outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// Status of the answer.
    pub status: StatusCode,
    /// One word for programs.
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Error {
    /// Whether trying again changes nothing: it may not be, or cannot be understood.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::Forbidden(_)
                | Self::Invalid { .. }
                | Self::NotFound { .. }
                | Self::Internal(_)
        )
    }

    /// Something that a request holds cannot be understood.
    pub fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), hint: hint.into() }
    }

    /// There is no incident of that name.
    pub fn no_incident(id: impl fmt::Display) -> Self {
        Self::NotFound { what: "incident", name: id.to_string() }
    }

    /// There is no vendor of that name.
    pub fn no_vendor(slug: impl fmt::Display) -> Self {
        Self::NotFound { what: "vendor", name: slug.to_string() }
    }

    /// There is nothing at that address.
    pub fn no_page(path: &str) -> Self {
        Self::NotFound { what: "page", name: path.chars().take(200).collect() }
    }

    /// What is said outside.
    pub fn outside(&self) -> Outside {
        let (status, code) = self.status_and_code();
        Outside { status, code, message: self.to_string(), hint: self.hint() }
    }

    /// The whole chain, for the log. `None` where the fault is the caller's and nothing needs looking at.
    pub fn inside(&self) -> Option<String> {
        let (Self::Unavailable(cause) | Self::Internal(cause)) = self else { return None };
        let mut chain = cause.to_string();
        let mut next = cause.source();
        while let Some(cause) = next {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            next = cause.source();
        }
        Some(chain)
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid"),
            Self::Refused(refusal) => of_refusal(refusal),
            Self::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ForeignForm => (StatusCode::FORBIDDEN, "foreign_form"),
            Self::Contended => (StatusCode::CONFLICT, "contended"),
            Self::KeyReused => (StatusCode::CONFLICT, "key_reused"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::NotConfigured { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not_configured"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::Invalid { hint, .. } => hint.clone(),
            Self::Refused(refusal) => hint_of_refusal(refusal).to_owned(),
            Self::NotFound { what: "vendor", .. } => "list the vendors at `/api/v1/vendors`".to_owned(),
            Self::NotFound { what: "incident", .. } => "list the incidents at `/api/v1/incidents`".to_owned(),
            Self::NotFound { .. } => "check the address".to_owned(),
            Self::Method => "see `/api/v1/openapi.json` for the methods of each address".to_owned(),
            Self::Unauthenticated(_) => {
                "send `Authorization: Bearer wk_…`; `watchkeeper token create` makes a token".to_owned()
            }
            Self::Forbidden(refused) => format!(
                "ask an admin for the role, or use a token with scope `{}` there",
                scope_of(refused.needed)
            ),
            Self::ForeignForm => "load the page again and send the form from there".to_owned(),
            Self::Contended => "load the incident and try again".to_owned(),
            Self::KeyReused => "use a new `Idempotency-Key` for a new request".to_owned(),
            Self::TooLarge { limit } => format!("send at most {limit} bytes"),
            Self::TooMany { retry_seconds } => format!("try again in {retry_seconds} s"),
            Self::NotConfigured { key, .. } => format!("whoever runs this site has to set `{key}`"),
            Self::Busy => format!("try again in {RETRY_SECONDS} s"),
            Self::Unavailable(_) => {
                format!(
                    "nothing was changed unless an earlier answer said so; try again in {RETRY_SECONDS} s"
                )
            }
            Self::Internal(_) => "report this with the request id".to_owned(),
        }
    }

    fn retry_seconds(&self) -> Option<u32> {
        match self {
            Self::TooMany { retry_seconds } => Some(*retry_seconds),
            Self::Busy | Self::Unavailable(_) => Some(RETRY_SECONDS),
            _ => None,
        }
    }
}

/// The scope of tokens that holds a role.
fn scope_of(role: Role) -> &'static str {
    match role {
        Role::Viewer => "read",
        Role::Responder => "write",
        Role::Admin => "admin",
    }
}

fn of_refusal(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::NoSuchIncident => (StatusCode::NOT_FOUND, "not_found"),
        Refusal::NoSuchUpdate(_) => (StatusCode::NOT_FOUND, "no_such_update"),
        Refusal::AlreadyOpen => (StatusCode::CONFLICT, "already_open"),
        Refusal::DuplicateUpdate(_) => (StatusCode::CONFLICT, "duplicate_update"),
        Refusal::BelongsToVendor(_) => (StatusCode::CONFLICT, "belongs_to_vendor"),
        Refusal::NotLive => (StatusCode::CONFLICT, "not_live"),
        Refusal::NotOver => (StatusCode::CONFLICT, "not_over"),
        Refusal::AlreadySo(_) => (StatusCode::CONFLICT, "already_so"),
        Refusal::NothingPlanned => (StatusCode::CONFLICT, "nothing_planned"),
        Refusal::NotAhead(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_ahead"),
        Refusal::OtherEnvironment(_) => (StatusCode::CONFLICT, "other_environment"),
        Refusal::OnlyStrained => (StatusCode::CONFLICT, "only_strained"),
        Refusal::SameIncident => (StatusCode::UNPROCESSABLE_ENTITY, "same_incident"),
        Refusal::WrongState { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "wrong_state"),
        Refusal::Empty(_) => (StatusCode::UNPROCESSABLE_ENTITY, "empty"),
        Refusal::TooLong { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "too_long"),
        Refusal::EndsBeforeItBegins => (StatusCode::UNPROCESSABLE_ENTITY, "ends_before_it_begins"),
        Refusal::InTheFuture(_) => (StatusCode::UNPROCESSABLE_ENTITY, "in_the_future"),
    }
}

fn hint_of_refusal(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuchIncident => "list the incidents at `/api/v1/incidents`",
        Refusal::NoSuchUpdate(_) => "the incident's own document lists its updates",
        Refusal::AlreadyOpen | Refusal::DuplicateUpdate(_) => "it was done already; load the incident",
        Refusal::BelongsToVendor(_) => "only its true window can be set, and it can be merged",
        Refusal::NotLive => "restore it first, or use the incident into which it was merged",
        Refusal::NotOver => "resolve the incident first",
        Refusal::AlreadySo(_) => "nothing is left to do",
        Refusal::NothingPlanned => "publish it, or leave it as it is",
        Refusal::NotAhead(_) => "promise a time that lies ahead, or none",
        Refusal::SameIncident => "name another incident in `into`",
        Refusal::WrongState { kind: domain::Kind::Incident, .. } => {
            "use `investigating`, `identified`, `monitoring` or `resolved`"
        }
        Refusal::WrongState { kind: domain::Kind::Maintenance, .. } => {
            "use `scheduled`, `in_progress`, `verifying` or `completed`"
        }
        Refusal::OtherEnvironment(_) => "use an incident of that environment",
        Refusal::OnlyStrained => "open an incident by hand if it should be one",
        Refusal::Empty(_) => "write something into it",
        Refusal::TooLong { .. } => "shorten it",
        Refusal::EndsBeforeItBegins => "give a beginning, and an end that is not before it",
        Refusal::InTheFuture(_) => "a true window says what has already happened",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { what, name } => write!(f, "there is no {what} `{name}`"),
            Self::Method => write!(f, "this address does not know the method"),
            Self::Invalid { message, .. } => f.write_str(message),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unauthenticated(reason) => f.write_str(reason),
            Self::Forbidden(Forbidden { needed, environment: Some(environment) }) => {
                write!(f, "this needs the role `{needed}` in environment `{environment}`")
            }
            Self::Forbidden(Forbidden { needed, environment: None }) => {
                write!(f, "this needs the role `{needed}`")
            }
            Self::ForeignForm => write!(f, "the form did not come from a page of this site"),
            Self::Contended => write!(f, "the incident was changed by others at the same time"),
            Self::KeyReused => write!(f, "`Idempotency-Key` was used before with another request"),
            Self::TooLarge { limit } => write!(f, "the body is longer than {limit} bytes"),
            Self::TooMany { .. } => write!(f, "too many attempts"),
            Self::Busy => write!(f, "too many of these are being answered already"),
            Self::NotConfigured { what, .. } => write!(f, "this site has not been given {what}"),
            Self::Unavailable(_) => write!(f, "the database does not answer"),
            Self::Internal(_) => write!(f, "something went wrong here"),
        }
    }
}

impl StdError for Error {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The error travels in the answer until the outermost layer, which knows the request id and what the
/// caller reads, gives it its body.
impl IntoResponse for Error {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status_and_code().0;
        if let Some(seconds) = self.retry_seconds() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthenticated(_)) {
            let bearer = HeaderValue::from_static("Bearer realm=\"watchkeeper\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
