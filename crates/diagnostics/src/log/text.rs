//! Lines of 2.4 to 4.2: an instant, since 3.0 a severity and a component, a context in brackets, and words.
//!
//! The fields of a slow operation stand one after another, documents among them. A document that was cut in the
//! middle hides what follows it, so the reading goes on where the figures begin at the end of the line. Never takes
//! a figure out of a document.

use super::event::{of_message, stage_of};
use super::slow::Body;
use super::{Event, Line, Severity, Slow, dates, notation};
use jiff::Timestamp;
use std::borrow::Cow;

/// Kinds of operations that a slow line begins with.
const KINDS: &[&[u8]] = &[b"command", b"query", b"getmore", b"update", b"insert", b"remove", b"killcursors"];

/// Where the reading goes on after a document without an end: the field that stands first at the end of lines.
const TAILS: &[&[u8]] = &[
    b" planSummary: ",
    b" keysExamined:",
    b" nscanned:",
    b" ntoreturn:",
    b" keyUpdates:",
    b" numYields:",
    b" locks:",
    b" reslen:",
];

/// What stands before a line that was cut.
const CUT: &[u8] = b"printing beginning and end ... ";

pub(super) fn line(bytes: &[u8], not_after: Timestamp) -> Line<'_> {
    let Some((at, rest)) = dates::iso(bytes).or_else(|| dates::ctime(bytes, not_after)) else {
        return Line { at: None, severity: Severity::Info, context: Cow::default(), event: Event::Unknown };
    };
    let rest = rest.trim_ascii_start();
    let severity = if rest.get(1) == Some(&b' ') { Severity::of(rest) } else { Severity::Info };
    // Severity and component stand before the context, which few lines lack.
    let bracket = memchr::memchr(b'[', rest).filter(|at| *at <= 20);
    let (context, message) = bracket.and_then(|at| split(&rest[at + 1..], b"] ")).unwrap_or((&[], rest));
    let context = String::from_utf8_lossy(context);
    Line { at: Some(at), severity, context, event: event(message.trim_ascii_start()) }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = memchr::memmem::find(bytes, at)?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

fn event(message: &[u8]) -> Event<'_> {
    let whole = match split(message, CUT) {
        Some((before, cut)) if before.starts_with(b"warning: log line attempted") => cut,
        _ => message,
    };
    if let Some(slow) = slow(whole) {
        return Event::Slow(Box::new(slow));
    }
    let message = String::from_utf8_lossy(message);
    connection(&message)
        .or_else(|| starting(&message))
        .or_else(|| version(&message))
        .or_else(|| client(&message))
        .or_else(|| state(&message))
        .or_else(|| slow_status(&message))
        .or_else(|| index_build(&message))
        .or_else(|| of_message(&message))
        .unwrap_or_else(|| if is_torn(&message) { Event::Torn } else { Event::Other(message) })
}

/// The part of a text from the byte at which `part` begins. Both borrow what the line does.
fn after<'a>(message: &Cow<'a, str>, at: usize, length: usize) -> Cow<'a, str> {
    match message {
        Cow::Borrowed(message) => Cow::Borrowed(&message[at..at + length]),
        Cow::Owned(message) => Cow::Owned(message[at..at + length].to_owned()),
    }
}

/// The word after `key`, up to a space, where the key is in the message.
fn word<'a>(message: &Cow<'a, str>, key: &str) -> Option<Cow<'a, str>> {
    let at = message.find(key)? + key.len();
    let length = message[at..].find([' ', ',']).unwrap_or(message.len() - at);
    (length > 0).then(|| after(message, at, length))
}

/// `MongoDB starting : pid=1 port=27017 dbpath=/data 64-bit host=db1`, or a router's `MongoS version … starting: …`.
fn starting<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    let starts = message.starts_with("MongoDB starting") || message.starts_with("MongoS version");
    if !starts || !message.contains("pid=") {
        return None;
    }
    let port = word(message, "port=").and_then(|port| port.parse().ok());
    Some(Event::Start { port, host: word(message, "host=") })
}

/// `connection accepted from 10.0.0.12:52076 #1 (1 connection now open)`, `end connection 10.0.0.12:52076 (0 conn…`.
fn connection<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    const WAYS: [(&str, bool); 2] = [("connection accepted from ", true), ("end connection ", false)];
    let (words, opened) = WAYS.into_iter().find(|(words, _)| message.starts_with(words))?;
    let open = message.rsplit_once('(').and_then(|(_, open)| open.split(' ').next()?.parse().ok());
    let number = word(message, " #").and_then(|number| number.parse().ok());
    word(message, words).map(|remote| Event::Connection { remote, opened, number, open })
}

/// `db version v4.2.11`, `mongos version v3.6.0`.
fn version<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    let words = ["db version v", "mongos version v"].into_iter().find(|words| message.starts_with(words))?;
    word(message, words).map(Event::Version)
}

