//! The sentence of a verdict.

use super::contributors::{Contributor, Part};
use super::rule::{count, micros};
use super::verdict::{Cause, Culprit, Severity, Verdict};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What a verdict says in one sentence.
pub(super) fn sentence(verdict: &Verdict) -> String {
    let time = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string();
    let opening = match (verdict.severity, verdict.cause, verdict.ended_at.is_some()) {
        (Severity::Strain, _, false) => "reads are under strain",
        (Severity::Strain, _, true) => "reads were under strain",
        (_, Cause::Process | Cause::Network | Cause::Cluster, false) => "reads are not answered",
        (_, Cause::Process | Cause::Network | Cause::Cluster, true) => "reads were not answered",
        (_, Cause::Connections, false) => "new connections are not served",
        (_, Cause::Connections, true) => "new connections were not served",
        (_, _, false) => "reads have stalled",
        (_, _, true) => "reads stalled",
    };
    let blame = match &verdict.culprit {
        Some(culprit) if verdict.cause == Cause::BlockingOp => format!("holder: {}", name(culprit, verdict)),
        Some(culprit) => format!("in front: {}", name(culprit, verdict)),
        None => format!("cause: {}", verdict.cause.words()),
    };
    let began = time(verdict.began_at);
    if let Some(ended_at) = verdict.ended_at {
        return format!("{opening} from {began} to {} UTC; {blame}", time(ended_at));
    }
    let oldest = micros(verdict.oldest_us);
    let figures = match (verdict.waiting, verdict.oldest_us) {
        (0, 0) => String::new(),
        (0, _) => format!(": no answer for {oldest}"),
        (waiting, _) => format!(": {} waiting, oldest {oldest}", count(f64::from(waiting), "read")),
    };
    format!("{opening} since {began} UTC{figures}; {blame}")
}

/// As much of a shape as one sentence bears, in characters.
const MOST_SHAPE: usize = 120;

/// Shape and namespace, what it does, for whom, and how much of the whole falls to it.
fn name(culprit: &Culprit, verdict: &Verdict) -> String {
    let plan = if culprit.plan.contains("COLLSCAN") { " scanning the whole collection" } else { "" };
    let by = if culprit.app.is_empty() { "" } else { " by " };
    let what = match &*culprit.command {
        "createIndexes" => "index build",
        "fsync" => return "fsyncLock".to_owned(),
        command if culprit.shape.is_empty() => command,
        _ => &culprit.shape,
    };
    let cut = what.chars().count() > MOST_SHAPE;
    let what: String = what.chars().take(MOST_SHAPE).chain(cut.then_some('…')).collect();
    let share = verdict.contributors.iter().find(|one| one.part == Part::Cause).and_then(share);
    let share = share.unwrap_or_default();
    format!("{what} on {}{plan}{by}{}{share}", culprit.namespace, culprit.app)
}

fn share(first: &Contributor) -> Option<String> {
    let (share, of) = first.shares.foremost().filter(|(share, _)| *share > 0)?;
    Some(format!(", {share} % of the {of}"))
}
