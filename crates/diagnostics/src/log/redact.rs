//! Lines of a log without anybody's values, for those who must not see them.
//!
//! What is understood is told anew from what it means: a slow operation by its namespace, shape and figures. Of what is
//! not understood only the time, the severity and the length are told, and in JSON the message, which is a constant of
//! the server's own; the values of such a line stand elsewhere. Never repeats a text of the line that is not listed here.

use super::{Event, Line, Severity, Slow, Stage, line};
use jiff::Timestamp;
use std::fmt::Write as _;

/// Threads that a server names itself; `conn` is followed by a number.
const THREADS: &[&str] = &[
    "initandlisten",
    "listener",
    "thread",
    "signalProcessingThread",
    "WTCheckpointThread",
    "Checkpointer",
    "WTJournalFlusher",
    "JournalFlusher",
    "TTLMonitor",
    "clientcursormon",
    "ftdc",
    "main",
    "LogicalSessionCacheRefresh",
    "LogicalSessionCacheReap",
    "ReplCoord",
    "rsSync",
    "rsBackgroundSync",
    "replexec",
    "replication",
    "shutdown",
];
/// Longest message of a JSON line that is told.
const MOST_MESSAGE: usize = 120;

/// A line of a log, redacted. Lines of 2.x take their year from `not_after`, as in [`lines`](super::lines).
pub fn redacted(bytes: &[u8], not_after: Timestamp) -> String {
    let known = line(bytes, not_after);
    let mut text = known.at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    text.push_str(match known.severity {
        Severity::Fatal => " F ",
        Severity::Error => " E ",
        Severity::Warning => " W ",
        Severity::Info => " I ",
    });
    let _ = write!(text, "[{}] ", thread(&known.context));
    said(&mut text, &known, bytes);
    text
}

fn thread(context: &str) -> &str {
    let number = context.strip_prefix("conn").filter(|number| !number.is_empty());
    let connection = number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    if connection { context } else { THREADS.iter().find(|name| **name == context).copied().unwrap_or("…") }
}

fn said(text: &mut String, line: &Line<'_>, bytes: &[u8]) {
    // Writing to a string cannot fail.
    let _ = match &line.event {
        Event::Slow(slow) => return of_slow(text, slow),
        Event::IndexBuild { namespace, index, stage } => {
            let (namespace, index) = (namespace.as_deref().unwrap_or("?"), index.as_deref().unwrap_or("?"));
            match stage {
                Stage::Began => write!(text, "index build on {namespace}, index {index}: begins"),
                Stage::Progress(Some(percent)) => write!(text, "index build on {namespace}: {percent} %"),
                Stage::Progress(None) => write!(text, "index build on {namespace}: goes on"),
                Stage::Done => write!(text, "index build on {namespace}, index {index}: done"),
                Stage::Failed => write!(text, "index build on {namespace}, index {index}: given up"),
            }
        }
        Event::State { to, .. } => write!(text, "member state: {}", letters(to)),
        Event::Election(_) => write!(text, "election"),
        Event::Start { .. } => write!(text, "the server starts"),
        Event::Version(version) => write!(text, "version {}", figures(version)),
        Event::Connection { opened: true, open: Some(open), .. } => {
            write!(text, "a client came, {open} open")
        }
        Event::Connection { opened: false, open: Some(open), .. } => {
            write!(text, "a client left, {open} open")
        }
        Event::Connection { opened, .. } => {
            write!(text, "a client {}", if *opened { "came" } else { "left" })
        }
        Event::Client { .. } => write!(text, "a client said what it is"),
        Event::Stop(_) => write!(text, "the server stops"),
        Event::SlowCheckpoint(seconds) => write!(text, "a checkpoint takes {seconds} s"),
        Event::SlowStatus(millis) => write!(text, "serverStatus took {millis} ms"),
        Event::Torn => write!(text, "a slow operation, torn"),
        Event::Other(message) if bytes.trim_ascii().first() == Some(&b'{') && is_constant(message) => {
            write!(text, "{message}")
        }
        _ => write!(text, "… ({} bytes)", bytes.len()),
    };
}

