//! A verdict as JSON, the same from `record` and `replay`.

use domain::detect::{Contributor, Culprit, Verdict};
use serde_json::{Map, Value, json};

/// Everything that a verdict says.
pub(super) fn body(verdict: &Verdict) -> Value {
    let evidence: Vec<String> =
        verdict.evidence.iter().map(|one| format!("{} on {}: {}", one.rule, one.node, one.text)).collect();
    json!({
        "began_at": verdict.began_at.to_string(),
        "detected_at": verdict.detected_at.to_string(),
        "ended_at": verdict.ended_at.map(|at| at.to_string()),
        "severity": verdict.severity.as_str(),
        "cause": verdict.cause.as_str(),
        "node": verdict.nodes.first(),
        "nodes": verdict.nodes,
        "namespaces": verdict.namespaces,
        "culprit": verdict.culprit.as_ref().map(culprit),
        "contributors": verdict.contributors.iter().map(contributor).collect::<Vec<_>>(),
        "waiting": verdict.waiting,
        "oldest_ms": verdict.oldest_us / 1000,
        "sentence": verdict.sentence,
        "evidence": evidence,
        "confidence": verdict.confidence,
    })
}

/// Who is to blame.
pub(super) fn culprit(culprit: &Culprit) -> Value {
    json!({
        "namespace": culprit.namespace,
        "command": culprit.command,
        "shape": culprit.shape,
        "app": culprit.app,
        "plan": culprit.plan,
        "message": culprit.message,
        "count": culprit.count,
        "oldest_ms": culprit.oldest_us / 1000,
    })
}

/// Who has a part in it.
pub(super) fn contributor(one: &Contributor) -> Value {
    let shares: Map<String, Value> = one
        .shares
        .figures()
        .into_iter()
        .filter_map(|(name, _, share)| Some((name.to_owned(), json!(share?))))
        .collect();
    json!({
        "kind": one.kind.as_str(),
        "part": one.part.as_str(),
        "namespace": one.namespace,
        "command": one.command,
        "shape": one.shape,
        "app": one.app,
        "plan": one.plan,
        "usual_plan": one.usual_plan,
        "count": one.count,
        "waiting": one.waiting,
        "oldest_ms": one.oldest_us / 1000,
        "replanned": one.replanned,
        "shares_percent": shares,
        "sentence": one.sentence,
    })
}
