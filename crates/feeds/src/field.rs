//! A place in a JSON document together with its path, so that every warning says where.
//!
//! A field that is missing or `null` is simply absent; whether that deserves a warning is the format's
//! to say. A field of the wrong type is absent too, with a warning. Nothing here fails.

use crate::dates;
use crate::json::Json;
use crate::notes::{Notes, quote};
use jiff::Timestamp;

/// Identifiers are keys of rows, and the index of a database takes about 2,700 bytes. Real ones have 12 to 36.
const LONGEST_ID: usize = 512;

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    /// The value.
    pub(crate) json: &'a Json,
    path: String,
    notes: &'a Notes,
}

impl<'a> Field<'a> {
    /// The whole document.
    pub(crate) fn root(json: &'a Json, notes: &'a Notes) -> Self {
        Self { json, path: String::new(), notes }
    }

    /// The field of that name, unless it is missing or `null`.
    pub(crate) fn get(&self, key: &str) -> Option<Field<'a>> {
        let json = self.json.get(key).filter(|json| !json.is_null())?;
        Some(Field { json, path: self.path_of(key), notes: self.notes })
    }

    /// Whether the field is there and not `null`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.json.get(key).is_some_and(|json| !json.is_null())
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        let json = self.json.get(key)?;
        match json {
            Json::String(text) => Some(text),
            Json::Null => None,
            _ => {
                self.wrong_type(key, json, "text");
                None
            }
        }
    }

    /// A text that a reader of pages cannot do without: a warning if it is missing.
    pub(crate) fn expected_text(&self, key: &str) -> Option<&'a str> {
        if !self.has(key) {
            self.warn(key, || "missing".to_owned());
        }
        self.text(key)
    }

    /// An identifier: a text that is not empty, or a whole number.
    pub(crate) fn id(&self, key: &str) -> Option<String> {
        let json = self.json.get(key)?;
        match json {
            Json::String(text) if !text.is_empty() => {
                Some(text[..text.floor_char_boundary(LONGEST_ID)].to_owned())
            }
            Json::Integer(number) => Some(number.to_string()),
            Json::Null => None,
            _ => {
                self.wrong_type(key, json, "an identifier");
                None
            }
        }
    }

    /// An instant.
    pub(crate) fn time(&self, key: &str) -> Option<Timestamp> {
        let json = self.json.get(key)?;
        let time = match json {
            Json::Null => return None,
            Json::String(text) if text.is_empty() => return None,
            Json::String(text) => dates::instant(text),
            Json::Integer(seconds) => dates::epoch(*seconds),
            _ => None,
        };
        if time.is_none() {
            self.warn(key, || format!("cannot read {} as a time", json.show()));
        }
        time
    }

    /// Yes or no.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let json = self.json.get(key)?;
        match json {
            Json::Bool(flag) => Some(*flag),
            Json::Null => None,
            _ => {
                self.wrong_type(key, json, "true or false");
                None
            }
        }
    }

    /// The entries of a list; none if it is missing or `null`.
    pub(crate) fn list(&self, key: &str) -> Vec<Field<'a>> {
        match self.json.get(key) {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(_)) => self.get(key).map(|list| list.entries()).unwrap_or_default(),
            Some(json) => {
                self.wrong_type(key, json, "a list");
                Vec::new()
            }
        }
    }

    /// The entries of this list.
    pub(crate) fn entries(&self) -> Vec<Field<'a>> {
        let Json::Array(entries) = self.json else { return Vec::new() };
        let entry = |(i, json)| Field { json, path: format!("{}[{i}]", self.path), notes: self.notes };
        entries.iter().enumerate().map(entry).collect()
    }

    /// An object.
    pub(crate) fn object(&self, key: &str) -> Option<Field<'a>> {
        let field = self.get(key)?;
        match field.json {
            Json::Object(_) => Some(field),
            json => {
                self.wrong_type(key, json, "an object");
                None
            }
        }
    }

    /// Warns about a field of this object.
    pub(crate) fn warn(&self, key: &str, what: impl FnOnce() -> String) {
        self.notes.add(|| format!("{}: {}", self.path_of(key), what()));
    }

    /// Warns about this value.
    pub(crate) fn warn_here(&self, what: impl FnOnce() -> String) {
        let path = if self.path.is_empty() { "document" } else { &self.path };
        self.notes.add(|| format!("{path}: {}", what()));
    }

    /// Warns that a word is none of those that the format knows.
    pub(crate) fn warn_word(&self, key: &str, word: &str) {
        self.warn(key, || format!("unknown word {}", quote(word)));
    }

    fn wrong_type(&self, key: &str, json: &Json, expected: &str) {
        self.warn(key, || format!("expected {expected}, found {}", json.show()));
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
