//! What is left of a command when its values are gone, as a number.
//!
//! Making the text of a shape for every line of a log would cost more than reading the line. This number needs one
//! walk and no memory: the names, the nesting and the field paths go into it, values do not. What it takes for one
//! command is one shape; the reverse need not hold, because lists of documents and rare notations go in as they are.
//! Never tells what it was made of.

use super::notation::{self, end_of_text};

/// Whether the value of this field is part of a shape.
fn is_kept(key: &[u8]) -> bool {
    matches!(key, b"sort" | b"projection" | b"hint" | b"orderby" | b"$orderby" | b"$sort" | b"collection")
}

/// Whether the value of this field of a command is never part of a shape, and may be long.
fn is_left_out(key: &[u8]) -> bool {
    matches!(key, b"documents" | b"comment" | b"lsid" | b"$clusterTime")
}

/// Keys of documents that are values.
const TYPED: &[&[u8]] = &[
    b"$oid",
    b"$date",
    b"$numberLong",
    b"$numberInt",
    b"$numberDouble",
    b"$numberDecimal",
    b"$binary",
    b"$uuid",
];
/// An odd number with well-mixed bits: 2^64 divided by the golden ratio.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number in the making.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Skeleton(u64);

impl Skeleton {
    /// Takes in bytes as they are.
    pub(super) fn words(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(u64::from_le_bytes(chunk.try_into().expect("eight bytes")));
        }
        let rest = chunks.remainder().iter().fold(1, |rest, byte| rest << 8 | u64::from(*byte));
        self.mix(rest ^ (bytes.len() as u64) << 56);
    }

    fn mark(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    /// The product in 128 bits, folded: every bit of the input moves half of the output.
    fn mix(&mut self, word: u64) {
        let product =
            u128::from(self.0 ^ word ^ ODD) * u128::from(ODD.rotate_left(29) ^ word.rotate_left(32) | 1);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        self.0 = self.0.rotate_left(23) ^ low ^ high;
    }

    /// The number.
    pub(super) fn end(self) -> u64 {
        self.0
    }

    /// Takes in the document at the beginning, without its values. Returns its length; nothing where its end was cut
    /// off, and then there is a document less.
    pub(super) fn document(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut walk = Walk { bytes, at: 0, depth: 0, first: true, skeleton: Self(self.0) };
        let length = walk.walk();
        if length.is_some() {
            self.0 = walk.skeleton.0;
        }
        length
    }

    /// Takes in a document whose end was cut off, as far as it goes.
    pub(super) fn beginning(&mut self, bytes: &[u8]) {
        let mut walk = Walk { bytes, at: 0, depth: 0, first: true, skeleton: Self(self.0) };
        walk.walk();
        self.0 = walk.skeleton.0;
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Documents and lists around what is looked at.
    depth: usize,
    /// Nothing but the opening brace and the first key has been seen: the value to come names the collection.
    first: bool,
    skeleton: Skeleton,
}

impl<'a> Walk<'a> {
    fn walk(&mut self) -> Option<usize> {
        self.skeleton.mark(b'!');
        loop {
            match *self.bytes.get(self.at)? {
                b' ' | b':' => self.at += 1,
                b'{' => {
                    self.depth += 1;
                    self.first &= self.depth == 1;
                    self.step(b'{');
                }
                b'}' | b']' => {
                    self.step(b'}');
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                b',' => self.step(b','),
                b'[' => self.list(),
                b'"' => self.quoted(),
                b'/' => {
                    self.skeleton.mark(b'/');
                    self.at += notation::length_of_pattern(self.rest());
                }
                _ => self.bare(),
            }
        }
    }

    fn step(&mut self, mark: u8) {
        self.skeleton.mark(mark);
        self.at += 1;
    }

    /// A list of values is one value, however long.
    fn list(&mut self) {
        self.first = false;
        let content = self.bytes[self.at + 1..].trim_ascii_start();
        let document = content.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        let is_typed = |document: &[u8]| {
            let key = document.strip_prefix(b"\"").unwrap_or(document);
            TYPED.iter().any(|typed| key.starts_with(typed))
        };
        if document.is_none_or(is_typed) {
            self.skeleton.mark(b'L');
            self.step_over();
        } else {
            self.depth += 1;
            self.step(b'[');
        }
    }

    /// A text: a key, the path of a field, or a value.
    fn quoted(&mut self) {
        let end = end_of_text(self.bytes, self.at + 1).unwrap_or(self.bytes.len());
        let text = &self.bytes[self.at + 1..end];
        self.at = (end + 1).min(self.bytes.len());
        if self.rest().trim_ascii_start().first() == Some(&b':') {
            self.key(text);
        } else if self.first || text.starts_with(b"$") {
            self.skeleton.words(text);
            self.first = false;
        } else {
            self.skeleton.mark(b's');
        }
    }

    fn key(&mut self, key: &[u8]) {
        self.skeleton.words(key);
        if is_kept(key) {
            let start = self.after_colon();
            self.step_over();
            let value = &self.bytes[start..self.at];
            self.skeleton.words(value);
        } else if self.depth == 1 && is_left_out(key) {
            self.after_colon();
            self.step_over();
        }
    }

    /// Goes to where the value of a key begins.
    fn after_colon(&mut self) -> usize {
        let separators = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b':')).count();
        self.at += separators;
        self.at
    }

    /// Goes to the end of the value that begins here.
    fn step_over(&mut self) {
        let rest = self.rest();
        let length = match rest.first() {
            Some(b'{' | b'[') => notation::length(rest),
            Some(b'"') => end_of_text(rest, 1).map(|end| end + 1),
            _ => memchr::memchr3(b',', b'}', b']', rest),
        };
        self.at += length.unwrap_or(rest.len());
    }

    /// Words without quotes: a key, a number, a flag, `ObjectId('5d08')`, `/pattern/i`.
    fn bare(&mut self) {
        let rest = self.rest();
        let end = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b':' | b'('));
        let end = end.unwrap_or(rest.len());
        let word = rest[..end].trim_ascii_end();
        self.at += end;
        match rest.get(end) {
            Some(b':') => self.key(word),
            Some(b'(') => {
                self.skeleton.mark(b'(');
                self.parenthesis();
            }
            _ if word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')) => {
                self.skeleton.mark(b'n');
            }
            _ => self.skeleton.words(word),
        }
        self.first &= rest.get(end) == Some(&b':');
    }

    /// The arguments of a constructor, with the texts in them.
    fn parenthesis(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            match byte {
                b')' => return,
                b'"' => self.at = end_of_text(self.bytes, self.at).map_or(self.bytes.len(), |end| end + 1),
                _ => {}
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::shape;

    fn number(text: &str) -> u64 {
        let mut skeleton = Skeleton::default();
        if skeleton.document(text.as_bytes()).is_none() {
            skeleton.beginning(text.as_bytes());
        }
        skeleton.end()
    }

    fn shape(text: &str) -> (Option<String>, String) {
        let shape = shape::of(&notation::fields(text.as_bytes()), None);
        (shape.collection, shape.text)
    }

    #[test]
    fn values_do_not_matter() {
        let pairs = [
            (
                r#"{ find: "m", filter: { a: 1, b: "x" } }"#,
                r#"{ find: "m", filter: { a: 25.5, b: "y, {z}" } }"#,
            ),
            (
                r#"{"find":"m","filter":{"a":{"$in":[1,2]}}}"#,
                r#"{"find":"m","filter":{"a":{"$in":[{"$oid":"5d"}]}}}"#,
            ),
            (
                "{ find: \"m\", filter: { _id: ObjectId('5d08') } }",
                "{ find: \"m\", filter: { _id: ObjectId('5d09') } }",
            ),
            (
                r#"{"q":{"email":"a@example.org"},"u":{"$set":{"n":1}}}"#,
                r#"{"q":{"email":"b@example.org"},"u":{"$set":{"n":2}}}"#,
            ),
            (
                r#"{"insert":"m","documents":[{"a":1}],"lsid":{"id":1}}"#,
                r#"{"insert":"m","documents":[{"b":{}}],"lsid":{"id":2}}"#,
            ),
            ("{ find: \"m\", filter: { a: /x{1}/i } }", "{ find: \"m\", filter: { a: /^y\\/z/ } }"),
        ];
        for (one, other) in pairs {
            assert_eq!(shape(one), shape(other));
            assert_eq!(number(one), number(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_of_one_number_is_of_one_shape() {
        let all = [
            r#"{ find: "m", filter: { a: 1 } }"#,
            r#"{ find: "n", filter: { a: 1 } }"#,
            r#"{ find: "m", filter: { b: 1 } }"#,
            r#"{ find: "m", filter: { a: { b: 1 } } }"#,
            r#"{ find: "m", filter: { a: 1 }, sort: { a: 1 } }"#,
            r#"{ find: "m", filter: { a: 1 }, sort: { a: -1 } }"#,
            r#"{ find: "m", filter: { a: 1 }, limit: 5 }"#,
            r#"{ find: "m", filter: { a: [ { b: 1 } ] } }"#,
            r#"{ find: "m", filter: { a: [ 1 ] } }"#,
            r#"{ aggregate: "m", pipeline: [ { $group: { _id: "$a" } } ] }"#,
            r#"{ aggregate: "m", pipeline: [ { $group: { _id: "$b" } } ] }"#,
            r#"{ aggregate: "m", pipeline: [ { $sort: { a: 1 } } ] }"#,
            r#"{ aggregate: "m", pipeline: [ { $sort: { a: -1 } } ] }"#,
            "{ getMore: 1, collection: \"m\" }",
            "{ getMore: 2, collection: \"n\" }",
        ];
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert_ne!(shape(one), shape(other));
                assert_ne!(number(one), number(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn a_command_that_was_cut_anywhere_has_a_number() {
        let whole = r#"{ find: "m", filter: { a: [ { b: "x" } ], c: /y/i, d: UUID("z"), sort: { e: 1 } } }"#;
        for end in 0..whole.len() {
            number(&whole[..end]);
        }
    }
}
