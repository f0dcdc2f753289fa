//! Operations that are over, as the server wrote them down: a document of `system.profile`, a line of its log.

use std::sync::Arc;

/// One operation that is over. A number that the server did not tell is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// `database.collection`.
    pub namespace: Arc<str>,
    /// Name of the command, such as `find`; of a `getMore` that of the command that began it.
    pub command: Arc<str>,
    /// The command without its literals; see [`shape`](super::shape).
    pub shape: Arc<str>,
    /// Application name that the client gave.
    pub app: Arc<str>,
    /// Summary of the plan, such as `COLLSCAN` or `IXSCAN { ts: 1 }`; may be empty.
    pub plan: Arc<str>,
    /// How long it took, in microseconds.
    pub took_us: i64,
    /// Documents examined.
    pub docs_examined: i64,
    /// Index keys examined.
    pub keys_examined: i64,
    /// Documents returned.
    pub returned: i64,
    /// How often it yielded: a measure of the work done.
    pub yields: i64,
    /// Bytes read into the cache.
    pub bytes_read: i64,
    /// Time that it waited for locks or for its turn, in microseconds.
    pub waited_us: i64,
    /// Its plan was thrown away and made again.
    pub replanned: bool,
    /// Several plans were tried against each other.
    pub multi_planned: bool,
}
