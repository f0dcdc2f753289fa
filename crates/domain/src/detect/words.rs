//! The sentence of a verdict.

use super::rule::{count, micros};
use super::verdict::{Cause, Culprit, Severity};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a verdict says in one sentence.
pub(super) fn sentence(
    severity: Severity,
    cause: Cause,
    began_at: Timestamp,
    waiting: u32,
    oldest_us: i64,
    culprit: Option<&Culprit>,
) -> String {
    let since = began_at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S UTC");
    let opening = match (severity, cause) {
        (Severity::Strain, _) => "reads are under strain",
        (_, Cause::Process | Cause::Network | Cause::Cluster) => "reads are not answered",
        (_, Cause::Connections) => "new connections are not served",
        _ => "reads have stalled",
    };
    let mut text = format!("{opening} since {since}");
    if waiting > 0 {
        text += &format!(": {} waiting, oldest {}", count(f64::from(waiting), "read"), micros(oldest_us));
    } else if oldest_us > 0 {
        text += &format!(": no answer for {}", micros(oldest_us));
    }
    text += "; ";
    text += &match culprit {
        Some(culprit) => format!("{}: {}", role(cause), name(culprit)),
        None => format!("cause: {}", cause.words()),
    };
    text
}

fn role(cause: Cause) -> &'static str {
    if cause == Cause::BlockingOp { "holder" } else { "in front" }
}

fn name(culprit: &Culprit) -> String {
    let what = match &*culprit.command {
        "createIndexes" => "index build",
        "fsync" => return "fsyncLock".to_owned(),
        command => command,
    };
    let mut text = format!("{what} on {}", culprit.namespace);
    if culprit.plan.contains("COLLSCAN") {
        text += " scanning the whole collection";
    }
    if !culprit.app.is_empty() {
        text += &format!(" by {}", culprit.app);
    }
    text
}