fn of_slow(text: &mut String, slow: &Slow<'_>) {
    let shape = slow.shape();
    let _ = write!(text, "slow {} on {}: {} ", letters(&slow.kind), slow.target(), shape.text);
    let plan = letters(&slow.plan);
    if !plan.is_empty() {
        let _ = write!(text, "plan {plan} ");
    }
    let figures = [
        ("examined", slow.docs_examined),
        ("keys", slow.keys_examined),
        ("returned", slow.returned),
        ("yields", slow.yields),
        ("bytes read", slow.bytes_read),
        ("reading µs", slow.reading_us),
        ("queued µs", slow.queued_us),
    ];
    for (name, figure) in figures {
        if let Some(figure) = figure {
            let _ = write!(text, "{name} {figure}, ");
        }
    }
    let _ = write!(text, "{} ms", slow.millis);
}

/// The letters that a word begins with.
fn letters(word: &str) -> &str {
    let end = word.find(|letter: char| !letter.is_ascii_alphabetic() && letter != '_').unwrap_or(word.len());
    &word[..end.min(32)]
}

/// The figures that a version begins with.
fn figures(version: &str) -> &str {
    let end = version.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(version.len());
    &version[..end.min(32)]
}

/// Whether a message looks like the constants of the server: words and their punctuation.
fn is_constant(message: &str) -> bool {
    message.len() <= MOST_MESSAGE
        && message.chars().all(|letter| letter.is_ascii_alphabetic() || " .,;:-_/()'$".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        redacted(line.as_bytes(), Timestamp::from_second(1_700_000_000).expect("in range"))
    }

    #[test]
    fn slow_operations_are_told_by_shape_and_figures() {
        let line = "2026-11-23T01:02:03.004+0000 I COMMAND  [conn12] command crm.users appName: \"s3cret\" command: find \
                    { find: \"users\", filter: { email: \"s3cret@example.org\", age: { $gt: 4711 } }, comment: \"s3cret\", \
                    $db: \"crm\" } planSummary: COLLSCAN keysExamined:0 docsExamined:9000 cursorExhausted:1 numYields:70 \
                    nreturned:3 reslen:200 locks:{ Global: { acquireCount: { r: 71 } } } protocol:op_msg 812ms";
        assert_eq!(
            told(line),
            "2026-11-23T01:02:03.004Z I [conn12] slow command on crm.users: find filter{email:?,age:{$gt:?}} plan \
             COLLSCAN examined 9000, keys 0, returned 3, yields 70, 812 ms"
        );
        let json = r#"{"t":{"$date":"2026-11-23T01:02:03.004+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn12","msg":"Slow query","attr":{"type":"command","ns":"crm.users","command":{"find":"users","filter":{"email":"s3cret"},"$db":"crm"},"planSummary":"COLLSCAN","docsExamined":9,"durationMillis":812}}"#;
        assert!(told(json).contains("slow command on crm.users: find filter{email:?}"), "{}", told(json));
        assert!(!told(json).contains("s3cret"));
    }

    #[test]
    fn what_is_not_understood_tells_its_length_only() {
        for line in [
            "2026-11-23T01:02:03.004+0000 E QUERY    [conn12] Plan executor error: { name: \"s3cret\" }",
            "2026-11-23T01:02:03.004+0000 I s3cret   [s3cret] s3cret",
            "2026-11-23T01:02:03.004+0000 I ACCESS   [conn12] Failed to authenticate s3cret@admin from client 10.0.0.1",
            "2026-11-23T01:02:03.004+0000 I NETWORK  [conn12] received client metadata from 10.0.0.1:1 conn: { application: { name: \"s3cret\" } }",
            "2026-11-23T01:02:03.004+0000 I NETWORK  [listener] connection accepted from s3cret:1 #12 (3 connections now open)",
            "s3cret",
            "{\"msg\":\"s3cret 1\"}",
            r#"{"t":{"$date":"2026-11-23T01:02:03.004+00:00"},"s":"E","c":"QUERY","id":1,"ctx":"s3cret","msg":"Plan executor error","attr":{"error":"s3cret","cmd":{"find":"s3cret"}}}"#,
        ] {
            assert!(!told(line).contains("s3cret"), "{}", told(line));
            assert!(!told(line).contains("10.0.0.1"), "{}", told(line));
        }
        let known = told(
            r#"{"t":{"$date":"2026-11-23T01:02:03.004+00:00"},"s":"E","c":"QUERY","id":1,"ctx":"conn7","msg":"Plan executor error","attr":{"error":"x"}}"#,
        );
        assert_eq!(known, "2026-11-23T01:02:03.004Z E [conn7] Plan executor error");
    }
}
