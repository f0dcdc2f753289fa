//! Fields of a JSON object, and what is wrong with them in words.
//!
//! This module never guesses a value: what is absent is absent.

use jiff::Timestamp;
use serde_json::{Map, Value};
use std::fmt;

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The fields of an object.
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of what must be an object.
    pub(super) fn of(value: &'a Value, what: &str) -> Result<Self, Wrong> {
        value.as_object().map(Self).ok_or_else(|| Wrong(format!("`{what}` is no object")))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, Wrong> {
        self.value(name).and_then(Value::as_str).ok_or_else(|| Wrong(format!("`{name}` is no text")))
    }

    pub(super) fn whole(&self, name: &str) -> Result<i64, Wrong> {
        let value = self.value(name).ok_or_else(|| Wrong(format!("`{name}` is missing")))?;
        whole(value).ok_or_else(|| Wrong(format!("`{name}` is no whole number")))
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp, Wrong> {
        let text = self.text(name)?;
        text.parse().map_err(|error| Wrong(format!("`{name}` is `{text}`: {error}")))
    }

    /// A whole number that may be absent.
    pub(super) fn whole_or(&self, name: &str, absent: i64) -> Result<i64, Wrong> {
        if self.has(name) { self.whole(name) } else { Ok(absent) }
    }

    /// A count that may be absent.
    pub(super) fn count(&self, name: &str) -> Result<u32, Wrong> {
        u32::try_from(self.whole_or(name, 0)?).map_err(|_| Wrong(format!("`{name}` is no count")))
    }

    /// A text that may be absent.
    pub(super) fn text_or_empty(&self, name: &str) -> Result<&'a str, Wrong> {
        if self.has(name) { self.text(name) } else { Ok("") }
    }

    /// A flag that may be absent.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Wrong> {
        let Some(value) = self.value(name) else { return Ok(false) };
        value.as_bool().ok_or_else(|| Wrong(format!("`{name}` is neither true nor false")))
    }

    /// A list that may be absent.
    pub(super) fn list(&self, name: &str) -> Result<&'a [Value], Wrong> {
        let Some(value) = self.value(name) else { return Ok(&[]) };
        value.as_array().map(Vec::as_slice).ok_or_else(|| Wrong(format!("`{name}` is no list")))
    }
}

/// A whole number, also where another program wrote it as `3.0`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only numbers without a fraction, and far from the ends"
    )]
    let of_float = |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(of_float))
}
