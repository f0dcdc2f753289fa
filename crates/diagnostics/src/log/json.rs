//! Lines from 4.4 on: one JSON object each.
//!
//! Only what is asked for is looked at; the rest is stepped over without being parsed. Identifiers of messages stay
//! the same through the versions, so they are compared first. Never builds a tree.

use super::event::{checkpoint_seconds, of_message, stage_of};
use super::slow::Body;
use super::{Event, Line, Severity, Slow, dates, notation};
use std::borrow::Cow;

const SLOW_QUERY: i64 = 51_803;
const SLOW_STATUS: i64 = 20_499;
const SLOW_CHECKPOINT: i64 = 22_308;
const WIRED_TIGER: i64 = 22_430;
const STARTING: i64 = 4_615_611;
const OWN_STATE: i64 = 21_358;
const MEMBER_STATE: i64 = 21_215;
const INDEX_PROGRESS: i64 = 51_773;
const BUILD_INFO: i64 = 23_403;
const CONNECTION_ACCEPTED: i64 = 22_943;
const CONNECTION_ENDED: i64 = 22_944;
const CLIENT_METADATA: i64 = 51_800;

pub(super) fn line(bytes: &[u8]) -> Line<'_> {
    let mut line =
        Line { at: None, severity: Severity::Info, context: Cow::default(), event: Event::Unknown };
    let (mut id, mut message, mut attributes) = (None, None, Fields::default());
    let mut fields = Fields::of(bytes);
    while let Some(key) = fields.key() {
        if key == b"attr" {
            attributes = Fields::of(fields.rest);
            if id.is_some() && message.is_some() {
                // Attributes are long and gone through once only, by whom they concern.
                break;
            }
        }
        let value = fields.value();
        match key {
            b"t" => {
                let date = Fields::of(value).next().map(|(_, date)| unquoted(date));
                line.at = date.and_then(dates::iso).map(|(at, _)| at);
            }
            b"s" => line.severity = Severity::of(unquoted(value)),
            b"ctx" => line.context = text(value),
            b"id" => id = whole(value),
            b"msg" => message = Some(text(value)),
            _ => {}
        }
    }
    if let (Some(id), Some(message)) = (id, message) {
        line.event = event(id, message, attributes);
    }
    line
}

fn event<'a>(id: i64, message: Cow<'a, str>, attributes: Fields<'a>) -> Event<'a> {
    let attribute =
        |name: &str| attributes.clone().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
    let words = |names: &[&str]| names.iter().find_map(|name| attribute(name)).map(text);
    let found = match id {
        SLOW_QUERY => Some(slow(attributes).map_or(Event::Torn, |slow| Event::Slow(Box::new(slow)))),
        SLOW_STATUS => attribute("timeStats").and_then(at_end).map(Event::SlowStatus),
        SLOW_CHECKPOINT => attribute("durationSeconds").and_then(whole).map(Event::SlowCheckpoint),
        WIRED_TIGER => words(&["message"]).and_then(|message| {
            // From 5.0 on the message is an object again, written as text; its words are the same.
            checkpoint_seconds(&message).map(Event::SlowCheckpoint)
        }),
        STARTING => Some(Event::Start { port: attribute("port").and_then(whole), host: words(&["host"]) }),
        BUILD_INFO => {
            let version = attribute("buildInfo").and_then(|info| part(info, b"version"));
            version.map(text).map(Event::Version)
        }
        CONNECTION_ACCEPTED | CONNECTION_ENDED => words(&["remote"]).map(|remote| Event::Connection {
            remote,
            opened: id == CONNECTION_ACCEPTED,
            number: attribute("connectionId").and_then(whole).and_then(|number| number.try_into().ok()),
            open: attribute("connectionCount").and_then(whole),
        }),
        CLIENT_METADATA => client(attribute("remote"), attribute("doc")),
        OWN_STATE => words(&["newState"]).map(|to| Event::State { member: None, to }),
        MEMBER_STATE => words(&["newState"]).map(|to| Event::State { member: words(&["hostAndPort"]), to }),
        _ if id == INDEX_PROGRESS || is_index_build(&message) => {
            let name = attribute("properties").and_then(|properties| part(properties, b"name"));
            Some(Event::IndexBuild {
                namespace: words(&["namespace", "ns"]),
                index: words(&["index", "indexName"]).or_else(|| name.map(text)),
                stage: stage_of(&message, attribute("percent").and_then(whole)),
            })
        }
        _ => of_message(&message),
    };
    found.unwrap_or(Event::Other(message))
}

fn is_index_build(message: &str) -> bool {
    message.get(.."index build".len()).is_some_and(|words| words.eq_ignore_ascii_case("index build"))
}

/// What a client says of itself: `{"application":{"name":"x"},"driver":{"name":"y","version":"1"}}`.
fn client<'a>(remote: Option<&'a [u8]>, document: Option<&'a [u8]>) -> Option<Event<'a>> {
    let (remote, document) = remote.zip(document)?;
    let application = part(document, b"application").and_then(|application| part(application, b"name"));
    let driver = part(document, b"driver").unwrap_or_default();
    let driver = [b"name".as_slice(), b"version"].map(|key| part(driver, key).map(text).unwrap_or_default());
    Some(Event::Client {
        remote: text(remote),
        application: application.map(text).unwrap_or_default(),
        driver: driver.join(" ").trim().to_owned(),
    })
}

/// The value of one key of an object.
fn part<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    Fields::of(object).find(|(found, _)| *found == key).map(|(_, value)| value)
}

