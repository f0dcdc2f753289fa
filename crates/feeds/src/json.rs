//! JSON, read strictly where it is sound and mended where it is not.
//!
//! [`read`] never fails: what cannot be mended is left out, and the warnings say so. A value costs at
//! most a few dozen bytes, and there are at most [`MOST_VALUES`] of them, so that a small document made
//! to be expensive stays cheap.

mod mend;

use crate::notes::quote;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// Values in one document. A page with 50 long incidents has about 15,000.
const MOST_VALUES: usize = 250_000;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The field of that name; of several, the last.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        let Self::Object(fields) = self else { return None };
        fields.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text of that field.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, if this is a list.
    pub(crate) fn entries(&self) -> &[Json] {
        match self {
            Self::Array(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What this is, for a sentence.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => flag.to_string(),
            Self::Integer(number) => format!("the number {number}"),
            Self::Float(number) => format!("the number {number}"),
            Self::String(text) => quote(text),
            Self::Array(entries) => format!("a list of {}", entries.len()),
            Self::Object(fields) if fields.is_empty() => "an empty object".to_owned(),
            Self::Object(fields) => {
                let names: Vec<_> = fields.iter().take(5).map(|(name, _)| quote(name)).collect();
                format!("an object with {}", names.join(", "))
            }
        }
    }
}

/// What was read, and what had to be mended for it.
pub(crate) struct Reading {
    /// The value; [`Json::Null`] if nothing could be read.
    pub(crate) json: Json,
    /// What was mended, one sentence each.
    pub(crate) warnings: Vec<String>,
    /// Whether a part of the document is missing.
    pub(crate) cut: bool,
}

/// Reads a document.
pub(crate) fn read(text: &str) -> Reading {
    if let Ok(json) = strict(text) {
        return Reading { json, warnings: Vec::new(), cut: false };
    }
    let mended = mend::mend(text);
    let mut warnings = mended.warnings;
    let json = strict(&mended.text).unwrap_or_else(|error| {
        warnings.push(format!("JSON cannot be read: {error}"));
        Json::Null
    });
    Reading { json, warnings, cut: mended.cut }
}

fn strict(text: &str) -> serde_json::Result<Json> {
    let room = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let json = Value { room: &room }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

/// Makes one value, as long as there is room for it.
#[derive(Clone, Copy)]
struct Value<'a> {
    room: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let left = self.room.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.room.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "no vendor counts beyond 63 bits; nothing reads it exactly"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    // PostgreSQL cannot hold U+0000, and no vendor means it.
    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.replace('\0', "\u{FFFD}")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_element_seed(self)? {
            entries.push(entry);
        }
        Ok(Json::Array(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(Key(name)) = access.next_key()? {
            fields.push((name, access.next_value_seed(self)?));
        }
        Ok(Json::Object(fields))
    }
}

struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads broken JSON and compares it with what it should have been.
    #[track_caller]
    fn check(broken: &str, sound: &str, warning: &str) {
        let reading = read(broken);
        assert_eq!(reading.json, strict(sound).expect("sound JSON"), "{broken}");
        let warnings = reading.warnings.join("; ");
        assert!(warnings.contains(warning), "{broken}: {warnings}");
    }

    #[test]
    fn sound_json_is_read_without_a_word() {
        let reading = read(r#"{"a":[1,2.5,true,null,"x\ud83d\ude00"],"a":{}}"#);
        assert!(reading.warnings.is_empty());
        assert_eq!(reading.json.get("a"), Some(&Json::Object(Vec::new())));
    }

    #[test]
    fn a_document_cut_short_ends_after_its_last_whole_value() {
        check(r#"{"a":{"b":1,"c":"tru"#, r#"{"a":{"b":1}}"#, "cut off");
        check(r#"{"a":[{"b":1},{"b":2,"c":"tru"#, r#"{"a":[{"b":1}]}"#, "cut off");
        check(r#"{"a":[{"b":1,"c":[{"d":1},{"d":"#, r#"{"a":[{"b":1,"c":[{"d":1}]}]}"#, "cut off");
        check(r#"{"a":1,"b":"#, r#"{"a":1}"#, "cut off");
        check(r#"{"a":1,"b":{"c"#, r#"{"a":1}"#, "cut off");
        check("[1,[2,[3,", "[1,[2,[3]]]", "cut off");
        check(r#"["a\u00"#, "null", "cut off");
    }

    #[test]
    fn lone_surrogates_become_the_replacement_character() {
        check(
            r#"["a\ud83d","\ude00b","\ud83dx","\ud83d\ud83d\ude00"]"#,
            r#"["a�","�b","�x","�😀"]"#,
            "surrogate",
        );
    }

    #[test]
    fn control_characters_and_odd_escapes_are_mended() {
        check("[\"a\nb\u{1}\\'c\\q\"]", r#"["a\nb'cq"]"#, "control");
        check("[\"a\\u12G4\"]", r#"["au12G4"]"#, "escape");
    }

    #[test]
    fn stray_words_and_commas_are_mended() {
        check("[NaN,undefined,01,1e999,-]", "[null,null,null,null,null]", "null");
        check(r#"{"a":1,,"b":[1,2,],}"#, r#"{"a":1,"b":[1,2]}"#, "comma");
        check(r#"{"a":1 "b":2}"#, r#"{"a":1,"b":2}"#, "comma");
        check(r#"{"a":[1,2}"#, r#"{"a":[1,2]}"#, "bracket");
        check(")]}',\n{\"a\":1}", r#"{"a":1}"#, "before");
        check(r#"{"a":1} trailing"#, r#"{"a":1}"#, "after");
    }

    #[test]
    fn deep_nesting_is_cut_and_the_rest_is_read() {
        let deep = format!(r#"{{"a":{}"]"{},"b":2}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let reading = read(&deep);
        assert_eq!(reading.json.get("b"), Some(&Json::Integer(2)));
        assert!(reading.warnings.iter().any(|warning| warning.contains("nested")));
        assert!(read(&"[".repeat(100_000)).json.is_null());
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let wide = format!("[{}0]", "0,".repeat(MOST_VALUES));
        let reading = read(&wide);
        assert!(reading.warnings.iter().any(|warning| warning.contains("cut off")), "{:?}", reading.warnings);
        assert!(reading.json.entries().len() > MOST_VALUES - 10);
    }
}
