//! One modelled mongod: what it completed, what hangs in it, and what it tells when asked.

use super::dice::{Dice, count, float, whole};
use super::load::{BUCKETS, NAMESPACES, SHAPES, Spread, bucket, further};
use super::scene::TICK;
use domain::reads::{Bucket, Counters, Group, Host, InFlight, METRICS, Metric, Role, Use};

/// Connections of the application's pool: as many operations hang at most.
const POOL: usize = 64;

/// Why operations hang.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hang {
    /// They wait for a lock.
    Lock,
    /// They wait for a page from the disk.
    Disk,
    /// They wait for a ticket.
    Ticket,
}

/// How a server fares during one tick.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// Operations a second that clients send here.
    pub(crate) arrivals: f64,
    /// Times the usual duration.
    pub(crate) slow: f64,
    /// Times the usual time of a page read.
    pub(crate) page: f64,
    /// Additional pages a second.
    pub(crate) pages: f64,
    /// Additional documents examined a second.
    pub(crate) scanned: f64,
    /// Additional writes a second.
    pub(crate) writes: f64,
    /// Connections made a second.
    pub(crate) made: f64,
    /// Processor use, in cores.
    pub(crate) cpu: f64,
    pub(crate) hang: Option<Hang>,
    /// Nothing runs until this moment.
    pub(crate) frozen: Option<i64>,
    /// There is no process until this moment.
    pub(crate) dead: Option<i64>,
    /// No connection is left until this moment.
    pub(crate) exhausted: Option<i64>,
    /// What hangs is served at this moment.
    pub(crate) hangs_until: i64,
    /// Read tickets.
    pub(crate) tickets: u32,
    pub(crate) checkpoint: bool,
    /// Operations besides the usual ones.
    pub(crate) extra: Vec<Group>,
}

impl Default for Condition {
    fn default() -> Self {
        Self {
            arrivals: 0.0,
            slow: 1.0,
            page: 1.0,
            pages: 0.0,
            scanned: 0.0,
            writes: 0.0,
            made: 0.2,
            cpu: 0.05,
            hang: None,
            frozen: None,
            dead: None,
            exhausted: None,
            hangs_until: 0,
            tickets: 128,
            checkpoint: false,
            extra: Vec::new(),
        }
    }
}

/// A server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) condition: Condition,
    pub(crate) role: Role,
    booted_at: i64,
    sums: [f64; METRICS.len()],
    histogram: [f64; BUCKETS.len()],
    /// Arrivals of operations that hang, by shape.
    stuck: [Vec<i64>; SHAPES.len()],
    cpu_us: f64,
    dirty: f64,
    used: f64,
}

