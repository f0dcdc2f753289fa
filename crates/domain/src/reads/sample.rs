//! One look at one node along one path.

use super::{Counters, Finished, InFlight, Moment};
use std::fmt;
use std::sync::Arc;

/// A way of looking at a node. Each has its own connection and its own task, and at most one look on its
/// way, so that one that hangs neither delays another nor piles up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// `hello` on a connection that is kept.
    Hello,
    /// `hello` on a connection made for it: the only path that sees exhausted connections.
    Fresh,
    /// A read of one document by `_id` of this namespace, each time the same one, which is in the cache.
    Hot(Arc<str>),
    /// A read of one document by `_id` of this namespace, each time another one, which may be on the disk.
    Cold(Arc<str>),
    /// A read on the application's own way to the database: its URI, its proxies, its replica set.
    App,
    /// `serverStatus`.
    Counters,
    /// `$currentOp`.
    InFlight,
    /// `top`: reads and writes by namespace.
    Top,
    /// `system.profile` of the databases whose profiler is on.
    Profile,
    /// The end of the server's log, as it tells it itself (`getLog`).
    Log,
    /// What the machine says of the process, where the watcher runs on the same one.
    Host,
}

impl Path {
    /// Short name, such as `hot:crm.messages`, as recordings and metrics spell it.
    pub fn name(&self) -> String {
        match self {
            Self::Hello => "hello".to_owned(),
            Self::Fresh => "fresh".to_owned(),
            Self::Hot(namespace) => format!("hot:{namespace}"),
            Self::Cold(namespace) => format!("cold:{namespace}"),
            Self::App => "app".to_owned(),
            Self::Counters => "counters".to_owned(),
            Self::InFlight => "in_flight".to_owned(),
            Self::Top => "top".to_owned(),
            Self::Profile => "profile".to_owned(),
            Self::Log => "log".to_owned(),
            Self::Host => "host".to_owned(),
        }
    }

    /// The path of a name that [`Path::name`] gave.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.split_once(':') {
            Some(("hot", namespace)) => Self::Hot(namespace.into()),
            Some(("cold", namespace)) => Self::Cold(namespace.into()),
            Some(_) => return None,
            None => match name {
                "hello" => Self::Hello,
                "fresh" => Self::Fresh,
                "app" => Self::App,
                "counters" => Self::Counters,
                "in_flight" => Self::InFlight,
                "top" => Self::Top,
                "profile" => Self::Profile,
                "log" => Self::Log,
                "host" => Self::Host,
                _ => return None,
            },
        })
    }
}

/// What is known of one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The node, as `host:port`.
    pub node: Arc<str>,
    /// Along which path.
    pub path: Path,
    /// When the look began.
    pub began: Moment,
    /// What became of it.
    pub look: Look,
}

/// What became of a look. A look is told twice: when it begins and when it ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// It is on its way.
    Began,
    /// An answer came after this many microseconds.
    Answered(i64, Answer),
    /// It failed after this many microseconds.
    Failed(i64, Failure),
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// That it came is all there is to know: hot, cold and application reads.
    Read,
    /// Answer to `hello`.
    Role(Role),
    /// Answer to `serverStatus`, or one sample of diagnostic data.
    Counters(Box<Counters>),
    /// Answer to `$currentOp`, grouped.
    InFlight(Box<InFlight>),
    /// Answer to `top`.
    Top(Vec<Use>),
    /// Operations that ended since the look before.
    Finished(Vec<Finished>),
    /// What the machine says.
    Host(Host),
}

/// What a node says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Writable member of a replica set.
    Primary,
    /// Readable member of a replica set.
    Secondary,
    /// A server of its own.
    Standalone,
    /// A router of a sharded cluster.
    Router,
    /// A member that holds no data.
    Arbiter,
    /// Starting, recovering, rolling back, removed: it serves nobody now.
    Other,
}

impl Role {
    /// Name in recordings and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Standalone => "standalone",
            Self::Router => "router",
            Self::Arbiter => "arbiter",
            Self::Other => "other",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Primary, Self::Secondary, Self::Standalone, Self::Router, Self::Arbiter, Self::Other]
            .into_iter()
            .find(|role| role.as_str() == name)
    }

    /// Whether an application's ordinary reads depend on this node alone.
    pub fn serves_alone(self) -> bool {
        matches!(self, Self::Primary | Self::Standalone | Self::Router)
    }
}

/// Why a look failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came until the look was given up.
    TimedOut,
    /// The node's machine refused the connection: nobody listens.
    Refused,
    /// The connection was closed or reset before an answer came.
    Closed,
    /// The node cannot be reached or its name not be resolved.
    Unreachable(String),
    /// No node that may answer is known: there is no primary.
    NoServer,
    /// We may not look there; says which privilege is missing. It is no sign of a stall.
    Forbidden(String),
    /// The node answered with an error of this code.
    Server(i32, String),
    /// The answer was no answer.
    Garbage(String),
}

impl Failure {
    /// Name in recordings.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Unreachable(_) => "unreachable",
            Self::NoServer => "no_server",
            Self::Forbidden(_) => "forbidden",
            Self::Server(..) => "server",
            Self::Garbage(_) => "garbage",
        }
    }

    /// Whether it says something of the database, and not of what we may do there.
    pub fn counts(&self) -> bool {
        !matches!(self, Self::Forbidden(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no answer until the deadline"),
            Self::Refused => f.write_str("connection refused"),
            Self::Closed => f.write_str("connection closed"),
            Self::Unreachable(why) => write!(f, "unreachable: {why}"),
            Self::NoServer => f.write_str("no primary is known"),
            Self::Forbidden(what) => write!(f, "not allowed: {what}"),
            Self::Server(code, message) => write!(f, "error {code}: {message}"),
            Self::Garbage(what) => write!(f, "no sensible answer: {what}"),
        }
    }
}

/// Use of one namespace since the node started, from `top`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// `database.collection`.
    pub namespace: String,
    /// Time that reads took, in microseconds.
    pub read_us: i64,
    /// Number of reads.
    pub reads: i64,
    /// Time that writes took, in microseconds.
    pub write_us: i64,
    /// Number of writes.
    pub writes: i64,
}

/// What the machine says of the server's process (Linux, `/proc`), where the watcher runs on the same one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// State letter of the process: `R`, `S`, `D`, `T` (stopped), `Z`; 0 where the process is gone.
    pub state: u8,
    /// Processor time that the process used, in microseconds.
    pub cpu_us: i64,
    /// Time that some task of the machine waited for a processor, in microseconds (pressure stall
    /// information); -1 where the kernel does not tell.
    pub cpu_pressure_us: i64,
    /// The same for input and output.
    pub io_pressure_us: i64,
}
