//! A verdict as JSON, the same from `record` and `replay`.

use domain::detect::{Culprit, Verdict};
use serde_json::{Value, json};

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
