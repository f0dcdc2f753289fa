//! What one node looks like at one moment: the figures that the rules read.

use super::usual::{Figure, Figures, Usual};
use super::window::{Wait, Window};
use crate::reads::{Bucket, Counters, Group, Metric, Moment, Path, Role};
use std::sync::Arc;

/// An answer to `$currentOp` or `serverStatus` older than this says nothing of now, in seconds. It is more
/// than the interval at which they are asked when all is calm.
const STALE_SECS: f64 = 1.6;
/// Rates are taken over at least this, in seconds.
const RATE_SECS: f64 = 0.9;
/// Completed reads are judged over this, in seconds.
const SHARE_SECS: f64 = 2.2;
/// Answers to `$currentOp` that are compared lie at least this far apart, in seconds.
const STRIDE_SECS: f64 = 0.7;
/// A read is slow above this, in milliseconds, whatever is usual.
const SLOW_MS: f64 = 100.0;

/// One node at one moment.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) now: Moment,
    pub(crate) node: &'a Arc<str>,
    pub(crate) role: Option<Role>,
    pub(crate) usual: &'a Usual,
    /// Hot reads by namespace.
    pub(crate) hot: Vec<(Arc<str>, Wait)>,
    /// Cold reads by namespace.
    pub(crate) cold: Vec<(Arc<str>, Wait)>,
    pub(crate) hello: Wait,
    pub(crate) fresh: Wait,
    /// The application's own read; only on the application's way.
    pub(crate) app: Wait,
    /// Latest counters, if they are of now.
    pub(crate) counters: Option<&'a Counters>,
    /// When they were asked for.
    pub(crate) counters_at: Option<Moment>,
    /// Changes a second.
    pub(crate) rates: Option<Rates<'a>>,
    /// Completed reads of the last seconds.
    pub(crate) completed: Completed,
    /// Operations in flight, if they are of now.
    pub(crate) groups: &'a [Group],
    /// When they were asked for.
    pub(crate) groups_at: Option<Moment>,
    /// The two answers before, each at least [`STRIDE_SECS`] before the next: to see what grows.
    pub(crate) earlier: [&'a [Group]; 2],
    pub(crate) fsync_locked: bool,
    /// Processor use of the process over the last second, in cores, where the machine tells.
    pub(crate) cpu: Option<f64>,
    /// Share of the looks of the last second at which the process was stopped, where the machine tells.
    pub(crate) stopped: Option<f64>,
    /// Whether nobody looks: these are a file's counters, and what a log tells beside them.
    pub(crate) offline: bool,
    /// Beginning of the last look of any kind.
    pub(crate) latest: Option<Moment>,
    /// Seconds since then: a replayed file has gaps where the server was frozen.
    pub(crate) silent_secs: f64,
    /// Our own reads a second: they are among those that the server counts.
    own_reads: f64,
}

/// Changes of counters a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates<'a> {
    before: &'a Counters,
    after: &'a Counters,
    secs: f64,
}

/// Completed reads of the last seconds, by duration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Completed {
    /// All.
    pub(crate) count: f64,
    /// Those that took longer than is usual by far.
    pub(crate) slow: f64,
    /// What that means, in milliseconds.
    pub(crate) limit_ms: f64,
    /// 99th percentile, in milliseconds.
    pub(crate) p99_ms: f64,
}

impl<'a> View<'a> {
    /// Looks at a window.
    pub(crate) fn new(node: &'a Arc<str>, window: &'a Window, usual: &'a Usual, now: Moment) -> Self {
        let fresh_enough = |at: &Moment| now.secs_since(*at) < STALE_SECS;
        let counters = window.counters.iter().rev().find(|(at, _)| *at <= now);
        let operations = window.in_flight.iter().rev().find(|(at, _)| *at <= now);
        let operations = operations.filter(|(at, _)| fresh_enough(at));
        let of_now = counters.filter(|(at, _)| fresh_enough(at));
        Self {
            now,
            node,
            role: window.role.map(|(_, role)| role),
            usual,
            hot: window.reads(now, true),
            cold: window.reads(now, false),
            hello: window.wait(&Path::Hello, now),
            fresh: window.wait(&Path::Fresh, now),
            app: window.wait(&Path::App, now),
            counters: of_now.map(|(_, counters)| &**counters),
            counters_at: of_now.map(|(at, _)| *at),
            rates: of_now.and_then(|_| rates(window, now, RATE_SECS)),
            completed: of_now.map(|_| completed(window, usual, now)).unwrap_or_default(),
            groups: operations.map_or(&[][..], |(_, seen)| &seen.groups[..]),
            groups_at: operations.map(|(at, _)| *at),
            earlier: operations.map_or([&[][..]; 2], |(at, _)| earlier(window, *at)),
            fsync_locked: operations.is_some_and(|(_, seen)| seen.fsync_locked),
            cpu: cpu(window, now),
            stopped: stopped(window, now),
            offline: !window.is_looked_at(),
            latest: window.latest,
            own_reads: window.own_reads(now),
            silent_secs: window.latest.map_or(0.0, |latest| now.secs_since(latest)),
        }
    }

