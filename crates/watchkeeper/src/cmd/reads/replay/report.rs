//! The result of a replay as JSON.
//!
//! This module never decides what counts: everything that was said is in it.

use super::Replayed;
use super::judge::{Gap, Story};
use crate::cmd::reads::verdict;
use domain::detect::{Severity, Verdict};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The whole result.
pub(super) fn of(replayed: &[Replayed]) -> Value {
    let list = |severity| -> Vec<Value> {
        let stories =
            replayed.iter().flat_map(|one| one.judgement.stories.iter().map(move |story| (one, story)));
        let wanted = stories.filter(|(_, story)| story.severity() == severity);
        wanted.map(|(one, story)| self::story(&one.source, story)).collect()
    };
    let gaps =
        replayed.iter().flat_map(|one| one.judgement.gaps.iter().map(move |gap| self::gap(&one.source, gap)));
    let unread = replayed.iter().filter(|one| !one.troubles.is_empty());
    json!({
        "verdicts": list(Severity::Stall),
        "warnings": list(Severity::Strain),
        "samples": replayed.iter().map(|one| one.judgement.samples).sum::<u64>(),
        "gaps": gaps.collect::<Vec<_>>(),
        "truth": replayed.iter().filter_map(truth).collect::<Vec<_>>(),
        "unread": unread.map(|one| json!({ "source": one.source, "troubles": one.troubles })).collect::<Vec<_>>(),
    })
}

fn truth(one: &Replayed) -> Option<Value> {
    let mut body = one.truth.as_ref()?.body();
    body["source"] = one.source.as_str().into();
    Some(body)
}

/// The verdict as it was told last, dated and graded as at its worst, with all that was said on the way.
fn story(source: &str, story: &Story) -> Value {
    let mut told = verdict::body(story.last());
    told["source"] = source.into();
    told["detected_at"] = story.detected_at().to_string().into();
    told["severity"] = story.severity().as_str().into();
    told["changes"] = story.told.iter().map(|(at, verdict)| change(*at, verdict)).collect();
    told
}

/// The first is what was said at once.
fn change(at: Timestamp, verdict: &Verdict) -> Value {
    json!({
        "at": at.to_string(),
        "severity": verdict.severity.as_str(),
        "cause": verdict.cause.as_str(),
        "namespaces": verdict.namespaces,
        "culprit": verdict.culprit.as_ref().map(verdict::culprit),
        "contributors": verdict.contributors.iter().map(verdict::contributor).collect::<Vec<_>>(),
        "sentence": verdict.sentence,
    })
}

fn gap(source: &str, gap: &Gap) -> Value {
    json!({
        "source": source,
        "node": gap.node,
        "from": gap.from.to_string(),
        "to": gap.to.to_string(),
        "seconds": gap.to.duration_since(gap.from).as_secs_f64(),
        "restarted": gap.restarted,
    })
}