/// The time at the end of the sections of `serverStatus`.
fn at_end(sections: &[u8]) -> Option<i64> {
    part(sections, b"at end").and_then(whole)
}

fn slow(mut attributes: Fields<'_>) -> Option<Slow<'_>> {
    let mut slow = Slow::default();
    let mut body = Body::default();
    let mut millis = None;
    while let Some(key) = attributes.key() {
        let value = match key {
            b"command" | b"originatingCommand" => attributes.document(&mut body),
            _ => attributes.value(),
        };
        match key {
            b"type" => slow.kind = text(value),
            b"remote" => slow.remote = text(value),
            b"command" => body.command = value,
            b"originatingCommand" => body.origin = value,
            b"durationMillis" => millis = whole(value),
            b"workingMillis" => slow.working_millis = whole(value),
            b"docsExamined" => slow.docs_examined = whole(value),
            b"keysExamined" => slow.keys_examined = whole(value),
            b"nreturned" => slow.returned = whole(value),
            b"numYields" => slow.yields = whole(value),
            _ => figure(&mut slow, key, value),
        }
    }
    slow.body = body;
    // It stands last: a line that was torn has none, and how slow it was is not known.
    slow.millis = millis?;
    Some(slow)
}

/// What a line of the log and a document of the profile call by the same name.
pub(super) fn figure<'a>(slow: &mut Slow<'a>, key: &[u8], value: &'a [u8]) {
    match key {
        b"ns" => slow.namespace = text(value),
        b"appName" => slow.app = text(value),
        b"planSummary" => slow.plan = text(value),
        b"replanned" => slow.replanned = value == b"true",
        b"fromMultiPlanner" => slow.multi_planned = value == b"true",
        b"hasSortStage" => slow.sorted = value == b"true",
        b"usedDisk" => slow.used_disk = value == b"true",
        b"queryHash" | b"planCacheShapeHash" => slow.hash = Some(text(value)),
        b"storage" => storage(slow, value),
        b"queues" => slow.queued_us = queued(value),
        _ => {}
    }
}

/// What was read from the disk, from `{"data":{"bytesRead":1,"timeReadingMicros":2}}`.
fn storage(slow: &mut Slow<'_>, value: &[u8]) {
    for (key, value) in part(value, b"data").into_iter().flat_map(Fields::of) {
        match key {
            b"bytesRead" => slow.bytes_read = whole(value),
            b"timeReadingMicros" => slow.reading_us = whole(value),
            _ => {}
        }
    }
}

/// The time in all queues, from `{"execution":{"admissions":3,"totalTimeQueuedMicros":9}}`.
fn queued(value: &[u8]) -> Option<i64> {
    let times = Fields::of(value).flat_map(|(_, queue)| Fields::of(queue));
    let times = times.filter(|(key, _)| *key == b"totalTimeQueuedMicros").filter_map(|(_, time)| whole(time));
    times.reduce(i64::saturating_add)
}

/// The fields of an object, their values as they stand. Ends at what is no field.
#[derive(Clone, Default)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(object: &'a [u8]) -> Self {
        Self { rest: object.strip_prefix(b"{").unwrap_or_default() }
    }

    /// The next key; its value is still to come.
    pub(super) fn key(&mut self) -> Option<&'a [u8]> {
        let separators = self.rest.iter().take_while(|byte| matches!(byte, b',' | b' ')).count();
        let rest = std::mem::take(&mut self.rest)[separators..].strip_prefix(b"\"")?;
        let (key, rest) = rest.split_at(end_of_text(rest)?);
        self.rest = rest.strip_prefix(b"\":")?.trim_ascii_start();
        Some(key)
    }

    /// The value of the key; one without an end is as much of it as there is.
    pub(super) fn value(&mut self) -> &'a [u8] {
        let length = length(self.rest).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(length);
        self.rest = rest;
        value
    }
}

impl<'a> Fields<'a> {
    /// The value of a key, which is a document of the operation.
    pub(super) fn document(&mut self, body: &mut Body<'a>) -> &'a [u8] {
        if self.rest.first() != Some(&b'{') {
            return self.value();
        }
        let length = body.walk(self.rest, || self.rest.len());
        let (value, rest) = self.rest.split_at(length);
        self.rest = rest;
        value
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.key()?;
        Some((key, self.value()))
    }
}

/// The length of the value that begins here.
fn length(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' => Some(end_of_text(&bytes[1..])? + 2),
        b'{' | b'[' => notation::length(bytes),
        _ => memchr::memchr3(b',', b'}', b']', bytes),
    }
}

/// Where the quote stands that closes a text.
fn end_of_text(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

pub(super) fn unquoted(value: &[u8]) -> &[u8] {
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    value.strip_suffix(b"\"").unwrap_or(value)
}

/// The words of a text, or of any other value as it stands.
pub(super) fn text(value: &[u8]) -> Cow<'_, str> {
    let text = unquoted(value);
    if memchr::memchr(b'\\', text).is_none() { String::from_utf8_lossy(text) } else { unescaped(text) }
}

fn unescaped(text: &[u8]) -> Cow<'static, str> {
    let mut out = String::new();
    let text = String::from_utf8_lossy(text);
    let mut rest = &*text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut after = escaped.chars();
        match after.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('u') => {
                let code = escaped.get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                out.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
                after = escaped.get(5..).unwrap_or_default().chars();
            }
            Some(other) => out.push(other),
            None => {}
        }
        rest = after.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

pub(super) fn whole(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}
