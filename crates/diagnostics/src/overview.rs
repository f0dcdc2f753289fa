//! The charts of diagnostic data that people look at first: a list of them, and what makes lines of samples.
//!
//! An [`Overview`] takes chunks in and keeps of each line no more than `MOST_POINTS` points, the greatest of those
//! that lie together, so that a second of trouble in a week is seen. Never interpolates: what no sample tells has no point.

use crate::ftdc::{Chunk, Schema};
use jiff::Timestamp;
use std::sync::Arc;

/// Points kept of a line; from then on two become one.
const MOST_POINTS: usize = 4_000;

/// What the values of a chart measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// How many a second.
    PerSecond,
    /// Milliseconds.
    Millis,
    /// A share.
    Percent,
}

/// A chart.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// What it shows.
    pub title: &'static str,
    /// What its values measure.
    pub unit: Unit,
    /// Whether values differ by powers of ten.
    pub logarithmic: bool,
    /// Its lines: what they are called, and what they are made of.
    pub lines: &'static [(&'static str, Made)],
}

/// What a line is made of. Paths are alternatives, as versions call things differently; those that a `*` stands in
/// are all added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The value itself.
    Value(&'static [&'static str]),
    /// How much it grows in a second.
    Rate(&'static [&'static str]),
    /// How much of the second is the first, in percent.
    Share(&'static [&'static str], &'static [&'static str]),
    /// How much of the growth of the second is the growth of the first, in percent.
    GrowthShare(&'static [&'static str], &'static [&'static str]),
    /// The growth of the first, in microseconds, for each one by which the second grows, in milliseconds.
    MeanMs(&'static [&'static str], &'static [&'static str]),
    /// How far the values are apart; zero is none.
    Spread(&'static [&'static str]),
}