/// `received client metadata from 10.0.0.1:5020 conn7: { driver: { name: "PyMongo", version: "3.8.0" }, … }`.
fn client<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    const WORDS: &str = "received client metadata from ";
    message.starts_with(WORDS).then_some(())?;
    let quoted = |of: &str, key: &str| {
        let (_, document) = message.split_once(of)?;
        let (_, value) = document.split('}').next()?.split_once(key)?;
        value.split('"').next()
    };
    let driver = [" name: \"", " version: \""].map(|key| quoted(" driver: {", key).unwrap_or_default());
    Some(Event::Client {
        remote: word(message, WORDS)?,
        application: quoted(" application: {", " name: \"").unwrap_or_default().to_owned().into(),
        driver: driver.join(" ").trim().to_owned(),
    })
}

/// `transition to PRIMARY from SECONDARY`, `Member db2:27017 is now in state DOWN`, and before 3.0 `replSet PRIMARY`.
fn state<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    const STATES: &[&str] = &[
        "STARTUP",
        "PRIMARY",
        "SECONDARY",
        "RECOVERING",
        "STARTUP2",
        "ARBITER",
        "DOWN",
        "ROLLBACK",
        "REMOVED",
    ];
    let to = if message.starts_with("transition to ") {
        word(message, "transition to ")
    } else if message.starts_with("Member ") || message.starts_with("replSet member ") {
        word(message, " is now in state ")
    } else {
        message.strip_prefix("replSet ").and_then(|_| word(message, "replSet "))
    }?;
    let member = word(message, "Member ").or_else(|| word(message, "replSet member "));
    STATES.contains(&&*to).then_some(Event::State { member, to })
}

/// `serverStatus was very slow: { after basic: 0, …, at end: 1230 }`.
fn slow_status<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    let sections = message.strip_prefix("serverStatus was very slow: ")?;
    let (_, end) = sections.rsplit_once("at end: ")?;
    let digits = end.bytes().take_while(u8::is_ascii_digit).count();
    end[..digits].parse().ok().map(Event::SlowStatus)
}

/// `build index on: crm.messages properties: { …, name: "ts_1" }`, `Index Build: 12/100 12%`, `build index done`.
fn index_build<'a>(message: &Cow<'a, str>) -> Option<Event<'a>> {
    const WORDS: &[&str] =
        &["build index", "Index Build", "Index:", "index build:", "Index (", "Index Builds"];
    if !WORDS.iter().any(|words| message.trim_start().starts_with(words)) {
        return None;
    }
    let namespace = ["build index on: ", "starting on ", " on ns ", "build index "].iter().find_map(|key| {
        word(message, key).filter(|namespace| namespace.contains('.') && !namespace.starts_with("done"))
    });
    let name = message.find("name: \"").map(|at| at + "name: \"".len());
    let name = name.and_then(|at| Some(after(message, at, message[at..].find('"')?)));
    let percent = message.trim_end().strip_suffix('%').and_then(|rest| {
        let (_, percent) = rest.rsplit_once(' ')?;
        percent.parse().ok()
    });
    let index = name.or_else(|| word(message, "done building index "));
    Some(Event::IndexBuild { namespace, index, stage: stage_of(message, percent) })
}

/// A slow operation: begins with its kind and ends with its milliseconds.
fn slow(message: &[u8]) -> Option<Slow<'_>> {
    let kind =
        KINDS.iter().find(|kind| message.starts_with(kind) && message.get(kind.len()) == Some(&b' '))?;
    let before_unit = message.trim_ascii_end().strip_suffix(b"ms")?;
    let space = memchr::memrchr(b' ', before_unit)?;
    let millis = std::str::from_utf8(&before_unit[space + 1..]).ok()?.parse().ok()?;
    let rest = message[..space].get(kind.len() + 1..)?;
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let mut slow = Slow {
        kind: String::from_utf8_lossy(kind),
        namespace: String::from_utf8_lossy(&rest[..end]),
        millis,
        ..Slow::default()
    };
    let mut reader = Reader { bytes: rest, at: end, body: Body::default() };
    while let Some((key, value)) = reader.field() {
        field(&mut slow, key, value);
    }
    slow.body.skeleton = reader.body.skeleton;
    Some(slow)
}

/// Whether what looks like an operation, because it names its kind and a namespace, lacks the milliseconds at its end.
fn is_torn(message: &str) -> bool {
    let mut words = message.split(' ');
    let names_kind = words.next().is_some_and(|kind| KINDS.contains(&kind.as_bytes()));
    names_kind && words.next().is_some_and(|namespace| namespace.contains('.') && !namespace.ends_with('.'))
}

