//! What happens to a deployment and when: healthy events and faults.

/// Length of a tick of the model, in microseconds; events begin and end on ticks.
pub(crate) const TICK: i64 = 250_000;

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// So many times the traffic, which is served.
    Peak(f64),
    /// Nobody asks anything.
    Idle,
    /// A burst of jobs.
    Cron,
    /// One long cursor reads everything.
    Backup,
    /// One slow analytic query on its own.
    Report,
    /// An index is built in the background.
    IndexBuild,
    /// Many documents are inserted.
    Import,
    /// All connections of the application, so many, are made anew.
    Deploy(f64),
    /// The primary steps down on purpose; this node takes over at the end.
    StepDown(usize),
    /// This node is restarted.
    Restart(usize),
    /// An operation holds an exclusive lock on the database.
    Locked,
    /// The primary's process is stopped.
    Frozen,
    /// The primary refuses connections.
    Refused,
    /// The application's way is cut: looks fail at once or hang.
    AppCut {
        /// Whether they fail at once.
        fails: bool,
    },
    /// The disk answers no read.
    DiskBlocked,
    /// So many reads a second come of a shape that does not end.
    PileUp(f64),
    /// Slow reads hold all read tickets, of which there are so many.
    Tickets(u32),
    /// No connection is left.
    Exhausted,
    /// A page read takes so many milliseconds.
    SlowDisk(f64),
    /// The primary is gone, and this node takes over at the end.
    NoPrimary(usize),
}

/// Something that happens from a moment until another, in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) what: What,
}

impl Event {
    /// An event at this second for so many seconds, moved to ticks.
    pub(crate) fn at(from_secs: f64, for_secs: f64, what: What) -> Self {
        let tick = |secs: f64| super::dice::whole(secs * 4.0) * TICK;
        let from = tick(from_secs);
        Self { from, until: from + tick(for_secs).max(TICK), what }
    }

    pub(crate) fn is_on(&self, at: i64) -> bool {
        self.from <= at && at < self.until
    }
}