    /// A counter of now.
    pub(crate) fn level(&self, metric: Metric) -> Option<f64> {
        self.counters.and_then(|counters| counters.get(metric)).map(float)
    }

    /// A counter's change a second.
    pub(crate) fn rate(&self, metric: Metric) -> Option<f64> {
        self.rates.as_ref().and_then(|rates| rates.of(metric))
    }

    /// As much of a figure as is far too much: `floor` at least, and `times` the usual. `None` while the usual
    /// is not known.
    pub(crate) fn learned_limit(&self, figure: Figure, (floor, times): (f64, f64)) -> Option<f64> {
        self.usual.high(figure).map(|usual| floor.max(times * usual))
    }

    /// The same, and `floor` alone while the usual is not known.
    pub(crate) fn limit(&self, figure: Figure, (floor, times): (f64, f64)) -> f64 {
        self.learned_limit(figure, (floor, times)).unwrap_or(floor)
    }

    /// Reads at work.
    pub(crate) fn active_reads(&self) -> Option<f64> {
        self.level(Metric::ReadTicketsOut).or_else(|| self.level(Metric::ActiveReaders))
    }

    /// Share of one counter in another, both levels.
    pub(crate) fn share(&self, part: Metric, whole: Metric) -> Option<f64> {
        let whole = self.level(whole).filter(|whole| *whole > 0.0)?;
        Some(self.level(part)? / whole)
    }

    /// Clients' reads in flight that are meant to end.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &'a Group> + use<'a> {
        self.groups.iter().filter(|group| group.is_work() && group.reads)
    }

    /// Clients' operations in flight that are meant to end.
    pub(crate) fn work(&self) -> impl Iterator<Item = &'a Group> + use<'a> {
        self.groups.iter().filter(|group| group.is_work())
    }

    /// Reads that clients complete a second, ours left out.
    pub(crate) fn client_reads(&self) -> Option<f64> {
        Some((self.rate(Metric::Reads)? - self.own_reads).max(0.0))
    }

    /// Mean time of a page read in the last second, in milliseconds.
    pub(crate) fn page_read_ms(&self) -> Option<f64> {
        let pages = self.rate(Metric::AppPageReads).filter(|pages| *pages >= 1.0)?;
        Some(self.rate(Metric::AppPageReadUs)? / pages / 1_000.0)
    }

    /// Mean duration of the reads that completed in the last second, in milliseconds.
    pub(crate) fn read_mean_ms(&self) -> Option<f64> {
        let reads = self.rate(Metric::Reads).filter(|reads| *reads >= 1.0)?;
        Some(self.rate(Metric::ReadUs)? / reads / 1_000.0)
    }

    /// What a quiet second teaches.
    pub(crate) fn figures(&self) -> Figures {
        let slowest = |reads: &[(Arc<str>, Wait)]| reads.iter().map(|(_, wait)| wait.secs).reduce(f64::max);
        let known = |wait: &Wait| wait.known.then_some(wait.secs);
        let in_flight = self.groups_at.map(|_| self.work().map(|group| f64::from(group.count)).sum::<f64>());
        let figures = [
            (Figure::Hot, slowest(&self.hot)),
            (Figure::Cold, slowest(&self.cold)),
            (Figure::Hello, known(&self.hello)),
            (Figure::Fresh, known(&self.fresh)),
            (Figure::App, known(&self.app)),
            (Figure::ReadP99, (self.completed.count >= 30.0).then_some(self.completed.p99_ms)),
            (Figure::Reads, self.client_reads()),
            (Figure::Requests, self.rate(Metric::Requests)),
            (Figure::InFlight, in_flight),
            (Figure::Pages, self.rate(Metric::PagesRead)),
            (Figure::Cpu, self.cpu),
            (Figure::PageRead, self.page_read_ms()),
            (Figure::ConnectionsMade, self.rate(Metric::ConnectionsMade)),
            (Figure::Scanned, self.rate(Metric::ScannedDocuments)),
            (Figure::Queued, self.level(Metric::QueuedReaders)),
            (Figure::ReadMean, self.read_mean_ms()),
            (Figure::Active, self.active_reads()),
        ];
        figures.into_iter().filter_map(|(figure, value)| Some((figure, value?))).collect()
    }
}

