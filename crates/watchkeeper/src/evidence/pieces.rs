//! What a bundle is made of: the answers of the node, what is known around the stall, and the manifest.
//!
//! This module never asks anybody: everything is handed in.

use super::bundle::{File, MANIFEST};
use crate::archive::hash;
use diagnostics::bson::Document;
use diagnostics::redact;
use domain::detect::Verdict;
use domain::evidence::Capture;
use domain::reads::Failure;
use domain::{Deploy, Timestamp};
use engines::mongodb::{Content, Gathered, Piece};
use serde_json::{Value, json};
use std::time::Duration;
use store::IncidentRow;
use web::live::Portrait;

/// How far back counters are told: the minutes before a stall show what led to it.
const COUNTERS: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// What the manifest says of values.
const REDACTION: &str = "values are replaced by their types; names of fields, namespaces and what the server counts are \
                         kept; lines of the log are told anew from what they mean, or by their length";

/// What is known around a stall, as far as it could be learned.
pub(crate) struct Around {
    /// Deploys of the hour before.
    pub(crate) deploys: Result<Vec<Deploy>, String>,
    /// Incidents that go on, vendors' and our own.
    pub(crate) incidents: Result<Vec<IncidentRow>, String>,
    /// What this node has seen of the database, second by second.
    pub(crate) seen: Option<Portrait>,
}

/// A bundle in the making.
#[derive(Default)]
struct Making {
    files: Vec<File>,
    told: Vec<Value>,
    missing: Vec<Value>,
}

/// When something was captured, and for how long.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) began_at: Timestamp,
    pub(crate) took: Duration,
}

/// The files of a bundle, the manifest first, and how many things could not be had.
pub(crate) fn files(
    database: &str,
    capture: &Capture,
    gathered: &Gathered,
    around: &Around,
    span: Span,
) -> (Vec<File>, u32) {
    let mut making = Making::default();
    making.add("verdict", "the verdict of the watch", Duration::ZERO, &of_verdict(&capture.verdict));
    for piece in &gathered.pieces {
        making.piece(piece, span.began_at);
    }
    match &around.seen {
        Some(seen) => {
            let counters = counters(seen, span.began_at);
            making.add("counters", "what the watch saw, second by second", Duration::ZERO, &counters);
        }
        None => making.miss(
            "counters",
            "what the watch saw",
            "this node has not seen the database",
            Duration::ZERO,
        ),
    }
    let about = "deploys that were marked in the hour before";
    match &around.deploys {
        Ok(deploys) => making.add("deploys", about, Duration::ZERO, &deploys.iter().map(of_deploy).collect()),
        Err(why) => making.miss("deploys", about, why, Duration::ZERO),
    }
    let about = "incidents that go on, vendors' and our own";
    match &around.incidents {
        Ok(rows) => making.add("incidents", about, Duration::ZERO, &rows.iter().map(of_incident).collect()),
        Err(why) => making.miss("incidents", about, why, Duration::ZERO),
    }
    let missing = u32::try_from(making.missing.len()).unwrap_or(u32::MAX);
    let manifest = json!({
        "format": 1,
        "database": database,
        "node": gathered.node,
        "occasion": capture.occasion.as_str(),
        "captured_at": span.began_at.to_string(),
        "took_ms": millis(span.took),
        "began_at": capture.verdict.began_at.to_string(),
        "sentence": capture.verdict.sentence,
        "redaction": REDACTION,
        "files": making.told,
        "missing": making.missing,
    });
    let mut files = vec![File { path: MANIFEST.to_owned(), bytes: pretty(&manifest) }];
    files.extend(making.files);
    (files, missing)
}

impl Making {
    fn piece(&mut self, piece: &Piece, at: Timestamp) {
        match &piece.answer {
            Ok(Content::Document(bytes)) => {
                let text = Document::read(bytes).map(redact::document).unwrap_or_default();
                match serde_json::from_str(&text) {
                    Ok(document) => self.add(&piece.name, &piece.command, piece.took, &document),
                    Err(_) => self.miss(&piece.name, &piece.command, "the answer is broken", piece.took),
                }
            }
            Ok(Content::Log(lines)) => {
                let text = lines
                    .iter()
                    .fold(String::new(), |text, line| text + &redact::line(line.as_bytes(), at) + "\n");
                self.push(format!("{}.txt", piece.name), &piece.command, piece.took, text.into_bytes());
            }
            Err(failure) => self.miss(&piece.name, &piece.command, &why(failure, piece.took), piece.took),
        }
    }

