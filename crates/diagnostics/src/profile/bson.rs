//! Documents of BSON, written in the notation of the JSON log. Never goes deeper than [`DEEPEST`].

use crate::bson::{Document, Value};
use std::io::Write as _;

/// Servers nest no deeper than this (`maxBSONDepth` is 200, of documents that users make); what does is left out.
const DEEPEST: usize = 100;
/// Servers keep documents up to 16 MiB, and those of their own a little larger.
const LARGEST: usize = 17 << 20;
/// What a profile says of an operation that is long, and not asked for.
const LEFT_OUT: &[&[u8]] = &[b"execStats", b"locks", b"lockStats", b"flowControl", b"allUsers"];

/// The first document, if these bytes begin with one. Text does not: its first four letters make a length of
/// hundreds of megabytes.
pub(super) fn first(bytes: &[u8]) -> Option<Document<'_>> {
    documents(bytes).next().map(|(document, _)| document)
}

/// Document after document, each with the bytes behind it, up to what is none.
pub(super) fn documents(bytes: &[u8]) -> impl Iterator<Item = (Document<'_>, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let document = Document::read(rest).ok().filter(|document| document.bytes().len() <= LARGEST)?;
        rest = &rest[document.bytes().len()..];
        Some((document, rest))
    })
}

/// Writes a document, as far as it can be read.
pub(super) fn write(document: Document<'_>, out: &mut Vec<u8>) {
    let elements = document.elements().map_while(Result::ok);
    let kept = elements.filter(|element| !LEFT_OUT.contains(&element.key));
    enclosed(out, [b'{', b'}'], kept, |out, element| {
        text(out, element.key);
        out.push(b':');
        value(out, element.value, 1);
    });
}

fn value(out: &mut Vec<u8>, value: Value<'_>, depth: usize) {
    // Writing to memory cannot fail.
    let _ = match value {
        Value::Document(_) | Value::Array(_) if depth >= DEEPEST => write!(out, "null"),
        Value::Document(document) => {
            enclosed(out, [b'{', b'}'], document.elements().map_while(Result::ok), |out, element| {
                text(out, element.key);
                out.push(b':');
                self::value(out, element.value, depth + 1);
            });
            Ok(())
        }
        Value::Array(items) => {
            enclosed(out, [b'[', b']'], items.elements().map_while(Result::ok), |out, element| {
                self::value(out, element.value, depth + 1);
            });
            Ok(())
        }
        Value::Text(words) => {
            text(out, words);
            Ok(())
        }
        Value::Double(number) if number.is_finite() => write!(out, "{number}"),
        Value::Int32(number) => write!(out, "{number}"),
        Value::Int64(number) => write!(out, "{number}"),
        Value::Bool(flag) => write!(out, "{flag}"),
        Value::DateTime(millis) => write!(out, "{{\"$date\":{millis}}}"),
        Value::ObjectId(_) => write!(out, "{{\"$oid\":\"\"}}"),
        Value::Double(_) | Value::Timestamp { .. } | Value::Decimal(_) | Value::Binary(_) | Value::Other => {
            write!(out, "null")
        }
    };
}

fn enclosed<T>(
    out: &mut Vec<u8>,
    [open, close]: [u8; 2],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(close);
}

/// A text in quotes. Control characters become spaces: they are in values only, and those are not kept.
fn text(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            0..=0x1f => out.push(b' '),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}
