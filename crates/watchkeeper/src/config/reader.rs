//! Reads values out of the syntax tree and keeps every mistake with its line.
//!
//! A getter that finds a mistake notes it and returns `None`; the caller carries on with a default, and
//! the configuration as a whole is refused at the end. So nothing here stops at the first mistake.

use super::mistake::{Mistake, Mistakes, nearest, redact};
use super::quantity::{parse_duration, parse_size, render_duration, render_size};
use super::section::Section;
use std::cell::RefCell;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a file may refer to outside itself.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The folder that relative paths start from: the file's own.
    pub folder: PathBuf,
    /// Looks up a variable of the environment.
    pub variable: fn(&str) -> Option<String>,
}

/// The text being read and what was found wrong with it so far.
pub struct Reader<'a> {
    text: &'a str,
    surroundings: &'a Surroundings,
    mistakes: RefCell<Vec<Mistake>>,
}

/// One table of the file, whose unknown keys have been noted.
pub struct Table<'a> {
    reader: &'a Reader<'a>,
    path: String,
    line: usize,
    entries: &'a DeTable<'a>,
}

/// One value of the file.
#[derive(Clone)]
pub struct Value<'a> {
    reader: &'a Reader<'a>,
    key: String,
    item: &'a Spanned<DeValue<'a>>,
}

impl<'a> Reader<'a> {
    /// A reader of `text`.
    pub fn new(text: &'a str, surroundings: &'a Surroundings) -> Self {
        Self { text, surroundings, mistakes: RefCell::default() }
    }

    /// Notes a line that is not TOML.
    pub fn broken(&self, span: Option<Range<usize>>, message: &str) {
        let line = self.line(span.map_or(0, |span| span.start));
        // Nearly always a text without quotes, which the parser took for a number, a date or a truth.
        let hint = if message.starts_with("invalid") { "; a text stands in quotes" } else { "" };
        self.note(line, String::new(), None, format!("not TOML: {message}{hint}"));
    }

    /// The top of the document: the keys of the nameless section, and the sections by name.
    pub fn root(&'a self, document: &'a DeTable<'a>, sections: &[&'static Section]) -> Table<'a> {
        let keys = sections.iter().filter(|section| section.name.is_empty()).flat_map(|section| section.keys);
        let names = sections.iter().map(|section| section.name).filter(|name| !name.is_empty());
        let known: Vec<&str> = keys.map(|key| key.name).chain(names).collect();
        self.table(String::new(), 1, document, &known)
    }

    /// What was found wrong, by line.
    pub fn into_mistakes(self, file: &Path) -> Mistakes {
        let mut list = self.mistakes.into_inner();
        list.sort_by_key(|mistake| mistake.line);
        Mistakes { file: file.to_path_buf(), list }
    }

    fn table(&'a self, path: String, line: usize, entries: &'a DeTable<'a>, known: &[&str]) -> Table<'a> {
        let table = Table { reader: self, path, line, entries };
        for key in entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let wrong = match nearest(key.get_ref(), known.iter().copied()) {
                Some(word) => format!("is not a key; did you mean `{word}`?"),
                None => format!("is not a key; the keys here are {}", list(known, "`")),
            };
            self.note(self.line(key.span().start), table.key(&redact(key.get_ref())), None, wrong);
        }
        table
    }

    fn note(&self, line: usize, key: String, value: Option<String>, wrong: String) {
        self.mistakes.borrow_mut().push(Mistake { line, key, value, wrong });
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        before.filter(|byte| **byte == b'\n').count() + 1
    }
}