impl Rates<'_> {
    fn of(&self, metric: Metric) -> Option<f64> {
        let change = self.after.get(metric)?.saturating_sub(self.before.get(metric)?);
        // A counter falls only by a restart.
        (change >= 0).then(|| float(change) / self.secs)
    }
}

/// The answers to `$currentOp` about one and two strides before `at`; empty where there are none.
fn earlier(window: &Window, at: Moment) -> [&[Group]; 2] {
    let mut found = [&[][..]; 2];
    let mut next = at;
    for groups in &mut found {
        let before = window.in_flight.iter().rev().find(|(known, _)| next.secs_since(*known) >= STRIDE_SECS);
        let Some((known, seen)) = before else { break };
        *groups = &seen.groups;
        next = *known;
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "figures, not accounts")]
pub(crate) fn float(value: i64) -> f64 {
    value as f64
}

/// The latest counters against those at least `secs` earlier, or the earliest known.
fn pair(window: &Window, now: Moment, secs: f64) -> Option<(&Counters, &Counters, f64)> {
    let mut known = window.counters.iter().rev().filter(|(at, _)| *at <= now);
    let (after_at, after) = known.next()?;
    let mut before = None;
    for (at, counters) in known {
        before = Some((at, counters));
        if after_at.secs_since(*at) >= secs {
            break;
        }
    }
    let (at, before) = before?;
    let apart = after_at.secs_since(*at);
    (apart > 0.05).then_some((&**before, &**after, apart))
}

fn rates(window: &Window, now: Moment, secs: f64) -> Option<Rates<'_>> {
    let (before, after, secs) = pair(window, now, secs)?;
    Some(Rates { before, after, secs })
}

fn completed(window: &Window, usual: &Usual, now: Moment) -> Completed {
    let limit_ms = usual.high(Figure::ReadP99).map_or(SLOW_MS, |p99| (4.0 * p99).max(SLOW_MS));
    let mut completed = Completed { limit_ms, ..Completed::default() };
    let Some((before, after, _)) = pair(window, now, SHARE_SECS) else { return completed };
    let earlier = |bucket: &Bucket| {
        before
            .read_histogram
            .iter()
            .find(|known| known.from_us == bucket.from_us)
            .map_or(0, |known| known.count)
    };
    let changes: Vec<(f64, f64)> = after
        .read_histogram
        .iter()
        .map(|bucket| {
            (float(bucket.from_us) / 1_000.0, float(bucket.count.saturating_sub(earlier(bucket)).max(0)))
        })
        .collect();
    completed.count = changes.iter().map(|(_, count)| count).sum();
    // Buckets are wide; what lies in the one that holds the limit counts as slow.
    completed.slow =
        changes.iter().filter(|(from, _)| *from >= 0.75 * limit_ms).map(|(_, count)| count).sum();
    let mut faster = completed.count * 0.99;
    for (from, count) in &changes {
        completed.p99_ms = *from;
        faster -= count;
        if faster <= 0.0 {
            break;
        }
    }
    completed
}

fn cpu(window: &Window, now: Moment) -> Option<f64> {
    let mut known = window.host.iter().rev().filter(|(at, _)| *at <= now && now.secs_since(*at) < 3.0);
    let (after_at, after) = known.next()?;
    let (before_at, before) = known.find(|(at, _)| after_at.secs_since(*at) >= RATE_SECS)?;
    Some(float(after.cpu_us.saturating_sub(before.cpu_us)) / 1e6 / after_at.secs_since(*before_at))
}

fn stopped(window: &Window, now: Moment) -> Option<f64> {
    let recent = window.host.iter().rev().filter(|(at, _)| *at <= now && now.secs_since(*at) < STALE_SECS);
    let (looks, stopped) = recent.fold((0.0, 0.0), |(looks, stopped), (_, host)| {
        (looks + 1.0, if host.state == b'T' { stopped + 1.0 } else { stopped })
    });
    (looks > 0.0).then(|| stopped / looks)
}
