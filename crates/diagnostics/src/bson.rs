//! BSON read in place: elements in byte order, nothing copied, nothing gathered into a map.
//!
//! A map would lose what FTDC depends on: keys that occur twice, and the order of the bytes. What cannot be read
//! ends the iteration with [`Malformed`]. Never checks more of a document than it walks over.

/// Bytes that are not the BSON they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The elements of a document or of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    bytes: &'a [u8],
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Element<'a> {
    /// The key as it stands, UTF-8 or not.
    pub key: &'a [u8],
    /// What it holds.
    pub value: Value<'a>,
    /// Where the value begins, counted from the beginning of the document.
    pub at: usize,
}

/// A value: those that FTDC counts, and those that say who a node is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the types of BSON")]
pub enum Value<'a> {
    Double(f64),
    Text(&'a [u8]),
    Document(Document<'a>),
    Array(Document<'a>),
    Bool(bool),
    DateTime(i64),
    Int32(i32),
    Int64(i64),
    Timestamp { seconds: u32, increment: u32 },
    Decimal([u8; 16]),
    Binary(&'a [u8]),
    ObjectId([u8; 12]),
    Other,
}

impl<'a> Document<'a> {
    /// The document at the beginning of `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let bytes = upto(prefix(bytes)?, bytes)?;
        if bytes.len() < 5 || bytes.last() != Some(&0) {
            return Err(Malformed);
        }
        Ok(Self { bytes })
    }

    /// Its bytes, from the length to the closing zero.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its elements, in order.
    pub fn elements(&self) -> Elements<'a> {
        Elements { document: *self, at: 4 }
    }

    /// The first value of that key.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        let mut elements = self.elements().map_while(Result::ok);
        elements.find(|element| element.key == key.as_bytes()).map(|element| element.value)
    }

    /// The first value at the end of those keys.
    pub fn at(&self, keys: &[&str]) -> Option<Value<'a>> {
        let (last, path) = keys.split_last()?;
        let mut document = *self;
        for key in path {
            document = document.get(key)?.document()?;
        }
        document.get(last)
    }

    /// The text at the end of those keys.
    pub fn text(&self, keys: &[&str]) -> Option<String> {
        self.at(keys)?.text()
    }
}

impl<'a> Value<'a> {
    /// The document or array in it.
    pub fn document(self) -> Option<Document<'a>> {
        match self {
            Self::Document(document) | Self::Array(document) => Some(document),
            _ => None,
        }
    }

    /// The text in it, mended where it is not UTF-8.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// The number in it, without its fraction.
    pub fn whole(self) -> Option<i64> {
        match self {
            Self::Double(number) => Some(truncated(number)),
            Self::Int32(number) => Some(number.into()),
            Self::Int64(number) => Some(number),
            _ => None,
        }
    }
}

/// A double without its fraction; no number is 0, and what no `i64` can hold is the nearest that it can.
#[expect(clippy::cast_possible_truncation, reason = "saturating is what the server does too")]
pub fn truncated(number: f64) -> i64 {
    number as i64
}

/// Goes through the elements of a document. Ends after the first that cannot be read.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    document: Document<'a>,
    at: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.document.bytes[self.at..];
        // The last byte of the document is its closing zero.
        if rest.len() <= 1 {
            return None;
        }
        let element = self.element(rest);
        if element.is_err() {
            self.at = self.document.bytes.len();
        }
        Some(element)
    }
}

impl<'a> Elements<'a> {
    fn element(&mut self, rest: &'a [u8]) -> Result<Element<'a>, Malformed> {
        let kind = rest[0];
        // The closing zero ends the document and no key.
        let key_length = memchr::memchr(0, &rest[1..rest.len() - 1]).ok_or(Malformed)?;
        let key = &rest[1..=key_length];
        let body = &rest[key_length + 2..rest.len() - 1];
        let (value, length) = value(kind, body)?;
        let at = self.at + key_length + 2;
        self.at = at + length;
        Ok(Element { key, value, at })
    }
}

/// The value at the beginning of `body`, and its length in bytes.
fn value(kind: u8, body: &[u8]) -> Result<(Value<'_>, usize), Malformed> {
    Ok(match kind {
        0x01 => (Value::Double(f64::from_le_bytes(first(body)?)), 8),
        0x02 | 0x0D | 0x0E => {
            let length = prefix(body)?;
            let (_, text) = upto(4 + length, body)?[4..].split_last().ok_or(Malformed)?;
            (Value::Text(text), 4 + length)
        }
        0x03 | 0x04 => {
            let document = Document::read(body)?;
            let wrap = if kind == 0x03 { Value::Document } else { Value::Array };
            (wrap(document), document.bytes.len())
        }
        0x05 => {
            let length = 5 + prefix(body)?;
            (Value::Binary(&upto(length, body)?[5..]), length)
        }
        0x06 | 0x0A | 0x7F | 0xFF => (Value::Other, 0),
        0x07 => (Value::ObjectId(first(body)?), 12),
        0x08 => (Value::Bool(first::<1>(body)? != [0]), 1),
        0x09 => (Value::DateTime(i64::from_le_bytes(first(body)?)), 8),
        0x0B => {
            let pattern = memchr::memchr(0, body).ok_or(Malformed)?;
            let options = memchr::memchr(0, &body[pattern + 1..]).ok_or(Malformed)?;
            (Value::Other, pattern + options + 2)
        }
        0x0C => (Value::Other, upto(16 + prefix(body)?, body)?.len()),
        // The length of code with scope counts itself.
        0x0F => (Value::Other, upto(prefix(body)?.max(4), body)?.len()),
        0x10 => (Value::Int32(i32::from_le_bytes(first(body)?)), 4),
        0x11 => {
            let both = u64::from_le_bytes(first(body)?);
            (Value::Timestamp { seconds: high(both), increment: low(both) }, 8)
        }
        0x12 => (Value::Int64(i64::from_le_bytes(first(body)?)), 8),
        0x13 => (Value::Decimal(first(body)?), 16),
        _ => return Err(Malformed),
    })
}

fn first<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.first_chunk().copied().ok_or(Malformed)
}

fn upto(length: usize, bytes: &[u8]) -> Result<&[u8], Malformed> {
    bytes.get(..length).ok_or(Malformed)
}

/// The length that stands before what it measures. 32 bits, so that adding to it cannot overflow.
fn prefix(bytes: &[u8]) -> Result<usize, Malformed> {
    u32::try_from(i32::from_le_bytes(first(bytes)?))
        .ok()
        .and_then(|length| usize::try_from(length).ok())
        .ok_or(Malformed)
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn low(both: u64) -> u32 {
    both as u32
}

fn high(both: u64) -> u32 {
    low(both >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_zero_ends_no_key() {
        // A field whose name runs into the end of its document.
        let bytes = [8, 0, 0, 0, 0x0A, b'a', b'b', 0];
        let document = Document::read(&bytes).expect("a document");
        let elements: Vec<_> = document.elements().collect();
        assert!(matches!(elements.as_slice(), [Err(Malformed)]), "{elements:?}");
    }
}
