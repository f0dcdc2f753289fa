//! Broken JSON made sound: one pass over the text, writing what is kept.
//!
//! The mender remembers the last point at which a value was complete; where it can go no further it
//! returns to that point and closes what is open. It never guesses a value: what it cannot read becomes
//! `null` or is left out.

use super::MOST_VALUES;

/// Levels of nesting that are kept; vendors use six.
const MOST_LEVELS: usize = 100;

/// Sound JSON, or `null`, and what was done to get there.
pub(super) struct Mended {
    pub(super) text: String,
    pub(super) warnings: Vec<String>,
    /// Whether something is missing rather than only spelled wrongly.
    pub(super) cut: bool,
}

/// Mends a document.
pub(super) fn mend(text: &str) -> Mended {
    let begin = text.find(['{', '[']).unwrap_or(text.len());
    let mut mender = Mender {
        text,
        at: begin,
        out: String::with_capacity(text.len() - begin),
        open: Vec::new(),
        whole: Whole { length: 0, levels: 0 },
        values: 0,
        repairs: Repairs::default(),
    };
    mender.repairs.before = text[..begin].trim().len();
    if mender.run().is_none() {
        mender.cut();
    }
    if mender.out.is_empty() {
        mender.out.push_str("null");
    }
    let repairs = mender.repairs;
    let cut = repairs.cut_at.is_some() || repairs.nested > 0 || repairs.brackets > 0;
    Mended { text: mender.out, warnings: repairs.sentences(text.len()), cut }
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Value,
    Key,
    Colon,
    Separator,
}

/// The last point at which everything written was complete.
struct Whole {
    length: usize,
    levels: usize,
}

/// A bracket that is open.
struct Open {
    /// Its closing bracket, which is owed.
    owed: char,
    /// Where it stands in what was written.
    at: usize,
}

struct Mender<'a> {
    text: &'a str,
    at: usize,
    out: String,
    /// Brackets that are open, outermost first.
    open: Vec<Open>,
    whole: Whole,
    values: usize,
    repairs: Repairs,
}

