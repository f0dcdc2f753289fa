//! What of a server's own words may leave the house: values become their types, names stay.
//!
//! Kept are names of fields, namespaces, indexes, members, stages and states, the directions of sorts and index keys,
//! and figures that the server counted itself. Everything that a client may have put in becomes its type, such as
//! `<string>`: values in filters, updates, pipelines, bounds, documents and comments. Texts are kept only under keys
//! that hold names, and of free text only words that servers use in their messages: what is not known to be harmless
//! goes. Never decides by what a value looks like alone that it is a secret.

mod policy;
mod reply;
mod terms;
mod words;

pub use reply::document;
pub use words::words;

use crate::log::{self, Event, Severity, Slow};
use jiff::Timestamp;
use policy::Zone;
use std::fmt::Write as _;

/// Longest line that is looked at, in bytes; what follows is left out.
const LONGEST_LINE: usize = 64 * 1024;

/// A line of the log of any version, without values. `not_after` is for lines that tell no year, as in
/// [`log::lines`]. A line in no known form keeps nothing but known words.
pub fn line(bytes: &[u8], not_after: Timestamp) -> String {
    let bytes = bytes.trim_ascii();
    let bytes = &bytes[..bytes.len().min(LONGEST_LINE)];
    let line = log::line(bytes, not_after);
    let Some(at) = line.at else { return words(&String::from_utf8_lossy(bytes)) };
    if bytes.first() == Some(&b'{') {
        return terms::line(&log::notation::fields(bytes), at);
    }
    let letter = match line.severity {
        Severity::Fatal => 'F',
        Severity::Error => 'E',
        Severity::Warning => 'W',
        Severity::Info => 'I',
    };
    let context = if policy::is_name(&line.context) { &*line.context } else { "" };
    let mut text = format!("{at} {letter} [{context}] ");
    match line.event {
        Event::Slow(operation) => slow(&mut text, &operation),
        // The message stands behind the context, or behind the instant where there is none.
        _ => text += &words(&message(bytes)),
    }
    text
}

/// What stands behind the head of a line of text.
fn message(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let behind = text.split_once("] ").filter(|(head, _)| head.len() < 120).map(|(_, message)| message);
    behind.or_else(|| text.split_once(' ').map(|(_, message)| message)).unwrap_or_default().to_owned()
}

fn slow(text: &mut String, slow: &Slow<'_>) {
    for name in [&slow.kind, &slow.namespace, &slow.app] {
        if policy::is_name(name) {
            text.push_str(name);
            text.push(' ');
        }
    }
    for (name, document) in slow.documents() {
        // What lines up to 3.4 tell of operations that were no commands is the filter itself.
        let zone = if name.ends_with("ommand") { Zone::Command } else { Zone::Given };
        let _ = write!(text, "{name}: {} ", terms::document(&document, zone));
    }
    if !slow.plan.is_empty() {
        let _ = write!(text, "planSummary: {} ", policy::plan(&slow.plan));
    }
    let figures = [
        ("keysExamined", slow.keys_examined),
        ("docsExamined", slow.docs_examined),
        ("nreturned", slow.returned),
        ("numYields", slow.yields),
        ("bytesRead", slow.bytes_read),
        ("timeReadingMicros", slow.reading_us),
    ];
    for (name, figure) in figures {
        if let Some(figure) = figure {
            let _ = write!(text, "{name}:{figure} ");
        }
    }
    let _ = write!(text, "{}ms", slow.millis);
}

#[cfg(test)]
mod tests;
