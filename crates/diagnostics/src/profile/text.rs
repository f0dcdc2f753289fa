//! Documents as `mongoexport` and the shells print them, written in the notation of the JSON log: without spaces,
//! with quotes around keys, and with the values of constructors in their place. Never keeps what stands between
//! documents.

use crate::log::length_of_pattern;

/// What the constructors of numbers are called.
const NUMBERS: &[&[u8]] =
    &[b"NumberLong", b"NumberInt", b"NumberDecimal", b"Long", b"Int32", b"Double", b"Decimal128"];

/// The first document, or as much of it as there is, if it is the first on its line. In logs words stand before it.
pub(super) fn first(bytes: &[u8]) -> Option<&[u8]> {
    let begin = memchr::memchr(b'{', bytes)?;
    let line = bytes[..begin].rsplit(|byte| *byte == b'\n').next()?;
    line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b'[').then_some(())?;
    let document = &bytes[begin..];
    Some(&document[..length(document).unwrap_or(document.len())])
}

/// Document after document, each with the bytes behind it, up to one that has no end.
pub(super) fn documents(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let begun = &rest[memchr::memchr(b'{', rest)?..];
        let (document, after) = begun.split_at(length(begun)?);
        rest = after;
        Some((document, after))
    })
}

/// The length of the document that begins here; nothing where its end is missing.
fn length(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            quote @ (b'"' | b'\'') => at += quoted(&bytes[at..], *quote)? - 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The length of the text in quotes that begins here.
fn quoted(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(quote, b'\\', bytes.get(at..)?)?;
        if bytes[at] == quote {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Writes a document, whole or not.
pub(super) fn write(document: &[u8], out: &mut Vec<u8>) {
    let mut rest = document;
    while let Some(first) = rest.first() {
        let length = match first {
            b' ' | b'\t' | b'\r' | b'\n' => 1,
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                out.push(*first);
                1
            }
            quote @ (b'"' | b'\'') => {
                let length = quoted(rest, *quote).unwrap_or(rest.len());
                text(&rest[..length], out);
                length
            }
            b'/' => {
                out.extend(b"null");
                length_of_pattern(rest)
            }
            _ => bare(rest, out),
        };
        rest = &rest[length.min(rest.len())..];
    }
}

/// A text in double quotes.
fn text(quoted: &[u8], out: &mut Vec<u8>) {
    if quoted[0] == b'"' {
        return out.extend(quoted);
    }
    out.push(b'"');
    let mut within = quoted[1..].strip_suffix(b"'").unwrap_or(&quoted[1..]).iter();
    while let Some(byte) = within.next() {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => match within.next() {
                Some(b'\'') => out.push(b'\''),
                Some(escaped) => out.extend([b'\\', *escaped]),
                None => {}
            },
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// A word without quotes: a key, a number, a flag, or `NumberLong("12")`. Returns its length.
fn bare(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:{}[]()\"'".contains(byte);
    let end = rest.iter().position(ends).unwrap_or(rest.len()).max(1);
    let word = &rest[..end];
    let after = rest[end..].trim_ascii_start();
    if word == b"new" && after.first().is_some_and(u8::is_ascii_alphabetic) {
        return end;
    }
    match after.first() {
        Some(b'(') => {
            let start = rest.len() - after.len();
            let length = arguments(after);
            value(word, after[1..length].strip_suffix(b")").unwrap_or(&after[1..length]).trim_ascii(), out);
            return start + length;
        }
        Some(b':') => {
            out.push(b'"');
            out.extend(word);
            out.push(b'"');
        }
        _ if matches!(word, b"true" | b"false") || word[0].is_ascii_digit() || word[0] == b'-' => {
            out.extend(word);
        }
        _ => out.extend(b"null"),
    }
    end
}

/// What a constructor makes of its arguments.
fn value(name: &[u8], arguments: &[u8], out: &mut Vec<u8>) {
    let plain = arguments.strip_prefix(b"\"").or_else(|| arguments.strip_prefix(b"'")).unwrap_or(arguments);
    let plain = plain.strip_suffix(b"\"").or_else(|| plain.strip_suffix(b"'")).unwrap_or(plain);
    let is_plain = plain.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-+:.".contains(byte));
    if NUMBERS.contains(&name) && is_plain && !plain.is_empty() {
        out.extend(plain);
    } else if matches!(name, b"ISODate" | b"Date") && is_plain {
        out.extend(b"{\"$date\":\"");
        out.extend(plain);
        out.extend(b"\"}");
    } else {
        out.extend(b"null");
    }
}

/// The length of the arguments in parentheses that begin here.
fn arguments(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b')' => return at + 1,
            quote @ (b'"' | b'\'') => quoted(&bytes[at..], *quote).unwrap_or(bytes.len()),
            _ => 1,
        };
    }
    bytes.len()
}