impl<'a> Table<'a> {
    /// The value of `key`, if it is there.
    pub fn value(&self, key: &str) -> Option<Value<'a>> {
        let item = self.entries.get(key)?;
        Some(Value { reader: self.reader, key: self.key(key), item })
    }

    /// The value of `key`, its absence being a mistake.
    pub fn required(&self, key: &str) -> Option<Value<'a>> {
        let value = self.value(key);
        if value.is_none() {
            self.reader.note(self.line, self.key(key), None, "is missing".to_owned());
        }
        value
    }

    /// The section of this name, if it is there.
    pub fn section(&self, section: &Section) -> Option<Table<'a>> {
        let value = self.value(section.name)?;
        let known: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
        value.table(&known)
    }

    /// The sections of this name, none if there is none.
    pub fn sections(&self, section: &Section) -> Vec<Table<'a>> {
        let Some(value) = self.value(section.name) else { return Vec::new() };
        let known: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
        match value.item.get_ref() {
            DeValue::Table(_) => {
                value.wrong(format!("one table; it may come many times, so write `[[{}]]`", section.name));
                Vec::new()
            }
            _ => value.list().iter().filter_map(|item| item.table(&known)).collect(),
        }
    }

    /// What the file may refer to outside itself.
    pub fn surroundings(&self) -> &'a Surroundings {
        self.reader.surroundings
    }

    /// Notes that the table as a whole is wrong.
    pub fn wrong(&self, wrong: impl Display) {
        self.reader.note(self.line, self.path.clone(), None, wrong.to_string());
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'a> Value<'a> {
    /// Notes what is wrong with the value.
    pub fn wrong(&self, wrong: impl Display) {
        let line = self.reader.line(self.item.span().start);
        self.reader.note(line, self.key.clone(), Some(self.shown()), wrong.to_string());
    }

    /// Notes what is wrong with a value that is never repeated.
    pub fn wrong_secret(&self, wrong: impl Display) {
        let line = self.reader.line(self.item.span().start);
        self.reader.note(line, self.key.clone(), None, format!("is {wrong}"));
    }

    /// Whether the value is a table.
    pub fn is_table(&self) -> bool {
        self.item.get_ref().is_table()
    }

    /// Whether the value is what sections make, well or badly: a list of tables, or a table without a secret.
    pub fn is_section(&self) -> bool {
        match self.item.get_ref() {
            DeValue::Array(items) => !items.is_empty() && items.iter().all(|item| item.get_ref().is_table()),
            DeValue::Table(entries) => !entries.contains_key("env") && !entries.contains_key("file"),
            _ => false,
        }
    }

    /// A text that is not empty.
    pub fn text(&self) -> Option<&'a str> {
        let text = self.item.get_ref().as_str();
        match text {
            None => self.wrong("not a text; write it in quotes"),
            Some(text) if text.trim().is_empty() => self.wrong("empty"),
            Some(text) => return Some(text.trim()),
        }
        None
    }

    /// A text that stands as a title: short and on one line.
    pub fn name(&self) -> Option<&'a str> {
        let name = self.text()?;
        if name.chars().count() > 120 || name.contains(char::is_control) {
            self.wrong("not a name; at most 120 characters on one line");
            return None;
        }
        Some(name)
    }

    /// True or false.
    pub fn truth(&self) -> Option<bool> {
        let truth = self.item.get_ref().as_bool();
        if truth.is_none() {
            self.wrong("neither true nor false; write one of them without quotes");
        }
        truth
    }

    /// One of `words`.
    pub fn word(&self, words: &[&'static str]) -> Option<&'static str> {
        let typed = self.text()?;
        let found = words.iter().find(|word| **word == typed).copied();
        if found.is_none() {
            let meant = nearest(typed, words.iter().copied());
            let hint = meant.map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default();
            self.wrong(format!("not one of {}{hint}", list(words, "\"")));
        }
        found
    }

    /// A duration within `range`.
    pub fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        const HINT: &str = "not a duration; write a number with a unit, such as \"60s\"";
        let duration = self.item.get_ref().as_str().and_then(parse_duration);
        self.within(duration, range, HINT, render_duration)
    }

    /// A size in bytes within `range`.
    pub fn size(&self, range: RangeInclusive<u64>) -> Option<u64> {
        const HINT: &str = "not a size; write a number with a unit, such as \"4MB\"";
        let size = self.item.get_ref().as_str().and_then(parse_size);
        self.within(size, range, HINT, render_size)
    }

    /// A whole number within `range`.
    pub fn integer(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let digits = self.item.get_ref().as_integer();
        let number = digits.and_then(|digits| u64::from_str_radix(digits.as_str(), digits.radix()).ok());
        self.within(number, range, "not a whole number", |number| number.to_string())
    }

    /// The values of a list.
    pub fn list(&self) -> Vec<Value<'a>> {
        let Some(items) = self.item.get_ref().as_array() else {
            self.wrong("not a list; write it in square brackets");
            return Vec::new();
        };
        let value = |(position, item)| {
            let key = format!("{}[{}]", self.key, position + 1);
            Value { reader: self.reader, key, item }
        };
        items.iter().enumerate().map(value).collect()
    }

    /// A table with these keys.
    pub fn table(&self, known: &[&str]) -> Option<Table<'a>> {
        let Some(entries) = self.item.get_ref().as_table() else {
            self.wrong(format!("not a table; its keys are {}", list(known, "`")));
            return None;
        };
        let line = self.reader.line(self.item.span().start);
        Some(self.reader.table(self.key.clone(), line, entries, known))
    }

    /// The value as JSON, its secrets taken from where they are. What is wrong with it is noted.
    pub fn json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        Some(match self.item.get_ref() {
            DeValue::Table(entries) if is_secret(entries) => {
                Json::from(super::secret::read(self, self.reader.surroundings)?.text())
            }
            DeValue::Table(entries) => {
                let mut object = serde_json::Map::new();
                for (name, item) in entries {
                    let name: &str = name.get_ref();
                    let value = Value { reader: self.reader, key: format!("{}.{name}", self.key), item };
                    object.insert(name.to_owned(), value.json()?);
                }
                Json::Object(object)
            }
            DeValue::Array(_) => Json::Array(self.list().iter().map(Value::json).collect::<Option<_>>()?),
            DeValue::String(text) => Json::from(text.as_ref()),
            DeValue::Boolean(truth) => Json::from(*truth),
            DeValue::Integer(_) => Json::from(self.integer(0..=u64::MAX)?),
            DeValue::Float(_) | DeValue::Datetime(_) => {
                self.wrong("neither a text, a whole number, a truth, a list nor a table");
                return None;
            }
        })
    }

    fn within<T: PartialOrd>(
        &self,
        value: Option<T>,
        range: RangeInclusive<T>,
        hint: &str,
        render: fn(T) -> String,
    ) -> Option<T> {
        match value {
            None => self.wrong(hint),
            Some(value) if range.contains(&value) => return Some(value),
            Some(_) => {
                let (least, most) = range.into_inner();
                self.wrong(format!("out of range; it may be {} to {}", render(least), render(most)));
            }
        }
        None
    }

    /// The value as it may be quoted.
    fn shown(&self) -> String {
        match self.item.get_ref() {
            DeValue::String(text) => format!("\"{}\"", redact(text)),
            DeValue::Table(_) => "a table".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Datetime(datetime) => datetime.to_string(),
        }
    }
}

/// `{ env = NAME }` or `{ file = PATH }`, and nothing else.
fn is_secret(entries: &DeTable<'_>) -> bool {
    entries.len() == 1 && (entries.contains_key("env") || entries.contains_key("file"))
}

/// `a`, `b` and `c` in the given quotes.
fn list(words: &[&str], quote: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{quote}{word}{quote}")).collect();
    quoted.join(", ")
}
