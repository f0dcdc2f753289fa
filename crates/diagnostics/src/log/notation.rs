//! Commands as the log writes them: the shell's notation of 2.x to 4.2, and the JSON from 4.4 on, with one reader.
//!
//! It forgives what real lines contain: quotes that nobody escaped, constructors, and ends that were cut off. What
//! was read up to a cut is kept. Never fails, and never goes deeper than [`DEEPEST`].

use domain::reads::shape::Term;

/// Deeper documents count as values.
const DEEPEST: usize = 60;

/// The document that begins here, as far as it goes; its fields in their order.
pub(crate) fn fields(bytes: &[u8]) -> Vec<(String, Term)> {
    let mut reader = Notation { bytes, at: 0 };
    reader.space();
    match reader.value(0) {
        Term::Document(fields) => fields,
        _ => Vec::new(),
    }
}

/// The length of the document, list or text that begins here; nothing where its end was cut off.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = end_of_text(bytes, at + 1)?,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Where the quote stands that closes the text beginning at `at`: one that is not escaped and is followed by what may
/// follow a text. Old servers escaped nothing.
pub(super) fn end_of_text(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        let next = bytes[at + 1..].iter().find(|byte| **byte != b' ');
        if matches!(next, None | Some(b',' | b'}' | b']' | b')' | b':')) {
            return Some(at);
        }
        at += 1;
    }
}

/// The length of the `/pattern/flags` that begins here.
pub(crate) fn length_of_pattern(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'/', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        let flags = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        at += 1 + flags;
        let next = bytes[at..].iter().find(|byte| **byte != b' ');
        if matches!(next, None | Some(b',' | b'}' | b']')) {
            break;
        }
    }
    at.clamp(1, bytes.len())
}

struct Notation<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Notation<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Steps over a separator, and tells whether another element follows.
    fn another(&mut self, close: u8) -> bool {
        self.space();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.space();
        }
        match self.peek() {
            None => false,
            Some(byte) if byte == close => {
                self.at += 1;
                false
            }
            Some(_) => true,
        }
    }

    fn value(&mut self, depth: usize) -> Term {
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEEPEST => {
                self.at += length(self.rest()).unwrap_or(self.rest().len());
                Term::Other
            }
            Some(b'{') => self.document(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Term::Text(self.text()),
            Some(b'/') => self.pattern(),
            _ => self.bare(),
        }
    }

    fn document(&mut self, depth: usize) -> Term {
        self.at += 1;
        let mut fields = Vec::new();
        while self.another(b'}') {
            let before = self.at;
            let Some(key) = self.key() else { break };
            self.space();
            fields.push((key, self.value(depth + 1)));
            if self.at == before {
                break;
            }
        }
        typed(&fields).unwrap_or(Term::Document(fields))
    }

    fn list(&mut self, depth: usize) -> Term {
        self.at += 1;
        let mut items = Vec::new();
        while self.another(b']') {
            let before = self.at;
            items.push(self.value(depth + 1));
            if self.at == before {
                // A closing brace where a bracket should stand.
                break;
            }
        }
        Term::Array(items)
    }

    /// A key and its colon.
    fn key(&mut self) -> Option<String> {
        let key = if self.peek() == Some(b'"') {
            let key = self.text();
            self.space();
            key
        } else {
            let end = memchr::memchr(b':', self.rest())?;
            let key = String::from_utf8_lossy(self.rest()[..end].trim_ascii_end()).into_owned();
            self.at += end;
            key
        };
        (self.peek() == Some(b':')).then(|| {
            self.at += 1;
            key
        })
    }

    fn text(&mut self) -> String {
        let start = self.at + 1;
        let end = end_of_text(self.bytes, start).unwrap_or(self.bytes.len());
        self.at = (end + 1).min(self.bytes.len());
        let text = self.bytes.get(start..end).unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    fn pattern(&mut self) -> Term {
        let rest = self.rest();
        let length = length_of_pattern(rest);
        self.at += length;
        let text = String::from_utf8_lossy(&rest[1..length]);
        let (source, options) = text.rsplit_once('/').unwrap_or((&text, ""));
        Term::Pattern(source.to_owned(), options.to_owned())
    }

    /// Anything that neither quotes nor braces enclose: numbers, flags, `UUID("…")`, `new Date(1)`, `Timestamp 1|2`.
    fn bare(&mut self) -> Term {
        let start = self.at;
        let mut parentheses = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'(' => parentheses += 1,
                b')' => parentheses = parentheses.saturating_sub(1),
                b'"' if parentheses > 0 => {
                    self.text();
                    continue;
                }
                b',' | b'}' | b']' if parentheses == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        let word = self.bytes[start..self.at].trim_ascii();
        match word {
            b"true" => Term::Bool(true),
            b"false" => Term::Bool(false),
            b"null" => Term::Null,
            _ => std::str::from_utf8(word)
                .ok()
                .filter(|word| {
                    word.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
                })
                .and_then(|word| word.parse().ok())
                .map_or(Term::Other, Term::Number),
        }
    }
}

