//! What went wrong, in the words of the domain.

use std::error::Error as _;
use std::io::{Error, ErrorKind};

use ::mongodb::bson::{RawBsonRef, RawDocument};
use ::mongodb::error as driver;
use domain::reads::Failure;

/// Messages are cut here, in characters.
const MOST: usize = 300;
/// Codes of the server that say that we may not.
const UNAUTHORIZED: i32 = 13;
const AUTHENTICATION_FAILED: i32 = 18;
/// The server gave the look up by itself, because we told it when to.
const MAX_TIME_EXPIRED: i32 = 50;

/// Of an operation on a socket.
pub(super) fn of_io(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionRefused => Failure::Refused,
        ErrorKind::TimedOut => Failure::TimedOut,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => Failure::Closed,
        ErrorKind::InvalidData => Failure::Garbage(error.to_string()),
        _ => Failure::Unreachable(error.to_string()),
    }
}

/// Of an answer: none where it says `ok`.
pub(super) fn of_reply(reply: &RawDocument) -> Option<Failure> {
    match number(reply, "ok") {
        None => Some(Failure::Garbage("an answer without `ok`".to_owned())),
        Some(ok) if ok > 0 => None,
        Some(_) => {
            let code = number(reply, "code").and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
            Some(of_code(code, reply.get_str("errmsg").unwrap_or("")))
        }
    }
}

fn of_code(code: i32, message: &str) -> Failure {
    let message: String = message.chars().take(MOST).collect();
    match code {
        UNAUTHORIZED | AUTHENTICATION_FAILED => Failure::Forbidden(message),
        MAX_TIME_EXPIRED => Failure::TimedOut,
        code => Failure::Server(code, message),
    }
}

/// Of the driver, which looks on the application's way.
pub(super) fn of_driver(error: &driver::Error) -> Failure {
    match error.kind.as_ref() {
        driver::ErrorKind::Command(error) => of_code(error.code, &error.message),
        driver::ErrorKind::Io(error) => of_io(error),
        driver::ErrorKind::ServerSelection { .. } => Failure::NoServer,
        driver::ErrorKind::ConnectionPoolCleared { .. } => {
            let cause = error.source().and_then(|source| source.downcast_ref::<driver::Error>());
            cause.map_or(Failure::Closed, of_driver)
        }
        driver::ErrorKind::Authentication { message, .. } => Failure::Forbidden(message.clone()),
        driver::ErrorKind::DnsResolve { message, .. } => Failure::Unreachable(message.clone()),
        other => Failure::Garbage(other.to_string().chars().take(MOST).collect()),
    }
}

/// A number of any of the types that servers use for numbers; flags are 0 and 1.
pub(super) fn number(document: &RawDocument, key: &str) -> Option<i64> {
    document.get(key).ok().flatten().and_then(as_number)
}

/// The value as a whole number, if it is a number or a flag.
pub(super) fn as_number(value: RawBsonRef<'_>) -> Option<i64> {
    match value {
        RawBsonRef::Int32(number) => Some(number.into()),
        RawBsonRef::Int64(number) => Some(number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "counters are whole; beyond 2^63 the cast saturates"
        )]
        RawBsonRef::Double(number) => number.is_finite().then_some(number as i64),
        RawBsonRef::Boolean(flag) => Some(flag.into()),
        _ => None,
    }
}