impl Server {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            condition: Condition::default(),
            role,
            booted_at: -3_600_000_000,
            sums: [0.0; METRICS.len()],
            histogram: [0.0; BUCKETS.len()],
            stuck: std::array::from_fn(|_| Vec::new()),
            cpu_us: 0.0,
            dirty: 0.02,
            used: 0.7,
        }
    }

    /// The process is a new one.
    pub(crate) fn boot(&mut self, at: i64) {
        *self = Self { condition: self.condition.clone(), booted_at: at, ..Self::new(Role::Other) };
    }

    /// Lives through one tick that ends at `at`.
    pub(crate) fn tick(&mut self, at: i64, spreads: &[Spread], dice: &mut Dice) {
        if self.condition.frozen.is_some() || self.condition.dead.is_some() {
            return;
        }
        let secs = float(TICK) / 1e6;
        let condition = &self.condition;
        let (slow, page, hang) = (condition.slow, condition.page, condition.hang);
        let (extra_pages, scanned, writes) = (condition.pages, condition.scanned, condition.writes);
        self.cpu_us += condition.cpu * float(TICK);
        self.add(Metric::ConnectionsMade, condition.made * secs);
        self.add(Metric::ScannedDocuments, scanned * secs);
        self.add(Metric::PagesRead, extra_pages * secs);
        self.add(Metric::Writes, writes * secs);
        self.add(Metric::WriteUs, writes * secs * 300.0);
        self.add(Metric::Requests, writes * secs + 40.0 * secs);
        let asked = self.condition.arrivals * secs * dice.between(0.85, 1.15);
        if hang.is_none() {
            self.serve_stuck(at);
        }
        for (index, (shape, spread)) in SHAPES.iter().zip(spreads).enumerate() {
            let mut served = asked * shape.share;
            if let Some(hang) = hang {
                let stopped = match hang {
                    Hang::Lock => 1.0,
                    Hang::Disk => shape.miss,
                    Hang::Ticket => f64::from(u8::from(shape.reads)),
                };
                self.hang(index, served * stopped, at, dice);
                let free = self.stuck.iter().map(Vec::len).sum::<usize>() < POOL;
                served = if free { served * (1.0 - stopped) } else { 0.0 };
            }
            self.serve(index, served, (slow, page), spread);
        }
        let target = if self.condition.checkpoint { 0.015 } else { 0.05 };
        let written = writes * 0.000_02;
        self.dirty = (self.dirty + (target - self.dirty) * 0.02 + written * secs).min(0.15);
    }

    fn add(&mut self, metric: Metric, value: f64) {
        self.sums[metric as usize] += value;
    }

    fn serve(&mut self, index: usize, served: f64, (slow, page): (f64, f64), spread: &Spread) {
        let shape = &SHAPES[index];
        self.add(Metric::Requests, served);
        let waited = shape.miss * 700.0 * (page - 1.0).max(0.0);
        let us = served * (spread.mean_us * slow + waited);
        if !shape.reads {
            self.add(Metric::Writes, served);
            self.add(Metric::WriteUs, us);
            return;
        }
        self.add(Metric::Reads, served);
        self.add(Metric::ReadUs, us);
        self.add(Metric::ScannedDocuments, served * 12.0);
        self.add(Metric::Returned, served * 8.0);
        let pages = served * shape.miss;
        self.add(Metric::PagesRead, pages);
        self.add(Metric::AppPageReads, pages);
        self.add(Metric::AppPageReadUs, pages * 700.0 * page);
        let shift = further(slow);
        let missed = if page > 4.0 { shape.miss } else { 0.0 };
        let of_missed = bucket(whole(spread.mean_us + 700.0 * page));
        for (from, share) in spread.shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            self.histogram[(from + shift).min(BUCKETS.len() - 1)] += served * share * (1.0 - missed);
        }
        self.histogram[of_missed] += served * missed;
    }

    fn hang(&mut self, index: usize, count: f64, at: i64, dice: &mut Dice) {
        let arrived = whole(count + dice.unit());
        for _ in 0..arrived {
            if self.stuck.iter().map(Vec::len).sum::<usize>() < POOL {
                self.stuck[index].push(at - dice.range(0, TICK));
            }
        }
    }

    /// What hung is served at once.
    fn serve_stuck(&mut self, at: i64) {
        for (index, shape) in SHAPES.iter().enumerate() {
            for arrived in std::mem::take(&mut self.stuck[index]) {
                self.complete(shape.reads, at - arrived);
            }
        }
    }

    /// One operation of this duration ends.
    pub(crate) fn complete(&mut self, reads: bool, us: i64) {
        let (count, time) =
            if reads { (Metric::Reads, Metric::ReadUs) } else { (Metric::Writes, Metric::WriteUs) };
        self.add(count, 1.0);
        self.add(time, float(us));
        if reads {
            self.histogram[bucket(us)] += 1.0;
        }
    }

    /// Documents that an operation which ended had examined.
    pub(crate) fn examined(&mut self, documents: f64) {
        self.add(Metric::ScannedDocuments, documents);
    }

    fn stuck_reads(&self) -> i64 {
        let stuck: usize =
            SHAPES.iter().zip(&self.stuck).filter(|(s, _)| s.reads).map(|(_, s)| s.len()).sum();
        i64::try_from(stuck).unwrap_or(0)
    }

    /// The answer to `serverStatus`.
    pub(crate) fn counters(&self, at: i64, is_member: bool) -> Counters {
        let mut counters = Counters::default();
        for spec in METRICS.iter().filter(|spec| COUNTED.contains(&spec.metric)) {
            counters.set(spec.metric, whole(self.sums[spec.metric as usize]));
        }
        let queued = match self.condition.hang {
            Some(Hang::Lock | Hang::Ticket) => self.stuck_reads(),
            _ => 0,
        };
        let total = i64::from(self.condition.tickets);
        let held = match self.condition.hang {
            Some(Hang::Ticket) => total,
            Some(Hang::Disk) => self.stuck_reads(),
            _ => 1,
        };
        let left = if self.condition.exhausted.is_some() { 0 } else { 15_900 };
        let cache = 8_589_934_592.0;
        let levels = [
            (Metric::UptimeMs, (at - self.booted_at) / 1_000),
            (Metric::QueuedReaders, queued),
            (Metric::QueuedWriters, 0),
            (Metric::ActiveReaders, held.min(total)),
            (Metric::ReadTicketsOut, held.min(total)),
            (Metric::ReadTicketsLeft, (total - held).max(0)),
            (Metric::ReadTicketsTotal, total),
            (Metric::WriteTicketsLeft, 128),
            (Metric::CacheMax, whole(cache)),
            (Metric::CacheUsed, whole(cache * self.used)),
            (Metric::CacheDirty, whole(cache * self.dirty)),
            (Metric::CheckpointRunning, i64::from(self.condition.checkpoint)),
            (Metric::Connections, 15_960 - left),
            (Metric::ConnectionsLeft, left),
        ];
        for (metric, value) in levels {
            counters.set(metric, value);
        }
        if is_member {
            counters.set(Metric::IsPrimary, i64::from(self.role == Role::Primary));
        }
        let filled = BUCKETS.iter().zip(&self.histogram).filter(|(_, count)| **count >= 1.0);
        counters.read_histogram =
            filled.map(|(from, number)| Bucket { from_us: *from, count: whole(*number) }).collect();
        counters
    }

    /// The answer to `$currentOp`.
    pub(crate) fn in_flight(&self, at: i64, spreads: &[Spread], dice: &mut Dice) -> InFlight {
        let mut groups: Vec<Group> = self.condition.extra.clone();
        for ((shape, stuck), spread) in SHAPES.iter().zip(&self.stuck).zip(spreads) {
            let duration = spread.mean_us * self.condition.slow;
            let usual = self.condition.arrivals * shape.share * duration / 1e6;
            let running = if self.condition.hang.is_some() { 0 } else { count(usual + dice.unit()) };
            if running == 0 && stuck.is_empty() {
                continue;
            }
            let mut group = Group {
                namespace: NAMESPACES[shape.namespace].into(),
                command: shape.command.into(),
                shape: shape.text.into(),
                app: "shop-web".into(),
                plan: if stuck.is_empty() { shape.plan.into() } else { "".into() },
                reads: shape.reads,
                ..Group::default()
            };
            for _ in 0..running {
                group.add(whole(dice.between(0.0, 2.0 * duration)), false, whole(duration / 10_000.0));
            }
            for arrived in stuck {
                group.add(at - arrived, self.condition.hang == Some(Hang::Lock), 0);
            }
            groups.push(group);
        }
        groups.sort_by_key(|group| -group.total_us);
        InFlight { groups, fsync_locked: false }
    }

    /// The answer to `top`.
    pub(crate) fn top(&self, namespaces: usize) -> Vec<Use> {
        let reads = self.sums[Metric::Reads as usize];
        let of = |name: &&str| Use {
            namespace: (*name).to_owned(),
            read_us: whole(reads * 900.0),
            reads: whole(reads / 3.0),
            write_us: 1,
            writes: 1,
        };
        NAMESPACES.iter().take(namespaces).map(of).collect()
    }

    /// What the machine says of the process.
    pub(crate) fn host(&self) -> Host {
        let state = match (self.condition.dead, self.condition.frozen) {
            (Some(_), _) => 0,
            (None, Some(_)) => b'T',
            (None, None) => b'S',
        };
        Host { state, cpu_us: whole(self.cpu_us), cpu_pressure_us: -1, io_pressure_us: -1 }
    }
}

const COUNTED: [Metric; 11] = [
    Metric::Reads,
    Metric::ReadUs,
    Metric::Writes,
    Metric::WriteUs,
    Metric::Requests,
    Metric::PagesRead,
    Metric::AppPageReads,
    Metric::AppPageReadUs,
    Metric::ScannedDocuments,
    Metric::Returned,
    Metric::ConnectionsMade,
];
