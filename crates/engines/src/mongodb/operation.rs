//! One operation of `$currentOp`, and the groups they are counted in.

use std::collections::HashMap;
use std::sync::Arc;

use ::mongodb::bson::{RawBsonRef, RawDocument};
use domain::reads::Group;
use domain::reads::shape::{self, Shape, Term};

use super::failure::as_number;
use super::truncated;

/// Groups that are told.
const MOST_GROUPS: usize = 40;
/// Documents are followed so deep, and so wide: a shape is cut long before.
const MOST_DEPTH: usize = 24;
const MOST_FIELDS: usize = 64;
/// A plan of a hundred branches needs not be told whole.
const MOST_TEXT: usize = 200;

/// Commands that read.
const READS: &[&str] = &[
    "find",
    "aggregate",
    "count",
    "distinct",
    "getMore",
    "mapReduce",
    "mapreduce",
    "geoNear",
    "geoSearch",
    "group",
];

/// What we read of one operation.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "flags of one document, read and forgotten")]
pub(super) struct Operation<'a> {
    namespace: &'a str,
    kind: &'a str,
    app: &'a str,
    plan: &'a str,
    message: &'a str,
    command: Option<&'a RawDocument>,
    origin: Option<&'a RawDocument>,
    age_us: i64,
    yields: i64,
    client: bool,
    waiting: bool,
    exclusive: bool,
    tailing: bool,
}

impl<'a> Operation<'a> {
    /// Fields that are read; the server leaves the others out.
    pub(super) const FIELDS: &'static [&'static str] = &[
        "ns",
        "op",
        "appName",
        "planSummary",
        "msg",
        "command",
        "originatingCommand",
        "cursor.originatingCommand",
        "cursor.tailable",
        "cursor.awaitData",
        "microsecs_running",
        "numYields",
        "client",
        "client_s",
        "waitingForLock",
        "locks",
    ];

    /// Reads one; nothing where the document is broken.
    pub(super) fn read(document: &'a RawDocument) -> Option<Self> {
        let mut operation = Self::default();
        for element in document {
            let (key, value) = element.ok()?;
            operation.take(key, value);
        }
        Some(operation)
    }

    fn take(&mut self, key: &str, value: RawBsonRef<'a>) {
        let text = || value.as_str().unwrap_or("");
        let flag = || value.as_bool() == Some(true);
        match key {
            "ns" => self.namespace = text(),
            "op" => self.kind = text(),
            "appName" => self.app = text(),
            "planSummary" => self.plan = text(),
            "msg" => self.message = text(),
            "command" => self.command = value.as_document(),
            "originatingCommand" => self.origin = value.as_document(),
            "cursor" => self.cursor(value.as_document()),
            "microsecs_running" => self.age_us = as_number(value).unwrap_or(0),
            "numYields" => self.yields = as_number(value).unwrap_or(0),
            "client" | "client_s" => self.client = true,
            "waitingForLock" => self.waiting = flag(),
            "locks" => self.exclusive = value.as_document().is_some_and(keeps_out),
            _ => {}
        }
    }

    fn cursor(&mut self, cursor: Option<&'a RawDocument>) {
        let Some(cursor) = cursor else { return };
        self.origin = cursor.get_document("originatingCommand").ok().or(self.origin);
        self.tailing = cursor.get_bool("tailable") == Ok(true);
    }

    pub(super) fn shape(&self) -> Shape {
        let origin = self.origin.map(terms);
        let mut shape = match self.command.map(terms) {
            Some(command) if !command.is_empty() => shape::of(&command, origin.as_deref()),
            _ => Shape {
                command: self.kind.to_owned(),
                collection: None,
                text: self.kind.to_owned(),
                tailing: false,
            },
        };
        shape.tailing |= self.tailing;
        shape
    }

    /// An operation that waits for a lock is shown on `database.$cmd`; its command knows better.
    pub(super) fn namespace(&self, shape: &Shape) -> String {
        match (self.namespace.split_once(".$cmd"), &shape.collection) {
            (Some((database, _)), Some(collection)) if !collection.is_empty() => {
                if shape.command == "renameCollection" {
                    collection.clone()
                } else {
                    format!("{database}.{collection}")
                }
            }
            _ => self.namespace.to_owned(),
        }
    }

    fn reads(&self, shape: &Shape) -> bool {
        matches!(self.kind, "query" | "getmore")
            || READS.contains(&shape.command.as_str())
                && !shape.text.contains("{$out:")
                && !shape.text.contains("{$merge:")
    }
}

