//! A watched database on a bad day: an index build locks the readers of a replica set out for two minutes.

use super::{now, slug};
use crate::live::{Live, Standing, WatchedDatabase};
use domain::detect::{Cause, Culprit, Evidence, Severity, Verdict};
use domain::reads::{Frame, Group, InFlight, Moment, Path, Role, Series};
use domain::time::Window;
use domain::{IncidentId, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;
use store::{HeatRow, ReadTime};

/// Its name.
pub const NAME: &str = "prod1";
/// Its nodes; the first is the primary.
pub const NODES: [&str; 3] =
    ["mongo-a.prod1.example:27017", "mongo-b.prod1.example:27017", "mongo-c.prod1.example:27017"];

/// Seconds before now at which the stall began.
const BEGAN: i64 = 180;
/// And ended, in pictures of afterwards.
const ENDED: i64 = 40;

/// The databases.
pub fn watched() -> Vec<WatchedDatabase> {
    let database = |name: &str| WatchedDatabase {
        name: slug(name),
        title: name.to_uppercase(),
        environment: Some(slug(name)),
    };
    vec![database(NAME), database("prod2")]
}

/// Seconds before now.
pub fn ago(seconds: i64) -> Timestamp {
    now().saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(now())
}

/// One second of a node, so many seconds ago. A node that is stalled has `rank` 0.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_wrap, reason = "small numbers")]
pub fn frame(rank: usize, seconds_ago: i64, stall_lasts: bool) -> Frame {
    let noise = |salt: i64| {
        let mut mixed = seconds_ago.wrapping_mul(7_919) ^ (salt << 20) ^ ((rank as i64) << 30);
        for _ in 0..3 {
            mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0x5851_f42d_4c95_7f2d);
        }
        (mixed >> 20).rem_euclid(1_000) as f32 / 1_000.0
    };
    let until = if stall_lasts { -1 } else { ENDED };
    let stalled = rank == 0 && seconds_ago <= BEGAN && seconds_ago > until;
    let age_ms = if stalled { ((BEGAN - seconds_ago) as f32 * 1_000.0 + 300.0).min(30_000.0) } else { 0.0 };
    let mut frame = Frame::new(Moment::default());
    let scale = if rank == 0 { 1.0 } else { 0.4 };
    for (salt, (series, calm, stall)) in [
        (Series::HotMs, 0.3 + 0.2 * noise(1), age_ms),
        (Series::ColdMs, 1.1 + 2.0 * noise(2), age_ms),
        (Series::AppMs, 0.8 + 0.5 * noise(3), age_ms),
        (Series::HelloMs, 0.2 + 0.1 * noise(4), 0.3 + 0.2 * noise(4)),
        (Series::FreshMs, 1.6 + 0.6 * noise(5), 1.9 + 0.8 * noise(5)),
        (Series::OldestReadMs, 4.0 + 30.0 * noise(6), age_ms),
        (
            Series::InFlight,
            (scale * (3.0 + 5.0 * noise(7))).round(),
            (20.0 + age_ms / 70.0).min(420.0).round(),
        ),
        (Series::OldReads, 0.0, (age_ms / 75.0).min(400.0).round()),
        (Series::QueuedReaders, 0.0, (age_ms / 75.0).min(412.0).round()),
        (Series::ReadTicketsOut, (scale * (2.0 + 4.0 * noise(8))).round(), 128.0),
        (Series::ReadsPerS, scale * (820.0 + 120.0 * noise(9)), 6.0 * noise(9)),
        (Series::WritesPerS, scale * (140.0 + 60.0 * noise(10)), 2.0 * noise(10)),
        (Series::ReadMs, 0.4 + 0.2 * noise(11), 0.2),
        (Series::CacheUsedPercent, 78.0 + 2.0 * noise(12), 79.0 + noise(12)),
        (Series::CacheDirtyPercent, 3.0 + 2.0 * noise(13), 2.0 + noise(13)),
        (Series::AppEvictionsPerS, 0.0, 0.0),
        (Series::PagesReadPerS, scale * (30.0 + 40.0 * noise(14)), 190.0 + 40.0 * noise(14)),
        (Series::ScannedPerS, scale * (1_500.0 + 400.0 * noise(15)), 12.0 * noise(15)),
        (Series::Connections, 212.0, 212.0 + (age_ms / 300.0).round()),
    ]
    .into_iter()
    .enumerate()
    {
        // Nobody answers to serverStatus in a while now and then: a hole in a line.
        if seconds_ago % 97 != 50 || salt < 5 {
            frame.set(series, if stalled { stall } else { calm });
        }
    }
    frame
}

