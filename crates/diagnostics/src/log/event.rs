//! What lines say.

use super::Slow;
use jiff::Timestamp;
use std::borrow::Cow;

/// A line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// When it was written; nothing where the line does not say, as in the continuation of one before it.
    pub at: Option<Timestamp>,
    /// How grave the server finds it; servers before 3.0 do not say.
    pub severity: Severity,
    /// The thread or connection that wrote it; may be empty.
    pub context: Cow<'a, str>,
    /// What it says.
    pub event: Event<'a>,
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// The server ends because of it.
    Fatal,
    /// Something failed.
    Error,
    /// Something may fail.
    Warning,
    /// Everything else.
    #[default]
    Info,
}

impl Severity {
    /// From the letter that stands in the line.
    pub(super) fn of(letter: &[u8]) -> Self {
        match letter.first() {
            Some(b'F') => Self::Fatal,
            Some(b'E') => Self::Error,
            Some(b'W') => Self::Warning,
            _ => Self::Info,
        }
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// An operation took longer than `slowms`.
    Slow(Box<Slow<'a>>),
    /// An index is being built.
    IndexBuild {
        /// Collection, where told.
        namespace: Option<Cow<'a, str>>,
        /// Name of the index, where told.
        index: Option<Cow<'a, str>>,
        /// How far it is.
        stage: Stage,
    },
    /// A member of the replica set is in another state now.
    State {
        /// The member; nothing for the node itself.
        member: Option<Cow<'a, str>>,
        /// The new state, such as `PRIMARY`.
        to: Cow<'a, str>,
    },
    /// An election was called, won or lost, or the node steps down.
    Election(Cow<'a, str>),
    /// The server starts.
    Start {
        /// Its port, where told.
        port: Option<i64>,
        /// Its host, where told.
        host: Option<Cow<'a, str>>,
    },
    /// The version of the server.
    Version(Cow<'a, str>),
    /// A client came or went.
    Connection {
        /// Its address with its port.
        remote: Cow<'a, str>,
        /// Whether it came.
        opened: bool,
        /// Its number, where told; lines of a connection are told by `conn` and that number.
        number: Option<u64>,
        /// Connections open after that, where told.
        open: Option<i64>,
    },
    /// A client said what it is.
    Client {
        /// Its address with its port.
        remote: Cow<'a, str>,
        /// Application that it belongs to; may be empty.
        application: Cow<'a, str>,
        /// Name and version of its driver.
        driver: String,
    },
    /// The server stops.
    Stop(Cow<'a, str>),
    /// A checkpoint took or has been taking this many seconds.
    SlowCheckpoint(i64),
    /// `serverStatus` took this many milliseconds.
    SlowStatus(i64),
    /// A slow operation of which too little is left to count it.
    Torn,
    /// Anything else that is a line of the log.
    Other(Cow<'a, str>),
    /// No line of a log that we know.
    Unknown,
}

/// How far an index build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It begins.
    Began,
    /// It goes on; in percent, where told.
    Progress(Option<i64>),
    /// It is done.
    Done,
    /// It was given up.
    Failed,
}

/// How messages about elections begin.
const ELECTIONS: &[&str] = &[
    "starting an election",
    "election succeeded",
    "not starting an election",
    "stepping down",
    "dry election run succeeded",
    "conducting a dry run election",
    "scheduling priority takeover",
    "transition to primary complete",
    "replset info stepping down",
    "replset info electself",
    "replset election succeeded",
    "handing off election",
];

/// How messages of a server that stops begin.
const STOPS: &[&str] =
    &["now exiting", "dbexit:", "shutting down with code", "got signal", "received signal"];

/// What a message says that the two forms of the log word alike; nothing where it says something else.
///
/// Their beginnings are compared without regard to case, because versions disagree on that alone.
pub(super) fn of_message<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    let begins =
        |with: &str| message.get(..with.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(with));
    if ELECTIONS.iter().any(|beginning| begins(beginning)) {
        return Some(Event::Election(message.clone()));
    }
    if STOPS.iter().any(|beginning| begins(beginning)) {
        return Some(Event::Stop(message.clone()));
    }
    checkpoint_seconds(message).map(Event::SlowCheckpoint)
}

/// From `Checkpoint took 64 seconds to complete` or `Checkpoint has been running for 9 seconds and wrote …`.
pub(super) fn checkpoint_seconds(message: &str) -> Option<i64> {
    let at = message.find("Checkpoint ")?;
    let rest = &message[at + "Checkpoint ".len()..];
    let rest =
        ["took ", "has been running for ", "ran for "].iter().find_map(|verb| rest.strip_prefix(verb))?;
    let (seconds, rest) = rest.split_once(' ')?;
    rest.starts_with("second").then(|| seconds.parse().ok()).flatten()
}

/// The stage of which a message about an index build tells.
pub(super) fn stage_of(message: &str, percent: Option<i64>) -> Stage {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&["failed", "aborted", "interrupted"]) {
        Stage::Failed
    } else if has(&["done building", "build index done", "completed"]) {
        Stage::Done
    } else if has(&["starting", "build index on", "build index "]) {
        Stage::Began
    } else {
        Stage::Progress(percent)
    }
}