/// The charts of a node.
pub const CHARTS: &[Spec] = &[
    Spec {
        title: "Operations",
        unit: Unit::PerSecond,
        logarithmic: false,
        lines: &[
            ("queries", Made::Rate(&["serverStatus.opcounters.query"])),
            ("getMore", Made::Rate(&["serverStatus.opcounters.getmore"])),
            ("commands", Made::Rate(&["serverStatus.opcounters.command"])),
            ("inserts", Made::Rate(&["serverStatus.opcounters.insert"])),
            ("updates", Made::Rate(&["serverStatus.opcounters.update"])),
        ],
    },
    Spec {
        title: "Mean latency",
        unit: Unit::Millis,
        logarithmic: true,
        lines: &[
            (
                "reads",
                Made::MeanMs(
                    &["serverStatus.opLatencies.reads.latency"],
                    &["serverStatus.opLatencies.reads.ops"],
                ),
            ),
            (
                "writes",
                Made::MeanMs(
                    &["serverStatus.opLatencies.writes.latency"],
                    &["serverStatus.opLatencies.writes.ops"],
                ),
            ),
            (
                "commands",
                Made::MeanMs(
                    &["serverStatus.opLatencies.commands.latency"],
                    &["serverStatus.opLatencies.commands.ops"],
                ),
            ),
        ],
    },
    Spec {
        title: "Queue",
        unit: Unit::Count,
        logarithmic: false,
        lines: &[
            ("readers waiting", Made::Value(&["serverStatus.globalLock.currentQueue.readers"])),
            ("writers waiting", Made::Value(&["serverStatus.globalLock.currentQueue.writers"])),
            ("readers at work", Made::Value(&["serverStatus.globalLock.activeClients.readers"])),
        ],
    },
    Spec {
        title: "Tickets in use",
        unit: Unit::Count,
        logarithmic: false,
        lines: &[
            (
                "read",
                Made::Value(&[
                    "serverStatus.wiredTiger.concurrentTransactions.read.out",
                    "serverStatus.queues.execution.read.out",
                ]),
            ),
            (
                "write",
                Made::Value(&[
                    "serverStatus.wiredTiger.concurrentTransactions.write.out",
                    "serverStatus.queues.execution.write.out",
                ]),
            ),
        ],
    },
    Spec {
        title: "Cache",
        unit: Unit::Percent,
        logarithmic: false,
        lines: &[
            ("in use", Made::Share(&["serverStatus.wiredTiger.cache.bytes currently in the cache"], CACHE)),
            (
                "dirty",
                Made::Share(&["serverStatus.wiredTiger.cache.tracked dirty bytes in the cache"], CACHE),
            ),
        ],
    },
    Spec {
        title: "Last checkpoint",
        unit: Unit::Millis,
        logarithmic: true,
        lines: &[(
            "took",
            Made::Value(&[
                "serverStatus.wiredTiger.transaction.transaction checkpoint most recent time (msecs)",
                "serverStatus.wiredTiger.checkpoint.most recent time (msecs)",
            ]),
        )],
    },
    Spec {
        title: "Connections",
        unit: Unit::Count,
        logarithmic: false,
        lines: &[
            ("open", Made::Value(&["serverStatus.connections.current"])),
            ("active", Made::Value(&["serverStatus.connections.active"])),
        ],
    },
    Spec {
        title: "Documents",
        unit: Unit::PerSecond,
        logarithmic: true,
        lines: &[
            ("examined", Made::Rate(&["serverStatus.metrics.queryExecutor.scannedObjects"])),
            ("returned", Made::Rate(&["serverStatus.metrics.document.returned"])),
        ],
    },
    Spec {
        title: "Members of the set apart",
        unit: Unit::Millis,
        logarithmic: true,
        lines: &[("replication lag", Made::Spread(&["replSetGetStatus.members.*.optimeDate"]))],
    },
    Spec {
        title: "Page faults",
        unit: Unit::PerSecond,
        logarithmic: false,
        lines: &[("page faults", Made::Rate(&["serverStatus.extra_info.page_faults"]))],
    },
    Spec {
        title: "Processors",
        unit: Unit::Percent,
        logarithmic: false,
        lines: &[
            ("user", Made::GrowthShare(&["systemMetrics.cpu.user_ms"], PROCESSORS)),
            ("system", Made::GrowthShare(&["systemMetrics.cpu.system_ms"], PROCESSORS)),
            ("waiting for disks", Made::GrowthShare(&["systemMetrics.cpu.iowait_ms"], PROCESSORS)),
            ("stolen", Made::GrowthShare(&["systemMetrics.cpu.steal_ms"], PROCESSORS)),
        ],
    },
    Spec {
        title: "Disks",
        unit: Unit::PerSecond,
        logarithmic: false,
        lines: &[
            ("reads", Made::Rate(&["systemMetrics.disks.*.reads"])),
            ("writes", Made::Rate(&["systemMetrics.disks.*.writes"])),
        ],
    },
];

const CACHE: &[&str] = &["serverStatus.wiredTiger.cache.maximum bytes configured"];
/// What the time of the processors goes into, all of it.
const PROCESSORS: &[&str] = &["systemMetrics.cpu.*_ms"];
/// Where the sections of a sample lie; from 8.0 on they may be sorted by service.
const ROOTS: &[&str] = &["", "common.", "shard.", "router."];

/// The points of a line.
pub type Values = Vec<(Timestamp, f64)>;

/// Lines in the making, of one node.
pub struct Overview {
    lines: Vec<Vec<Points>>,
    columns: Vec<Vec<[Vec<usize>; 2]>>,
    schema: Option<Arc<Schema>>,
    before: Option<Before>,
}

/// The sample before.
struct Before {
    at_ms: i64,
    sums: Vec<Vec<[Option<i64>; 2]>>,
}

/// Points of a line, thinned.
#[derive(Clone, Debug)]
struct Points {
    kept: Vec<(i64, f64)>,
    /// Samples that become one point.
    stride: usize,
    gathered: usize,
}

impl Default for Overview {
    fn default() -> Self {
        let empty = Points { kept: Vec::new(), stride: 1, gathered: 0 };
        Self {
            lines: CHARTS.iter().map(|chart| vec![empty.clone(); chart.lines.len()]).collect(),
            columns: Vec::new(),
            schema: None,
            before: None,
        }
    }
}