/// The verdict.
pub fn standing() -> Standing {
    let text = |text: &str| -> Arc<str> { text.into() };
    let evidence =
        |rule: &'static str, words: &str| Evidence { rule, node: text(NODES[0]), text: words.to_owned() };
    let incident = super::stories::own_open().incident.id;
    Standing {
        incident: Some(incident),
        verdict: Verdict {
            severity: Severity::Stall,
            began_at: ago(BEGAN),
            detected_at: ago(BEGAN - 1),
            ended_at: None,
            cause: Cause::BlockingOp,
            nodes: vec![text(NODES[0])],
            namespaces: vec![text("crm.messages"), text("crm.conversations")],
            culprit: Some(Culprit {
                namespace: text("crm.messages"),
                command: text("createIndexes"),
                shape: text("createIndexes {key: {channel: 1, ts: -1}}"),
                app: text("migrations"),
                plan: text(""),
                message: text("Index Build: 1830221/4211004 43%"),
                count: 1,
                oldest_us: 180_000_000,
            }),
            contributors: vec![],
            waiting: 412,
            oldest_us: 30_000_000,
            evidence: vec![
                evidence("deadline", "hot read of crm.messages on its way for 30.0 s (usually 0.3 ms)"),
                evidence("queue", "412 reads wait for a lock (usually 0)"),
                evidence("exclusive lock", "createIndexes on crm.messages keeps readers out for 180 s"),
            ],
            confidence: 97,
            sentence:
                "reads have stalled since 09:38:20: 412 waiting, oldest 30.0 s; holder: index build on \
                       crm.messages"
                    .to_owned(),
        },
    }
}

/// What is in flight on the stalled node.
pub fn in_flight() -> InFlight {
    let group = |namespace: &str, command: &str, shape: &str, app: &str, plan: &str| Group {
        namespace: namespace.into(),
        command: command.into(),
        shape: shape.into(),
        app: app.into(),
        plan: plan.into(),
        reads: true,
        ..Group::default()
    };
    let mut groups = vec![
        Group {
            count: 311,
            waiting: 311,
            oldest_us: 29_700_000,
            ..group(
                "crm.messages",
                "find",
                "{conversation: ?} sort {ts: -1}",
                "crm-api",
                "IXSCAN { conversation: 1, ts: -1 }",
            )
        },
        Group {
            count: 1,
            oldest_us: 180_200_000,
            exclusive_us: 180_200_000,
            reads: false,
            message: "Index Build: 1830221/4211004 43%".into(),
            ..group("crm.messages", "createIndexes", "{key: {channel: 1, ts: -1}}", "migrations", "")
        },
        Group {
            count: 101,
            waiting: 101,
            oldest_us: 28_900_000,
            ..group(
                "crm.conversations",
                "find",
                "{assignee: ?, state: ?}",
                "crm-web",
                "IXSCAN { assignee: 1 }",
            )
        },
    ];
    groups.push(Group {
        count: 4,
        oldest_us: 900_000,
        tailing: true,
        ..group("local.oplog.rs", "getMore", "{ts: {$gte: ?}}", "replication", "COLLSCAN")
    });
    InFlight { groups, fsync_locked: false }
}

/// Tells the last ten minutes: of the first database with its stall, of the second a quiet time.
pub fn tell(live: &Live) {
    live.watch(watched());
    for seconds_ago in (0..600).rev() {
        let frames = |lasts: bool, offset: usize| -> Vec<(Arc<str>, Frame)> {
            let nodes = NODES.iter().enumerate();
            nodes.map(|(rank, node)| (Arc::from(*node), frame(rank + offset, seconds_ago, lasts))).collect()
        };
        live.frames(NAME, ago(seconds_ago), &frames(true, 0));
        live.frames("prod2", ago(seconds_ago), &frames(true, 1));
    }
    for database in [NAME, "prod2"] {
        for (rank, node) in NODES.iter().enumerate() {
            live.role(database, node, now(), if rank == 0 { Role::Primary } else { Role::Secondary });
        }
    }
    live.in_flight(NAME, NODES[0], ago(1), &in_flight());
    live.look_failed(
        NAME,
        NODES[0],
        ago(2),
        &Path::Hot("crm.messages".into()),
        &domain::reads::Failure::TimedOut,
    );
    live.verdict(NAME, Some(standing()));
}

/// Namespaces by read time, minute by minute of an hour.
#[expect(clippy::cast_possible_wrap, reason = "small numbers")]
pub fn heat() -> Vec<HeatRow> {
    let names = ["crm.messages", "crm.conversations", "crm.contacts", "crm.events", "crm.settings"];
    let rows = names.iter().enumerate().map(|(rank, name)| {
        let minute = |minute: i64| {
            let calm =
                400_000 / (rank as i64 * 3 + 1) + (minute * 7_919 + rank as i64 * 13).rem_euclid(90_000);
            let read_us = if minute < 4 && rank < 2 { calm * 60 } else { calm };
            (ago(minute * 60 + now().as_second().rem_euclid(60)), read_us)
        };
        let cells: Vec<_> = (0..60).rev().map(minute).collect();
        let total_us = cells.iter().map(|(_, read_us)| read_us).sum();
        HeatRow { namespace: (*name).to_owned(), total_us, cells }
    });
    rows.collect()
}

/// The same as times to be kept.
pub fn read_times() -> Vec<(Timestamp, Vec<ReadTime>)> {
    let heat = heat();
    let minutes = heat.first().map(|row| row.cells.clone()).unwrap_or_default();
    let at = |index: usize| {
        let time = |row: &HeatRow| ReadTime { namespace: row.namespace.clone(), read_us: row.cells[index].1 };
        heat.iter().map(time).collect()
    };
    minutes.iter().enumerate().map(|(index, (minute, _))| (*minute, at(index))).collect()
}

/// The incident of the stall, as a stretch of time with its identifier and title.
pub fn incidents() -> Vec<(IncidentId, String, Window)> {
    let own = super::stories::own_open().incident;
    vec![(own.id, own.title, Window::open(ago(BEGAN)))]
}