/// Modes as `$currentOp` tells them: capital letters keep others out.
fn keeps_out(locks: &RawDocument) -> bool {
    let levels = ["Global", "Database", "Collection"];
    levels.iter().any(|level| locks.get_str(level).is_ok_and(|mode| matches!(mode, "W" | "R")))
}

/// A command for the shape; one that the server cut is read as far as it goes.
fn terms(document: &RawDocument) -> Vec<(String, Term)> {
    if let Ok(text) = document.get_str("$truncated") {
        return truncated::command(text);
    }
    fields(document, 0)
}

fn fields(document: &RawDocument, depth: usize) -> Vec<(String, Term)> {
    let fields = document.iter().map_while(Result::ok).take(MOST_FIELDS);
    fields.map(|(key, value)| (key.to_owned(), term(value, depth + 1))).collect()
}

fn term(value: RawBsonRef<'_>, depth: usize) -> Term {
    match value {
        _ if depth > MOST_DEPTH => Term::Other,
        RawBsonRef::Document(document) => Term::Document(fields(document, depth)),
        RawBsonRef::Array(items) => {
            let items = items.into_iter().map_while(Result::ok).take(MOST_FIELDS);
            Term::Array(items.map(|item| term(item, depth + 1)).collect())
        }
        RawBsonRef::String(text) => Term::Text(cut(text).to_owned()),
        RawBsonRef::Boolean(flag) => Term::Bool(flag),
        RawBsonRef::Int32(number) => Term::Number(number.into()),
        #[expect(clippy::cast_precision_loss, reason = "the values of numbers are not part of a shape")]
        RawBsonRef::Int64(number) => Term::Number(number as f64),
        RawBsonRef::Double(number) => Term::Number(number),
        RawBsonRef::Null => Term::Null,
        RawBsonRef::RegularExpression(regex) => {
            Term::Pattern(cut(regex.pattern).to_owned(), regex.options.to_owned())
        }
        _ => Term::Other,
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_TEXT)]
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    namespace: String,
    command: String,
    shape: String,
    app: String,
    plan: String,
    internal: bool,
    tailing: bool,
}

/// Operations, counted in groups.
#[derive(Default)]
pub(super) struct Groups(HashMap<Key, Group>);

impl Groups {
    /// Counts one.
    pub(super) fn add(&mut self, operation: &Operation<'_>) {
        // A thread of the server itself that does nothing.
        if operation.kind == "none" && !operation.client {
            return;
        }
        let shape = operation.shape();
        let reads = operation.reads(&shape);
        let key = Key {
            namespace: operation.namespace(&shape),
            app: cut(operation.app).to_owned(),
            plan: cut(operation.plan).to_owned(),
            internal: !operation.client,
            tailing: shape.tailing,
            command: shape.command,
            shape: shape.text,
        };
        let group = self.0.entry(key).or_default();
        group.reads = reads;
        if operation.age_us >= group.oldest_us && !operation.message.is_empty() {
            group.message = cut(operation.message).into();
        }
        if operation.exclusive && !operation.waiting {
            group.exclusive_us = group.exclusive_us.max(operation.age_us);
        }
        group.add(operation.age_us, operation.waiting, operation.yields);
    }