/// The value that JSON writes as a document of one key: `{"$oid": "…"}`.
fn typed(fields: &[(String, Term)]) -> Option<Term> {
    let [(key, value)] = fields else { return None };
    match key.as_str() {
        "$numberLong" | "$numberInt" | "$numberDouble" => match value {
            Term::Text(text) => Some(text.parse().map_or(Term::Other, Term::Number)),
            _ => Some(Term::Other),
        },
        "$regularExpression" => Some(pattern_of(value)),
        "$oid" | "$date" | "$numberDecimal" | "$binary" | "$uuid" | "$timestamp" | "$minKey" | "$maxKey"
        | "$undefined" | "$symbol" | "$code" | "$dbPointer" => Some(Term::Other),
        _ => None,
    }
}

fn pattern_of(value: &Term) -> Term {
    let Term::Document(fields) = value else { return Term::Other };
    let text = |name: &str| match fields.iter().find(|(key, _)| key == name) {
        Some((_, Term::Text(text))) => text.clone(),
        _ => String::new(),
    };
    Term::Pattern(text("pattern"), text("options"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        domain::reads::shape::of(&fields(text.as_bytes()), None).text
    }

    #[test]
    fn the_shell_and_json_have_one_shape() {
        let shell = r#"{ find: "m", filter: { _id: ObjectId('5d08'), at: { $gte: new Date(1), $lt: Timestamp(1, 2) }, n: -1.5, u: UUID("a, b}"), r: /a\/}, b/i, x: null }, sort: { at: -1.0 } }"#;
        let json = r#"{"find":"m","filter":{"_id":{"$oid":"5d08"},"at":{"$gte":{"$date":"x"},"$lt":{"$timestamp":{"t":1,"i":2}}},"n":-1.5,"u":{"$uuid":"a, b}"},"r":{"$regularExpression":{"pattern":"a","options":"i"}},"x":null},"sort":{"at":{"$numberLong":"-1"}}}"#;
        let expected = "find filter{_id:?,at:{$gte:?,$lt:?},n:?,u:?,r:?,x:?} sort{at:-1}";
        assert_eq!(shape(shell), expected);
        assert_eq!(shape(json), expected);
    }

    #[test]
    fn what_was_cut_keeps_what_stands_before_the_cut() {
        let whole = r#"{ find: "messages", filter: { a: [ { b: 1 }, { c: "x" } ] } }"#;
        assert_eq!(shape(whole), "find filter{a:[{b:?},{c:?}]}");
        for end in 0..whole.len() {
            let shape = shape(&whole[..end]);
            assert!(
                "find filter{a:[{b:?},{c:?}]}".starts_with(shape.trim_end_matches(['?', '}', ']'])),
                "{shape}"
            );
        }
    }

    #[test]
    fn what_a_planner_must_know_of_a_value_is_kept() {
        let shell = fields(br"{ a: /^x\/y/i, b: null, c: ObjectId('5d08') }");
        let json = fields(
            br#"{"a":{"$regularExpression":{"pattern":"^x\/y","options":"i"}},"b":null,"c":{"$oid":"5d08"}}"#,
        );
        let Term::Pattern(source, options) = &shell[0].1 else { panic!("{shell:?}") };
        assert_eq!((source.as_str(), options.as_str()), (r"^x\/y", "i"));
        assert!(
            matches!(&json[0].1, Term::Pattern(source, options) if source.starts_with("^x") && options == "i")
        );
        assert_eq!(
            (&shell[1..], &json[1..]),
            (&[("b".into(), Term::Null), ("c".into(), Term::Other)][..], &shell[1..])
        );
    }

    #[test]
    fn lengths_are_those_of_what_is_enclosed() {
        let cases: &[(&str, Option<usize>)] = &[
            ("{} x", Some(2)),
            (r#"{ a: "}" } b"#, Some(10)),
            (r#"{ a: "say "hi" now", b: 1 }"#, Some(27)),
            (r#""a\"b", c"#, Some(6)),
            ("{ a: {", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(length(text.as_bytes()), *expected, "{text}");
        }
    }

    #[test]
    fn nesting_without_end_is_cut_off() {
        let deep = "{ a: [ ".repeat(100_000);
        assert_eq!(fields(deep.as_bytes()).len(), 1);
        assert_eq!(length(deep.as_bytes()), None);
    }
}
