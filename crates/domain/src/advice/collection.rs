//! A collection as advice needs to know it: its indexes, and what a sample says of its fields.

use crate::reads::shape::Term;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How one field of an index is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// From small to large.
    Ascending,
    /// From large to small.
    Descending,
    /// Not ordered: `text`, `2dsphere`, `hashed`.
    Special(String),
}

/// What an index holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// Fields and their order.
    pub keys: Vec<(String, Key)>,
    /// Only documents that match this.
    pub partial: Option<Vec<(String, Term)>>,
    /// How it compares texts, as the server keeps it.
    pub collation: Option<Vec<(String, Term)>>,
}

/// How often an index was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// How often, on all members that were asked.
    pub count: u64,
    /// Since when the member with the shortest memory counts, in seconds before it was asked.
    pub since_s: u64,
    /// How many members were asked.
    pub members: usize,
    /// Whether a member could not be asked.
    pub incomplete: bool,
}

/// An index that is there.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one option of an index")]
pub struct Index {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub spec: Spec,
    /// No two documents have the same key.
    pub unique: bool,
    /// Documents without the field are left out.
    pub sparse: bool,
    /// The planner does not see it.
    pub hidden: bool,
    /// Documents expire by it.
    pub expires: bool,
    /// Its size, in bytes.
    pub size_bytes: Option<u64>,
    /// How often it was used, where that is known.
    pub uses: Option<Uses>,
}

/// What a sample says of a field. Shares go from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Field {
    /// There are arrays at this path.
    pub array: bool,
    /// How many different values there are for each document that has one.
    pub distinct: f64,
    /// How many documents have it.
    pub present: f64,
    /// In how many documents it is `true`.
    pub truth: f64,
    /// Mean size of its values, in bytes.
    pub bytes: f64,
}

/// A collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    /// `database.collection`.
    pub namespace: String,
    /// Its indexes; `None` where nobody could tell.
    pub indexes: Option<Vec<Index>>,
    /// How many documents it has.
    pub documents: Option<u64>,
    /// Size of its documents, in bytes, unpacked.
    pub bytes: Option<u64>,
    /// What a sample says of its fields, by path.
    pub fields: BTreeMap<String, Field>,
    /// Fields of the shard key.
    pub shard_key: Vec<String>,
    /// Documents that are inserted and removed a second, and updated a second, where known.
    pub writes: Option<(f64, f64)>,
    /// First two numbers of the server's version, where known.
    pub version: Option<(u32, u32)>,
}

impl Key {
    /// The key of an ordered field.
    pub fn ordered(descending: bool) -> Self {
        if descending { Self::Descending } else { Self::Ascending }
    }

    fn word(&self) -> String {
        match self {
            Self::Ascending => "1".to_owned(),
            Self::Descending => "-1".to_owned(),
            Self::Special(word) => quoted(word),
        }
    }
}

impl Spec {
    /// Name that the server would give it, cut to what every version allows.
    pub fn name(&self) -> String {
        let part = |(path, key): &(String, Key)| format!("{path}_{}", key.word().trim_matches('"'));
        let mut name = self.keys.iter().map(part).collect::<Vec<_>>().join("_");
        if self.partial.is_some() {
            name.push_str("_partial");
        }
        // Up to 4.0 a namespace with the index's name has at most 127 bytes.
        name.truncate(name.floor_char_boundary(60));
        name
    }

    /// The keys in the shell's notation.
    pub fn keys_text(&self) -> String {
        let fields = self.keys.iter().map(|(path, key)| format!("{}: {}", quoted(path), key.word()));
        format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
    }

    /// Paths of its fields.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(path, _)| path.as_str())
    }
}

impl Index {
    /// Whether it is the one by `_id`.
    pub fn is_of_ids(&self) -> bool {
        self.spec.keys.len() == 1 && self.spec.keys[0].0 == "_id"
    }

    /// Whether it does more than to find documents: it keeps a promise, or documents go by it.
    pub fn does_more(&self) -> bool {
        self.unique || self.expires || self.is_of_ids()
    }
}

impl Collection {
    /// Its indexes, as far as they are known.
    pub fn known(&self) -> &[Index] {
        self.indexes.as_deref().unwrap_or_default()
    }

    /// The database and the collection.
    pub fn split(&self) -> (&str, &str) {
        self.namespace.split_once('.').unwrap_or((&self.namespace, ""))
    }

    /// The longest path of arrays on the way to a field.
    pub(super) fn array_of(&self, path: &str) -> Option<&str> {
        let leads = |array: &&str| {
            path == *array || path.strip_prefix(array).is_some_and(|rest| rest.starts_with('.'))
        };
        let arrays = self.fields.iter().filter(|(_, field)| field.array).map(|(path, _)| path.as_str());
        arrays.filter(leads).max_by_key(|array| array.len())
    }

    pub(super) fn field(&self, path: &str) -> Option<&Field> {
        self.fields.get(path)
    }
}

/// A text in double quotes, as JSON and the shell write it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A document in the shell's notation. Values that are kept nowhere are shown as `?`.
pub(super) fn shell(fields: &[(String, Term)]) -> String {
    let parts = fields.iter().map(|(key, term)| format!("{}: {}", quoted(key), value(term)));
    format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
}

fn value(term: &Term) -> String {
    match term {
        Term::Document(fields) => shell(fields),
        Term::Array(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Term::Text(text) => quoted(text),
        Term::Number(number) => number.to_string(),
        Term::Bool(flag) => flag.to_string(),
        Term::Null => "null".to_owned(),
        Term::Pattern(..) | Term::Other => "?".to_owned(),
    }
}