impl Mender<'_> {
    /// Reads to the end of the first value; `None` where it can go no further.
    fn run(&mut self) -> Option<()> {
        let mut next = Next::Value;
        loop {
            self.skip_space();
            let byte = self.peek()?;
            next = match (next, byte) {
                (Next::Value | Next::Key | Next::Separator, b'}' | b']') => self.close()?,
                (Next::Value | Next::Key, b',') => self.drop_comma(next),
                (Next::Key, b'"') => self.string().map(|()| Next::Colon)?,
                (Next::Colon, b':') => self.take(':', Next::Value),
                (Next::Value, _) => self.value(byte)?,
                (Next::Separator, b',') => {
                    let next = self.entry();
                    self.take(',', next)
                }
                (Next::Separator, b'"' | b'{' | b'[') => self.insert_comma(),
                _ => return None,
            };
            if self.open.is_empty() && next == Next::Separator {
                self.repairs.after = self.text[self.at..].trim().len();
                return Some(());
            }
        }
    }

    fn value(&mut self, byte: u8) -> Option<Next> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return None;
        }
        match byte {
            b'{' | b'[' if self.open.len() >= MOST_LEVELS => {
                self.skip_nested()?;
                self.repairs.nested += 1;
                self.out.push_str("null");
            }
            b'{' => {
                self.open.push(Open { owed: '}', at: self.out.len() });
                return Some(self.take('{', Next::Key));
            }
            b'[' => {
                self.open.push(Open { owed: ']', at: self.out.len() });
                return Some(self.take('[', Next::Value));
            }
            b'"' => self.string()?,
            _ => self.word()?,
        }
        Some(self.complete())
    }

    /// A value has been written in full.
    fn complete(&mut self) -> Next {
        self.whole = Whole { length: self.out.len(), levels: self.open.len() };
        Next::Separator
    }

    /// What an entry of the innermost open bracket begins with.
    fn entry(&self) -> Next {
        if self.open.last().is_some_and(|open| open.owed == '}') { Next::Key } else { Next::Value }
    }

    fn close(&mut self) -> Option<Next> {
        let found = char::from(self.peek()?);
        // A value that was announced by its key and never came.
        if self.out.ends_with(':') {
            self.out.push_str("null");
            self.repairs.nulls += 1;
        }
        if self.out.ends_with(',') {
            self.out.pop();
            self.repairs.commas += 1;
        }
        let owed = self.open.pop()?.owed;
        self.out.push(owed);
        if owed == found {
            self.at += 1;
        } else {
            // Close what is open; the bracket found is looked at again with what encloses it.
            self.repairs.brackets += 1;
            if !self.open.iter().any(|open| open.owed == found) {
                self.at += 1;
            }
        }
        Some(self.complete())
    }

    fn drop_comma(&mut self, next: Next) -> Next {
        self.at += 1;
        self.repairs.commas += 1;
        next
    }

    fn insert_comma(&mut self) -> Next {
        self.out.push(',');
        self.repairs.commas += 1;
        self.entry()
    }

    fn take(&mut self, written: char, next: Next) -> Next {
        self.at += 1;
        self.out.push(written);
        next
    }

    /// Copies a text from its opening to its closing quotation mark.
    fn string(&mut self) -> Option<()> {
        self.at += 1;
        self.out.push('"');
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
            self.out.push_str(&rest[..plain]);
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => {
                    self.out.push('"');
                    return Some(());
                }
                b'\\' => self.escape()?,
                control => self.control(control),
            }
        }
    }

    fn control(&mut self, control: u8) {
        self.repairs.controls += 1;
        match control {
            b'\n' => self.out.push_str("\\n"),
            b'\t' => self.out.push_str("\\t"),
            _ => {}
        }
    }

    /// Copies an escape, from behind its backslash.
    fn escape(&mut self) -> Option<()> {
        let byte = self.peek()?;
        if byte == b'u' {
            return self.unicode();
        }
        if b"\"\\/bfnrt".contains(&byte) {
            self.out.push('\\');
            self.out.push(char::from(byte));
            self.at += 1;
        } else {
            // The backslash goes, what it stood before stays.
            self.repairs.escapes += 1;
        }
        Some(())
    }

    fn unicode(&mut self) -> Option<()> {
        if self.at + 5 > self.text.len() {
            return None;
        }
        let Some(unit) = self.unit(self.at) else {
            self.repairs.escapes += 1;
            return Some(());
        };
        let low = |at: usize| {
            let follows = self.text.as_bytes().get(at..at + 2) == Some(b"\\u");
            follows.then(|| self.unit(at + 1)).flatten().filter(|unit| (0xDC00..0xE000).contains(unit))
        };
        let length = match unit {
            0xD800..0xDC00 if low(self.at + 5).is_some() => 11,
            0xD800..0xE000 => {
                self.repairs.surrogates += 1;
                self.out.push('\u{FFFD}');
                self.at += 5;
                return Some(());
            }
            _ => 5,
        };
        self.out.push('\\');
        self.out.push_str(&self.text[self.at..self.at + length]);
        self.at += length;
        Some(())
    }

    /// The UTF-16 unit of an escape, given where its `u` stands.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at + 1..at + 5)?;
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
    }

    /// Copies a number or one of the three words of JSON; anything else becomes `null`.
    fn word(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let ends = |c: char| c.is_ascii_whitespace() || ",:]}[{\"".contains(c);
        let length = rest.find(ends).unwrap_or(rest.len());
        if length == 0 || length == rest.len() {
            return None;
        }
        let word = &rest[..length];
        let known = matches!(word, "true" | "false" | "null") || serde_json::from_str::<f64>(word).is_ok();
        self.out.push_str(if known { word } else { "null" });
        self.repairs.nulls += usize::from(!known);
        self.at += length;
        Some(())
    }

    /// Skips a bracket and all that it encloses.
    fn skip_nested(&mut self) -> Option<()> {
        let (mut levels, mut quoted, mut escaped) = (0_usize, false, false);
        for (i, byte) in self.text.bytes().enumerate().skip(self.at) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => levels += 1,
                b'}' | b']' if !quoted => levels -= 1,
                _ => {}
            }
            if levels == 0 {
                self.at = i + 1;
                return Some(());
            }
        }
        None
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        let space = |c: char| c.is_whitespace() || c.is_control() || c == '\u{FEFF}';
        self.at += rest.len() - rest.trim_start_matches(space).len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns to the last complete value and closes what is open there.
    fn cut(&mut self) {
        self.repairs.cut_at = Some(self.at.min(self.text.len()));
        self.out.truncate(self.whole.length);
        self.open.truncate(self.whole.levels);
        self.drop_fragment();
        self.out.extend(self.open.drain(..).rev().map(|open| open.owed));
    }

    /// Drops the entry of a list in which the cut fell, if nothing in it is whole but plain values: an update
    /// without its text, or without its time, would be taken for another update.
    fn drop_fragment(&mut self) {
        let [.., list, entry] = self.open.as_slice() else { return };
        let plain = !self.out[entry.at + 1..].contains(['{', '[']);
        if list.owed == ']' && entry.owed == '}' && plain {
            self.out.truncate(entry.at);
            self.open.pop();
            if self.out.ends_with(',') {
                self.out.pop();
            }
        }
    }
}

/// What was mended, counted.
#[derive(Default)]
struct Repairs {
    cut_at: Option<usize>,
    before: usize,
    after: usize,
    surrogates: usize,
    controls: usize,
    escapes: usize,
    nulls: usize,
    commas: usize,
    brackets: usize,
    nested: usize,
}

impl Repairs {
    fn sentences(&self, length: usize) -> Vec<String> {
        let cut = self.cut_at.map(|at| {
            format!("JSON is cut off or broken at byte {at} of {length}; what stood complete before was kept")
        });
        let counts = [
            (self.before, "bytes before the JSON were skipped"),
            (self.after, "bytes after the JSON were skipped"),
            (self.surrogates, "lone surrogates became U+FFFD"),
            (self.controls, "control characters in texts were mended"),
            (self.escapes, "unknown escapes lost their backslash"),
            (self.nulls, "unreadable values became null"),
            (self.commas, "commas were mended"),
            (self.brackets, "brackets were mended"),
            (self.nested, "values nested deeper than 100 levels became null"),
        ];
        let counted = counts.iter().filter(|(count, _)| *count > 0);
        cut.into_iter().chain(counted.map(|(count, what)| format!("{count} {what}"))).collect()
    }
}
