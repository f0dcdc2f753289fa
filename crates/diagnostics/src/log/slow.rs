//! An operation that the server found slow. Never parses a command before it is asked to.

use super::notation;
use super::skeleton::Skeleton;
use domain::reads::Finished;
use domain::reads::shape::{self, Shape, Term};
use std::borrow::Cow;

/// A slow operation. A number that the line does not tell is absent, never zero.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the line")]
pub struct Slow<'a> {
    /// `database.collection` as the line has it; see [`Slow::target`].
    pub namespace: Cow<'a, str>,
    /// What kind of operation the server calls it: `command`, `update`, `remove`, in old logs `query`, `getmore`.
    pub kind: Cow<'a, str>,
    /// Application name that the client gave; may be empty.
    pub app: Cow<'a, str>,
    /// Address of the client with its port, from 4.4 on; may be empty.
    pub remote: Cow<'a, str>,
    /// Summary of the plan, such as `IXSCAN { ts: 1 }`; may be empty.
    pub plan: Cow<'a, str>,
    /// Hash of the query that the server made, where it did.
    pub hash: Option<Cow<'a, str>>,
    /// How long it took, waiting included.
    pub millis: i64,
    /// How long it worked, from 8.0 on.
    pub working_millis: Option<i64>,
    /// Documents examined.
    pub docs_examined: Option<i64>,
    /// Index keys examined.
    pub keys_examined: Option<i64>,
    /// Documents returned.
    pub returned: Option<i64>,
    /// How often it yielded.
    pub yields: Option<i64>,
    /// Bytes read from the disk.
    pub bytes_read: Option<i64>,
    /// Time that this took, in microseconds.
    pub reading_us: Option<i64>,
    /// Time that it waited for its turn, in microseconds, from 8.0 on.
    pub queued_us: Option<i64>,
    /// Its plan was thrown away and made again.
    pub replanned: bool,
    /// Several plans were tried against each other.
    pub multi_planned: bool,
    /// It sorted without an index.
    pub sorted: bool,
    /// It wrote temporary files.
    pub used_disk: bool,
    pub(super) body: Body<'a>,
}

/// The documents of the operation, as they stand in the line; empty where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Body<'a> {
    pub(super) command: &'a [u8],
    /// The command that opened the cursor of a `getMore`.
    pub(super) origin: &'a [u8],
    /// What lines up to 3.4 tell of operations that were no commands.
    pub(super) query: &'a [u8],
    pub(super) update: &'a [u8],
    /// All of them, without their values.
    pub(super) skeleton: Skeleton,
}

impl Body<'_> {
    /// The length of the document that begins here and belongs to the operation. Of one whose end was cut off,
    /// `end` says where to go on.
    pub(super) fn walk(&mut self, bytes: &[u8], end: impl FnOnce() -> usize) -> usize {
        self.skeleton.document(bytes).unwrap_or_else(|| {
            let length = end();
            self.skeleton.beginning(&bytes[..length]);
            length
        })
    }
}

impl Slow<'_> {
    /// The command without its literals.
    pub fn shape(&self) -> Shape {
        shape::of(&self.command(), None)
    }

    /// The command with its literals, as far as the line holds it; of a `getMore` the command that opened its cursor,
    /// where that is known.
    pub fn command(&self) -> Vec<(String, Term)> {
        let Body { command, origin, query, update, .. } = self.body;
        if !command.is_empty() {
            let command = notation::fields(command);
            let more = command.first().is_some_and(|(name, _)| name.eq_ignore_ascii_case("getmore"));
            let origin = if more { notation::fields(origin) } else { Vec::new() };
            return if origin.is_empty() { command } else { origin };
        }
        let query = notation::fields(query);
        match &*self.kind {
            "update" => {
                let update = Term::Document(notation::fields(update));
                vec![("q".to_owned(), Term::Document(query)), ("u".to_owned(), update)]
            }
            "remove" => vec![("q".to_owned(), Term::Document(query))],
            "insert" => vec![("insert".to_owned(), self.collection())],
            _ => self.find_of(query),
        }
    }

    /// The documents of the operation with what each is, as far as the line holds them.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (&'static str, Vec<(String, Term)>)> {
        let Body { command, origin, query, update, .. } = self.body;
        let all =
            [("command", command), ("originatingCommand", origin), ("query", query), ("update", update)];
        let all = all.into_iter().filter(|(_, bytes)| !bytes.is_empty());
        all.map(|(name, bytes)| (name, notation::fields(bytes)))
    }

    /// A number that is the same only for operations of the same kind, namespace and [`shape`](Self::shape). One
    /// shape may have several, but making this number costs a tenth of making the shape.
    pub fn fingerprint(&self) -> u64 {
        let mut skeleton = self.body.skeleton;
        skeleton.words(self.kind.as_bytes());
        skeleton.words(self.namespace.as_bytes());
        skeleton.end()
    }

    /// `database.collection` that it is about. A command that waits for a lock is told on `database.$cmd`; its
    /// collection then stands in the command.
    pub fn target(&self) -> String {
        match self.namespace.strip_suffix(".$cmd").zip(self.shape().collection) {
            Some((database, collection)) => format!("{database}.{collection}"),
            None => self.namespace.clone().into_owned(),
        }
    }

    /// The operation as the detector counts it; nothing where it waits for news by design.
    pub fn finished(&self) -> Option<Finished> {
        let shape = self.shape();
        if shape.tailing {
            return None;
        }
        Some(Finished {
            namespace: self.target().into(),
            command: shape.command.into(),
            shape: shape.text.into(),
            app: (&*self.app).into(),
            plan: (&*self.plan).into(),
            took_us: self.millis.saturating_mul(1_000),
            docs_examined: self.docs_examined.unwrap_or(0),
            keys_examined: self.keys_examined.unwrap_or(0),
            returned: self.returned.unwrap_or(0),
            yields: self.yields.unwrap_or(0),
            bytes_read: self.bytes_read.unwrap_or(0),
            waited_us: self.queued_us.unwrap_or(0),
            replanned: self.replanned,
            multi_planned: self.multi_planned,
        })
    }

    /// Name of the collection in the namespace.
    fn collection(&self) -> Term {
        let collection = self.namespace.split_once('.').map_or("", |(_, collection)| collection);
        Term::Text(collection.to_owned())
    }

    /// The command of today that an old query is. Such a query is the filter itself, or wraps it to add an order.
    fn find_of(&self, query: Vec<(String, Term)>) -> Vec<(String, Term)> {
        let mut find = vec![("find".to_owned(), self.collection())];
        if !query.iter().any(|(key, _)| matches!(key.as_str(), "query" | "$query")) {
            find.push(("filter".to_owned(), Term::Document(query)));
            return find;
        }
        for (key, term) in query {
            let key = match key.trim_start_matches('$') {
                "query" => "filter",
                "orderby" => "sort",
                "hint" => "hint",
                _ => continue,
            };
            find.push((key.to_owned(), term));
        }
        find
    }
}