impl Overview {
    /// Takes in those samples of a chunk that are asked for by their time in milliseconds since 1970.
    pub fn take_in(&mut self, chunk: &Chunk<'_>, asked: impl Fn(i64) -> bool) {
        if !self.schema.as_ref().is_some_and(|schema| Arc::ptr_eq(schema, chunk.schema())) {
            self.schema = Some(Arc::clone(chunk.schema()));
            self.columns = CHARTS.iter().map(|chart| found(chart, chunk.schema())).collect();
        }
        let start = chunk.named("start");
        for sample in 0..chunk.samples() {
            let at_ms = start.and_then(|start| start.get(sample)).unwrap_or(chunk.id_ms());
            if asked(at_ms) && self.before.as_ref().is_none_or(|before| before.at_ms < at_ms) {
                self.sample(chunk, sample, at_ms);
            }
        }
    }

    fn sample(&mut self, chunk: &Chunk<'_>, sample: usize, at_ms: i64) {
        let value = |column: &usize| chunk.column(*column)?.get(sample);
        let mut sums = Vec::with_capacity(CHARTS.len());
        for ((chart, columns), lines) in CHARTS.iter().zip(&self.columns).zip(&mut self.lines) {
            let mut of_chart = Vec::with_capacity(columns.len());
            for (index, ((_, made), columns)) in chart.lines.iter().zip(columns).enumerate() {
                let sum = |columns: &[usize]| columns.iter().filter_map(value).reduce(i64::saturating_add);
                let now = if matches!(made, Made::Spread(_)) {
                    let told = || columns[0].iter().filter_map(value).filter(|value| *value != 0);
                    [told().max(), told().min()]
                } else {
                    [sum(&columns[0]), sum(&columns[1])]
                };
                let before =
                    self.before.as_ref().map(|before| (before.at_ms, before.sums[sums.len()][index]));
                if let Some(point) = made.point(now, before, at_ms) {
                    lines[index].push(at_ms, point);
                }
                of_chart.push(now);
            }
            sums.push(of_chart);
        }
        self.before = Some(Before { at_ms, sums });
    }

    /// The charts of which anything was told, each with its lines.
    pub fn charts(&self) -> Vec<(&'static Spec, Vec<Values>)> {
        let line = |points: &Points| {
            let told = points.kept.iter();
            told.filter_map(|(at, value)| Some((Timestamp::from_millisecond(*at).ok()?, *value))).collect()
        };
        let all = CHARTS.iter().zip(&self.lines);
        all.map(|(chart, lines)| (chart, lines.iter().map(line).collect::<Vec<Values>>()))
            .filter(|(_, lines)| lines.iter().any(|line| !line.is_empty()))
            .collect()
    }
}

impl Made {
    #[expect(clippy::cast_precision_loss, reason = "a pixel is wider")]
    fn point(
        self,
        now: [Option<i64>; 2],
        before: Option<(i64, [Option<i64>; 2])>,
        at_ms: i64,
    ) -> Option<f64> {
        // A counter that is less than before began anew.
        let growth = |side: usize| {
            let grown = now[side]?.checked_sub(before?.1[side]?)?;
            (grown >= 0).then_some(grown as f64)
        };
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| 100.0 * part / whole);
        match self {
            Self::Value(_) => Some(now[0]? as f64),
            Self::Rate(_) => Some(growth(0)? * 1_000.0 / (at_ms - before?.0).max(1) as f64),
            Self::Share(..) => share(now[0]? as f64, now[1]? as f64),
            Self::GrowthShare(..) => share(growth(0)?, growth(1)?),
            Self::MeanMs(..) => {
                growth(1).filter(|count| *count > 0.0).and_then(|count| Some(growth(0)? / count / 1_000.0))
            }
            Self::Spread(_) => Some(now[0]?.saturating_sub(now[1]?) as f64),
        }
    }
}