    /// The groups, those with the longest total age first, the rest left out.
    pub(super) fn into_sorted(self) -> Vec<Group> {
        let named = |(key, group): (Key, Group)| Group {
            namespace: Arc::from(key.namespace),
            command: Arc::from(key.command),
            shape: Arc::from(key.shape),
            app: Arc::from(key.app),
            plan: Arc::from(key.plan),
            internal: key.internal,
            tailing: key.tailing,
            ..group
        };
        let mut groups: Vec<Group> = self.0.into_iter().map(named).collect();
        groups.sort_by(|a, b| {
            b.total_us.cmp(&a.total_us).then_with(|| (&a.namespace, &a.shape).cmp(&(&b.namespace, &b.shape)))
        });
        groups.truncate(MOST_GROUPS);
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::mongodb::bson::{RawDocumentBuf, rawdoc};

    fn groups(list: &[RawDocumentBuf]) -> Vec<Group> {
        let mut groups = Groups::default();
        for document in list {
            groups.add(&Operation::read(document).unwrap());
        }
        groups.into_sorted()
    }

    #[test]
    fn operations_of_one_shape_are_one_group() {
        let find = |org: i32, age: i64| {
            rawdoc! { "client": "10.0.0.1:4", "op": "query", "ns": "crm.messages", "appName": "crm-web",
            "planSummary": "COLLSCAN", "microsecs_running": age, "numYields": 3,
            "command": { "find": "messages", "filter": { "orgId": org }, "$db": "crm" } }
        };
        let groups = groups(&[find(1, 2_000_000), find(2, 200_000), find(3, 1_000)]);
        assert_eq!(groups.len(), 1);
        let group = &groups[0];
        assert_eq!((&*group.namespace, &*group.shape), ("crm.messages", "find filter{orgId:?}"));
        assert_eq!((group.count, group.oldest_us, group.yields), (3, 2_000_000, 9));
        assert_eq!(group.older, [2, 1, 1, 0]);
        assert!(group.reads && group.is_work());
    }

    #[test]
    fn who_waits_and_who_keeps_out_are_told_apart() {
        let waiting = rawdoc! { "client": "10.0.0.1:4", "op": "command", "ns": "crm.$cmd", "waitingForLock": true,
        "microsecs_running": 900_000, "locks": { "Global": "r", "Database": "R" },
        "command": { "count": "messages", "query": { "a": 1 }, "$db": "crm" } };
        let holder = rawdoc! { "client": "10.0.0.1:5", "op": "command", "ns": "crm.$cmd", "waitingForLock": false,
        "microsecs_running": 1_000_000, "msg": "Index Build: 1/2 50%", "locks": { "Global": "w", "Database": "W" },
        "command": { "createIndexes": "messages", "indexes": [ { "key": { "a": 1 } } ], "$db": "crm" } };
        let groups = groups(&[waiting, holder]);
        assert_eq!(groups[0].exclusive_us, 1_000_000);
        assert_eq!((&*groups[0].command, &*groups[0].namespace), ("createIndexes", "crm.messages"));
        assert_eq!(&*groups[0].message, "Index Build: 1/2 50%");
        assert_eq!((groups[1].waiting, groups[1].exclusive_us), (1, 0));
        assert_eq!(&*groups[1].namespace, "crm.messages");
    }

    #[test]
    fn the_servers_own_work_and_waits_for_news_are_no_work() {
        let own = rawdoc! { "desc": "TTLMonitor", "op": "remove", "ns": "crm.sessions", "microsecs_running": 5,
        "command": { "q": { "at": { "$lt": 1 } }, "limit": 0 } };
        let tail = rawdoc! { "client": "10.0.0.1:4", "op": "getmore", "ns": "local.oplog.rs", "microsecs_running": 5,
        "command": { "getMore": 7_i64, "collection": "oplog.rs" },
        "originatingCommand": { "find": "oplog.rs", "tailable": true, "awaitData": true } };
        let newer = rawdoc! { "client": "10.0.0.1:4", "op": "getmore", "ns": "crm.messages", "microsecs_running": 5,
        "command": { "getMore": 7_i64, "collection": "messages" },
        "cursor": { "originatingCommand": { "aggregate": "messages", "pipeline": [ { "$changeStream": {} } ] } } };
        let hello = rawdoc! { "client": "10.0.0.1:4", "op": "command", "ns": "admin.$cmd", "microsecs_running": 5,
        "command": { "hello": 1, "topologyVersion": { "counter": 1_i64 }, "maxAwaitTimeMS": 10_000_i64 } };
        for document in [own, tail, newer, hello] {
            let groups = groups(std::slice::from_ref(&document));
            assert!(!groups[0].is_work(), "{document:?}");
        }
    }

    #[test]
    fn the_longest_ages_are_kept() {
        let find = |field: i32| {
            let mut filter = RawDocumentBuf::new();
            filter.append(format!("f{field}"), 1);
            rawdoc! { "client": "a", "op": "query", "ns": "crm.c", "microsecs_running": i64::from(field),
            "command": { "find": "c", "filter": filter } }
        };
        let list: Vec<_> = (0..100).map(find).collect();
        let groups = groups(&list);
        assert_eq!((groups.len(), groups[0].oldest_us, groups[39].oldest_us), (40, 99, 60));
    }
}