    fn add(&mut self, name: &str, about: &str, took: Duration, document: &Value) {
        self.push(format!("{name}.json"), about, took, pretty(document));
    }

    fn push(&mut self, path: String, about: &str, took: Duration, bytes: Vec<u8>) {
        self.told.push(json!({
            "path": path,
            "about": about,
            "sha256": hash(&bytes),
            "bytes": bytes.len(),
            "took_ms": millis(took),
        }));
        self.files.push(File { path, bytes });
    }

    fn miss(&mut self, name: &str, about: &str, why: &str, took: Duration) {
        self.missing.push(json!({ "name": name, "about": about, "why": why, "took_ms": millis(took) }));
    }
}

/// Why an answer is missing, in a sentence.
fn why(failure: &Failure, took: Duration) -> String {
    match failure {
        Failure::TimedOut if took.is_zero() => {
            "it was not asked: time was over, or the node had left a question unanswered".to_owned()
        }
        Failure::TimedOut => format!("no answer within {} ms", took.as_millis()),
        Failure::Forbidden(_) => {
            "our user may not; `watchkeeper doctor` prints the command that lets it".to_owned()
        }
        Failure::Server(code, _) => format!("the node answered with error {code}"),
        Failure::Garbage(_) => "the answer was no answer, or too large".to_owned(),
        Failure::Refused | Failure::Closed | Failure::Unreachable(_) | Failure::NoServer => {
            format!("the node could not be reached ({})", failure.as_str())
        }
    }
}

fn of_verdict(verdict: &Verdict) -> Value {
    let culprit = verdict.culprit.as_ref().map(|culprit| {
        json!({
            "namespace": &*culprit.namespace,
            "command": &*culprit.command,
            "shape": &*culprit.shape,
            "plan": &*culprit.plan,
            "message": &*culprit.message,
            "count": culprit.count,
            "oldest_ms": culprit.oldest_us / 1_000,
        })
    });
    json!({
        "severity": verdict.severity.as_str(),
        "cause": verdict.cause.as_str(),
        "sentence": verdict.sentence,
        "confidence": verdict.confidence,
        "began_at": verdict.began_at.to_string(),
        "detected_at": verdict.detected_at.to_string(),
        "ended_at": verdict.ended_at.map(|at| at.to_string()),
        "nodes": verdict.nodes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "namespaces": verdict.namespaces.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "culprit": culprit,
        "waiting": verdict.waiting,
        "oldest_ms": verdict.oldest_us / 1_000,
    })
}

/// The seconds of each node, one list for each line that is drawn of it.
fn counters(seen: &Portrait, now: Timestamp) -> Value {
    let from = now.saturating_sub(COUNTERS).unwrap_or(Timestamp::MIN);
    let node = |(name, node): &(std::sync::Arc<str>, web::live::LiveNode)| {
        let frames: Vec<_> = node.frames.iter().filter(|(at, _)| *at >= from).collect();
        let mut lines = serde_json::Map::new();
        lines.insert("at".to_owned(), frames.iter().map(|(at, _)| at.to_string()).collect());
        for spec in domain::reads::frame::SERIES {
            let values: Vec<Option<f32>> = frames.iter().map(|(_, frame)| frame.get(spec.series)).collect();
            if values.iter().any(Option::is_some) {
                lines.insert(spec.name.to_owned(), json!(values));
            }
        }
        (name.to_string(), Value::Object(lines))
    };
    Value::Object(seen.nodes.iter().map(node).collect())
}

fn of_deploy(deploy: &Deploy) -> Value {
    json!({
        "at": deploy.at.to_string(),
        "what": deploy.what,
        "environment": deploy.environment.as_ref().map(ToString::to_string),
        "by": deploy.by,
    })
}

fn of_incident(row: &IncidentRow) -> Value {
    json!({
        "id": row.id.as_str(),
        "title": row.title,
        "impact": row.impact.as_str(),
        "began_at": row.began_at.unwrap_or(row.published_at).to_string(),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
