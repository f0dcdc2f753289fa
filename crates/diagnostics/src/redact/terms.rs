//! Commands and lines as the log writes them, from terms to JSON.

use super::policy::{self, Zone};
use super::words::words;
use domain::reads::shape::Term;
use jiff::Timestamp;
use std::fmt::Write as _;

/// A line of JSON.
pub(super) fn line(fields: &[(String, Term)], at: Timestamp) -> String {
    let mut out = format!("{{\"t\":\"{at}\"");
    for (key, term) in fields.iter().filter(|(key, _)| key != "t") {
        out.push(',');
        quote(&mut out, key);
        out.push(':');
        value(&mut out, term, Zone::Own, key, false);
    }
    out.push('}');
    out
}

/// A document that is all of one kind.
pub(super) fn document(fields: &[(String, Term)], zone: Zone) -> String {
    let mut out = String::new();
    object(&mut out, fields, zone);
    out
}

fn object(out: &mut String, fields: &[(String, Term)], zone: Zone) {
    out.push('{');
    for (index, (key, term)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        quote(out, key);
        out.push(':');
        value(out, term, zone, key, index == 0);
    }
    out.push('}');
}

fn value(out: &mut String, term: &Term, zone: Zone, key: &str, is_first: bool) {
    let (below, zone) = (policy::below(zone, key), policy::of(zone, key));
    match term {
        Term::Document(fields) => object(out, fields, below),
        Term::Array(items) if below == Zone::Given => given(out, items),
        Term::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                match item {
                    Term::Document(fields) => object(out, fields, below),
                    scalar => value(out, scalar, zone, key, false),
                }
            }
            out.push(']');
        }
        Term::Text(content) => text(out, content, zone, key, is_first),
        Term::Number(figure) => number(out, *figure, zone, key),
        Term::Bool(set) => flag(out, *set, zone, key),
        Term::Null if zone == Zone::Own => out.push_str("null"),
        Term::Null | Term::Pattern(..) | Term::Other => quote(out, kind(term)),
    }
}

fn given(out: &mut String, items: &[Term]) {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    out.push('[');
    let mut is_first = true;
    for item in items {
        match item {
            Term::Document(fields) => {
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                object(out, fields, Zone::Given);
            }
            scalar => count(&mut kinds, kind(scalar)),
        }
    }
    counted(out, &kinds, is_first);
    out.push(']');
}

/// One more of a type.
pub(super) fn count<'k>(kinds: &mut Vec<(&'k str, usize)>, kind: &'k str) {
    match kinds.iter_mut().find(|(known, _)| *known == kind) {
        Some((_, number)) => *number += 1,
        None => kinds.push((kind, 1)),
    }
}

/// How many values there are of each type, as elements of a list of which nothing stands there yet if `is_first`.
pub(super) fn counted(out: &mut String, kinds: &[(&str, usize)], mut is_first: bool) {
    for (kind, number) in kinds {
        if !std::mem::take(&mut is_first) {
            out.push(',');
        }
        if *number == 1 { quote(out, kind) } else { quote(out, &format!("{kind} × {number}")) }
    }
}

pub(super) fn text(out: &mut String, text: &str, zone: Zone, key: &str, is_first: bool) {
    let is_name = policy::holds_name(zone, key, is_first) && policy::is_name(text);
    let is_kept = is_name
        || zone == Zone::Own && policy::is_lock(text)
        || zone == Zone::Pattern && policy::is_kind_of_index(text);
    if is_kept {
        quote(out, text);
    } else if zone == Zone::Own && key == "planSummary" {
        quote(out, &policy::plan(text));
    } else if policy::holds_words(zone, key) {
        quote(out, &words(text));
    } else {
        out.push_str("\"<string>\"");
    }
}

pub(super) fn number(out: &mut String, number: f64, zone: Zone, key: &str) {
    let is_kept = policy::holds_figure(zone, key) || zone == Zone::Pattern && policy::is_direction(number);
    if is_kept && number.is_finite() {
        let _ = write!(out, "{number}");
    } else {
        out.push_str("\"<number>\"");
    }
}

pub(super) fn flag(out: &mut String, flag: bool, zone: Zone, key: &str) {
    if policy::holds_figure(zone, key) {
        let _ = write!(out, "{flag}");
    } else {
        out.push_str("\"<bool>\"");
    }
}

fn kind(term: &Term) -> &'static str {
    match term {
        Term::Document(_) => "<document>",
        Term::Array(_) => "<array>",
        Term::Text(_) => "<string>",
        Term::Number(_) => "<number>",
        Term::Bool(_) => "<bool>",
        Term::Null => "<null>",
        Term::Pattern(..) => "<regex>",
        Term::Other => "<other>",
    }
}

/// A text of JSON (RFC 8259, section 7).
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
