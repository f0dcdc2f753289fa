//! The sentence of a verdict.

use super::rule::{count, micros};
use super::verdict::{Cause, Culprit, Severity, Verdict};
use jiff::tz::TimeZone;

/// What a verdict says in one sentence.
pub(super) fn sentence(verdict: &Verdict) -> String {
    let since = verdict.began_at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S UTC");
    let opening = match (verdict.severity, verdict.cause) {
        (Severity::Strain, _) => "reads are under strain",
        (_, Cause::Process | Cause::Network | Cause::Cluster) => "reads are not answered",
        (_, Cause::Connections) => "new connections are not served",
        _ => "reads have stalled",
    };
    let oldest = micros(verdict.oldest_us);
    let figures = match (verdict.waiting, verdict.oldest_us) {
        (0, 0) => String::new(),
        (0, _) => format!(": no answer for {oldest}"),
        (waiting, _) => format!(": {} waiting, oldest {oldest}", count(f64::from(waiting), "read")),
    };
    let blame = match &verdict.culprit {
        Some(culprit) if verdict.cause == Cause::BlockingOp => format!("holder: {}", name(culprit)),
        Some(culprit) => format!("in front: {}", name(culprit)),
        None => format!("cause: {}", verdict.cause.words()),
    };
    format!("{opening} since {since}{figures}; {blame}")
}

fn name(culprit: &Culprit) -> String {
    let what = match &*culprit.command {
        "createIndexes" => "index build",
        "fsync" => return "fsyncLock".to_owned(),
        command => command,
    };
    let plan = if culprit.plan.contains("COLLSCAN") { " scanning the whole collection" } else { "" };
    let by = if culprit.app.is_empty() { "" } else { " by " };
    format!("{what} on {}{plan}{by}{}", culprit.namespace, culprit.app)
}
