//! The body of an export: `ExportMetricsServiceRequest` of OTLP in its JSON mapping, in which names are
//! written in camel case and 64-bit numbers as texts.
//!
//! Pure. Names follow those of `/metrics`, with dots, as OpenTelemetry writes them.

use domain::Timestamp;
use domain::detect::{CAUSES, Severity};
use domain::reads::frame::SERIES;
use serde_json::{Value, json};
use web::live::Portrait;

/// Everything that is known now; `None` where nothing is watched.
pub(super) fn metrics(portraits: &[Portrait], began_at: Timestamp, now: Timestamp) -> Option<Value> {
    if portraits.is_empty() {
        return None;
    }
    let mut metrics: Vec<Value> = SERIES.iter().filter_map(|line| gauge(line, portraits, now)).collect();
    for (name, severity, words) in [
        ("watchkeeper.stall", Severity::Stall, "Whether a verdict stands that reads have stalled."),
        ("watchkeeper.strain", Severity::Strain, "Whether a verdict stands that a database is strained."),
    ] {
        metrics.push(json!({
            "name": name, "unit": "1", "description": words,
            "gauge": { "dataPoints": standing(portraits, severity, now) },
        }));
    }
    let failed = failed_looks(portraits, began_at, now);
    if !failed.is_empty() {
        metrics.push(json!({
            "name": "watchkeeper.looks.failed", "unit": "1", "description": "Looks at a node that failed.",
            // 2 is CUMULATIVE; enumerations are numbers in this mapping.
            "sum": { "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": failed },
        }));
    }
    let version = env!("CARGO_PKG_VERSION");
    Some(json!({ "resourceMetrics": [{
        "resource": { "attributes": attributes(&[("service.name", "watchkeeper"), ("service.version", version)]) },
        "scopeMetrics": [{ "scope": { "name": "watchkeeper", "version": version }, "metrics": metrics }],
    }] }))
}

fn gauge(line: &domain::reads::frame::SeriesSpec, portraits: &[Portrait], now: Timestamp) -> Option<Value> {
    let mut points = Vec::new();
    for portrait in portraits {
        for (node, known) in portrait.nodes.iter().filter(|(_, known)| known.is_fresh(now)) {
            let Some((at, frame)) = known.latest() else { continue };
            let Some(value) = frame.get(line.series).filter(|value| value.is_finite()) else { continue };
            points.push(json!({
                "attributes": attributes(&[("database", portrait.watched.name.as_str()), ("node", node)]),
                "timeUnixNano": nanos(*at),
                "asDouble": value,
            }));
        }
    }
    (!points.is_empty()).then(|| {
        json!({
            "name": format!("watchkeeper.reads.{}", line.name),
            "unit": unit(line.name),
            "description": line.label,
            "gauge": { "dataPoints": points },
        })
    })
}

fn standing(portraits: &[Portrait], severity: Severity, now: Timestamp) -> Vec<Value> {
    let mut points = Vec::new();
    for portrait in portraits {
        let verdict = portrait.standing.as_ref().map(|standing| &standing.verdict);
        let cause = verdict.filter(|verdict| verdict.severity == severity).map(|verdict| verdict.cause);
        for (known, word, _) in CAUSES {
            points.push(json!({
                "attributes": attributes(&[("database", portrait.watched.name.as_str()), ("cause", word)]),
                "timeUnixNano": nanos(now),
                "asInt": i32::from(cause == Some(*known)).to_string(),
            }));
        }
    }
    points
}

fn failed_looks(portraits: &[Portrait], began_at: Timestamp, now: Timestamp) -> Vec<Value> {
    let mut points = Vec::new();
    for portrait in portraits {
        for (node, known) in &portrait.nodes {
            for ((path, reason), count) in &known.failures {
                let labels = [
                    ("database", portrait.watched.name.as_str()),
                    ("node", node),
                    ("path", path),
                    ("reason", reason),
                ];
                points.push(json!({
                    "attributes": attributes(&labels),
                    "startTimeUnixNano": nanos(began_at),
                    "timeUnixNano": nanos(now),
                    "asInt": count.to_string(),
                }));
            }
        }
    }
    points
}

fn attributes(pairs: &[(&str, &str)]) -> Vec<Value> {
    pairs.iter().map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } })).collect()
}

fn nanos(at: Timestamp) -> String {
    at.as_nanosecond().to_string()
}

/// Units as UCUM writes them.
fn unit(name: &str) -> &'static str {
    match name.rsplit('_').next() {
        Some("ms") => "ms",
        Some("percent") => "%",
        Some("s") => "1/s",
        _ => "1",
    }
}
