//! A reply of the server, from BSON to JSON.

use super::policy::{self, Zone};
use super::terms;
use crate::bson::{Document, Value};
use crate::log::notation;
use jiff::Timestamp;
use std::fmt::Write as _;

/// Deeper documents are left out.
const DEEPEST: usize = 60;

/// A document that a server answered, as JSON without values. Where it is broken, it ends.
pub fn document(document: Document<'_>) -> String {
    let mut out = String::new();
    object(&mut out, document, Zone::Own, 0);
    out
}

fn object(out: &mut String, document: Document<'_>, zone: Zone, depth: usize) {
    out.push('{');
    for (index, element) in document.elements().map_while(Result::ok).enumerate() {
        if index > 0 {
            out.push(',');
        }
        let key = String::from_utf8_lossy(element.key);
        terms::quote(out, &key);
        out.push(':');
        value(out, element.value, zone, &key, index == 0, depth);
    }
    out.push('}');
}

fn value(out: &mut String, value: Value<'_>, zone: Zone, key: &str, is_first: bool, depth: usize) {
    let (below, zone) = (policy::below(zone, key), policy::of(zone, key));
    match value {
        Value::Document(_) | Value::Array(_) if depth >= DEEPEST => out.push_str("\"<document>\""),
        Value::Document(document) => object(out, document, below, depth + 1),
        Value::Array(items) if below == Zone::Given => given(out, items, depth),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.elements().map_while(Result::ok).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                match item.value {
                    Value::Document(document) => object(out, document, below, depth + 1),
                    scalar => self::value(out, scalar, zone, key, false, depth + 1),
                }
            }
            out.push(']');
        }
        Value::Text(text) => {
            let text = String::from_utf8_lossy(text);
            if key == "$truncated" && zone == Zone::Command {
                out.push_str(&terms::document(&notation::fields(text.as_bytes()), Zone::Command));
            } else {
                terms::text(out, &text, zone, key, is_first);
            }
        }
        Value::Int32(number) => whole(out, number.into(), zone, key),
        Value::Int64(number) => whole(out, number, zone, key),
        Value::Double(number) => terms::number(out, number, zone, key),
        Value::Bool(flag) => terms::flag(out, flag, zone, key),
        Value::DateTime(millis) if zone == Zone::Own => match Timestamp::from_millisecond(millis) {
            Ok(at) => terms::quote(out, &at.to_string()),
            Err(_) => out.push_str("\"<date>\""),
        },
        Value::Timestamp { seconds, increment } if zone == Zone::Own => {
            let _ = write!(out, "\"{seconds}:{increment}\"");
        }
        other => terms::quote(out, kind(&other)),
    }
}

/// A list of what clients gave: how many there are of which type, where it is a list of values.
fn given(out: &mut String, items: Document<'_>, depth: usize) {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    out.push('[');
    let mut is_first = true;
    for item in items.elements().map_while(Result::ok) {
        match item.value {
            Value::Document(document) => {
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                if depth >= DEEPEST {
                    out.push_str("\"<document>\"");
                } else {
                    object(out, document, Zone::Given, depth + 1);
                }
            }
            scalar => terms::count(&mut kinds, kind(&scalar)),
        }
    }
    terms::counted(out, &kinds, is_first);
    out.push(']');
}

fn whole(out: &mut String, number: i64, zone: Zone, key: &str) {
    if policy::holds_figure(zone, key) || zone == Zone::Pattern && (-1..=1).contains(&number) {
        let _ = write!(out, "{number}");
    } else {
        out.push_str("\"<number>\"");
    }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::Double(_) | Value::Int32(_) | Value::Int64(_) | Value::Decimal(_) => "<number>",
        Value::Text(_) => "<string>",
        Value::Document(_) => "<document>",
        Value::Array(_) => "<array>",
        Value::Bool(_) => "<bool>",
        Value::DateTime(_) => "<date>",
        Value::Timestamp { .. } => "<timestamp>",
        Value::Binary(_) => "<binary>",
        Value::ObjectId(_) => "<objectId>",
        Value::Other => "<other>",
    }
}