impl Points {
    fn push(&mut self, at_ms: i64, value: f64) {
        if self.gathered > 0
            && let Some(last) = self.kept.last_mut()
        {
            last.1 = last.1.max(value);
        } else {
            self.kept.push((at_ms, value));
        }
        self.gathered = (self.gathered + 1) % self.stride;
        if self.kept.len() > MOST_POINTS && self.gathered == 0 {
            let greatest = |pair: &[(i64, f64)]| {
                let greatest = pair.iter().map(|(_, value)| *value).fold(f64::MIN, f64::max);
                (pair[0].0, greatest)
            };
            self.kept = self.kept.chunks(2).map(greatest).collect();
            self.stride *= 2;
        }
    }
}

/// The columns of each line of a chart.
fn found(chart: &Spec, schema: &Schema) -> Vec<[Vec<usize>; 2]> {
    let columns = |paths: &[&str]| {
        let of_path = |path: &&str| -> Vec<usize> {
            if path.contains('*') {
                let all = schema.names().enumerate();
                return all.filter(|(_, name)| fits(path, name)).map(|(index, _)| index).collect();
            }
            ROOTS.iter().find_map(|root| schema.find(&[*root, *path].concat())).into_iter().collect()
        };
        paths.iter().map(of_path).find(|found| !found.is_empty()).unwrap_or_default()
    };
    let line = |(_, made): &(&str, Made)| match *made {
        Made::Value(paths) | Made::Rate(paths) | Made::Spread(paths) => [columns(paths), Vec::new()],
        Made::Share(part, whole) | Made::GrowthShare(part, whole) | Made::MeanMs(part, whole) => {
            [columns(part), columns(whole)]
        }
    };
    chart.lines.iter().map(line).collect()
}

/// Whether a name fits a pattern in which `*` stands for any text and `?` for one letter.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut of) = (0, 0);
    // Where the last `*` stands, and up to where it has been taken to reach.
    let mut star = None;
    while at < name.len() {
        match pattern.get(of) {
            Some(b'*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(letter) if *letter == b'?' || *letter == name[at] => {
                of += 1;
                at += 1;
            }
            _ => {
                let Some((of_star, reached)) = star else { return false };
                star = Some((of_star, reached + 1));
                (of, at) = (of_star + 1, reached + 1);
            }
        }
    }
    pattern[of..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_they_say() {
        let cases = [
            ("serverStatus.*", "serverStatus.opcounters.query", true),
            ("*.query", "serverStatus.opcounters.query", true),
            ("*opcounters*", "serverStatus.opcounters.query", true),
            ("server?tatus.a", "serverStatus.a", true),
            ("systemMetrics.disks.*.reads", "systemMetrics.disks.sda.reads", true),
            ("systemMetrics.disks.*.reads", "systemMetrics.disks.sda.reads_merged", false),
            ("serverStatus", "serverStatus.a", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn lines_are_made_of_what_was_counted() {
        let rate = Made::Rate(&[]);
        assert_eq!(rate.point([Some(30), None], Some((0, [Some(10), None])), 2_000), Some(10.0));
        assert_eq!(rate.point([Some(3), None], Some((0, [Some(10), None])), 2_000), None, "started anew");
        assert_eq!(rate.point([Some(30), None], None, 2_000), None);
        let mean = Made::MeanMs(&[], &[]);
        assert_eq!(mean.point([Some(9_000), Some(4)], Some((0, [Some(1_000), Some(2)])), 1), Some(4.0));
        assert_eq!(mean.point([Some(9_000), Some(2)], Some((0, [Some(1_000), Some(2)])), 1), None);
        assert_eq!(Made::Share(&[], &[]).point([Some(1), Some(4)], None, 1), Some(25.0));
    }

    #[test]
    fn a_long_line_keeps_its_peaks() {
        let mut points = Points { kept: Vec::new(), stride: 1, gathered: 0 };
        for at in 0..100_000 {
            points.push(at, if at == 54_321 { 900.0 } else { 1.0 });
        }
        assert!(points.kept.len() <= MOST_POINTS + 1, "{}", points.kept.len());
        assert_eq!(points.kept.iter().filter(|(_, value)| *value > 1.0).count(), 1);
        assert!(points.kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
