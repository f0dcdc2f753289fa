//! An operation that was profiled: one document of `system.profile`, in the notation of the JSON log. Its fields are
//! called what those of a slow line are, but for a few. Never decides how a dump is cut into documents.

use super::json::{Fields, figure, text, unquoted, whole};
use super::slow::Body;
use super::{Event, Line, Severity, Slow, dates};
use jiff::Timestamp;
use std::borrow::Cow;

/// Whether a document, of which only the beginning may be there, is one of `system.profile`.
pub(crate) fn is_profiled(document: &[u8]) -> bool {
    let has = |name: &[u8]| Fields::of(document).any(|(key, _)| key == name);
    has(b"op") && has(b"ns") && (has(b"millis") || has(b"command") || has(b"query")) && !has(b"attr")
}

/// The line of a log that says the same.
pub(crate) fn profiled(document: &[u8]) -> Line<'_> {
    let mut line =
        Line { at: None, severity: Severity::Info, context: Cow::default(), event: Event::Unknown };
    let mut slow = Slow::default();
    let mut body = Body::default();
    let mut millis = None;
    let mut fields = Fields::of(document);
    while let Some(key) = fields.key() {
        let value = match key {
            b"command" | b"originatingCommand" | b"query" | b"updateobj" => fields.document(&mut body),
            _ => fields.value(),
        };
        match key {
            b"ts" => line.at = instant(value),
            b"op" => slow.kind = text(value),
            b"client" => slow.remote = text(value),
            b"millis" => millis = number(value),
            b"command" | b"originatingCommand" | b"query" | b"updateobj" if !value.starts_with(b"{") => {}
            b"command" => body.command = value,
            b"originatingCommand" => body.origin = value,
            b"query" => body.query = value,
            b"updateobj" => body.update = value,
            b"keysExamined" | b"nscanned" => slow.keys_examined = slow.keys_examined.max(number(value)),
            b"docsExamined" | b"nscannedObjects" => {
                slow.docs_examined = slow.docs_examined.max(number(value));
            }
            b"nreturned" => slow.returned = number(value),
            b"numYield" => slow.yields = number(value),
            b"workingMillis" => slow.working_millis = number(value),
            b"scanAndOrder" => slow.sorted = value == b"true",
            _ => figure(&mut slow, key, value),
        }
    }
    // 3.2 and 3.4 tell the command where they once told the filter.
    if body.command.is_empty() && is_command(&slow, body.query) {
        body.command = std::mem::take(&mut body.query);
    }
    slow.body = body;
    if let Some(millis) = millis {
        slow.millis = millis;
        line.event = Event::Slow(Box::new(slow));
    } else if !slow.kind.is_empty() {
        line.event = Event::Torn;
    }
    line
}

/// Whether a query is a command on the collection, and not a filter.
fn is_command(slow: &Slow<'_>, query: &[u8]) -> bool {
    let collection = slow.namespace.split_once('.').map_or("", |(_, collection)| collection);
    Fields::of(query).next().is_some_and(|(key, value)| match key {
        b"getMore" | b"getmore" => slow.kind == "getmore",
        b"find" | b"insert" => text(value) == collection,
        _ => false,
    })
}

/// `{"$date":"…"}`, `{"$date":1}`, `{"$date":{"$numberLong":"1"}}` or the text alone.
fn instant(value: &[u8]) -> Option<Timestamp> {
    let value = unquoted(innermost(value));
    dates::iso(value)
        .map(|(at, _)| at)
        .or_else(|| whole(value).and_then(|millis| Timestamp::from_millisecond(millis).ok()))
}

/// `1`, `1.0`, `{"$numberInt":"1"}`.
fn number(value: &[u8]) -> Option<i64> {
    let value = unquoted(innermost(value));
    let digits = value.iter().position(|byte| *byte == b'.').map_or(value, |point| &value[..point]);
    whole(digits)
}

/// The value in documents of one key.
fn innermost(mut value: &[u8]) -> &[u8] {
    while let Some((_, within)) = Fields::of(value).next() {
        value = within;
    }
    value
}