fn field<'a>(slow: &mut Slow<'a>, key: &[u8], value: &'a [u8]) {
    let number = || std::str::from_utf8(value).ok()?.parse().ok();
    let flag = value == b"1";
    let Body { command, origin, query, update, .. } = &mut slow.body;
    match key {
        b"command" => *command = value,
        b"originatingCommand" => *origin = value,
        b"query" => *query = value,
        b"update" => *update = value,
        b"appName" => slow.app = String::from_utf8_lossy(unquoted(value)),
        b"planSummary" => slow.plan = String::from_utf8_lossy(value),
        b"queryHash" => slow.hash = Some(String::from_utf8_lossy(value)),
        b"docsExamined" | b"nscannedObjects" => slow.docs_examined = number(),
        b"keysExamined" | b"nscanned" => slow.keys_examined = number(),
        b"nreturned" => slow.returned = number(),
        b"numYields" => slow.yields = number(),
        b"replanned" => slow.replanned = flag,
        b"fromMultiPlanner" => slow.multi_planned = flag,
        b"hasSortStage" | b"scanAndOrder" => slow.sorted = flag,
        b"usedDisk" => slow.used_disk = flag,
        b"storage" => {
            slow.bytes_read = figure(value, b"bytesRead: ");
            slow.reading_us = figure(value, b"timeReadingMicros: ");
        }
        _ => {}
    }
}

fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    text.strip_suffix(b"\"").unwrap_or(text)
}

/// The number after `key`.
fn figure(document: &[u8], key: &[u8]) -> Option<i64> {
    let (_, rest) = split(document, key)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

/// Where the figures begin at the end of a line in which a document has no end.
fn tail(rest: &[u8]) -> usize {
    let tails = TAILS.iter().filter_map(|tail| memchr::memmem::rfind(rest, tail));
    tails.min().unwrap_or(rest.len())
}

/// Goes through `key:value` and `key: value`, with documents and quotes in the values.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    body: Body<'a>,
}

impl<'a> Reader<'a> {
    fn field(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        loop {
            let rest = self.rest();
            let skipped = rest.iter().take_while(|byte| **byte == b' ').count();
            self.at += skipped;
            let rest = self.rest();
            let end = rest.iter().position(|byte| matches!(byte, b' ' | b':' | b'{' | b'"'))?;
            self.at += end;
            match rest[end] {
                b':' => {
                    self.at += 1;
                    return Some((&rest[..end], self.value(&rest[..end])));
                }
                // A document or a text where no field is: what older servers print without a name.
                b'{' => {
                    self.enclosed();
                }
                b'"' => {
                    self.quoted();
                }
                _ => {}
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    fn value(&mut self, key: &[u8]) -> &'a [u8] {
        let spaced = self.rest().first() == Some(&b' ');
        self.at += usize::from(spaced);
        match key {
            b"planSummary" => return self.plan(),
            // The name of a command stands before it once more.
            b"command" | b"originatingCommand" if self.rest().first() != Some(&b'{') => {
                let brace = memchr::memchr2(b'{', b':', self.rest());
                if let Some(brace) = brace.filter(|brace| self.rest()[*brace] == b'{') {
                    self.at += brace;
                }
            }
            _ => {}
        }
        match self.rest().first() {
            Some(b'{') if matches!(key, b"command" | b"originatingCommand" | b"query" | b"update") => {
                self.document()
            }
            Some(b'{' | b'[') => self.enclosed(),
            Some(b'"') => self.quoted(),
            _ => self.word(),
        }
    }

    /// A text between fields: no quote within it is followed by a space.
    fn quoted(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let end = memchr::memmem::find(&rest[1..], b"\" ").map_or(rest.len(), |at| at + 2);
        self.at += end;
        &rest[..end]
    }

    fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A document of the operation.
    fn document(&mut self) -> &'a [u8] {
        let rest = self.rest();
        self.at += self.body.walk(rest, || tail(rest));
        &self.bytes[self.bytes.len() - rest.len()..self.at]
    }

    /// A document, a list or a text. One without an end goes on to where the figures begin.
    fn enclosed(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let end = notation::length(rest).unwrap_or_else(|| tail(rest));
        self.at += end;
        &rest[..end]
    }

    /// `COLLSCAN`, or `IXSCAN { a: 1 }, IXSCAN { b: 1 }`.
    fn plan(&mut self) -> &'a [u8] {
        let start = self.at;
        loop {
            let stage = self.word();
            if self.rest().starts_with(b" {") {
                self.at += 1;
                self.enclosed();
            }
            if stage.ends_with(b",") {
                self.at += usize::from(self.rest().first() == Some(&b' '));
            } else if self.rest().starts_with(b", ") {
                self.at += 2;
            } else {
                return &self.bytes[start..self.at];
            }
            if self.rest().is_empty() {
                return &self.bytes[start..self.at];
            }
        }
    }
}
