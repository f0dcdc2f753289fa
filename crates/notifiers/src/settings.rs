//! Settings of a receiver, read field by field: an error names the field, quotes the value unless it is a secret,
//! and says what to write instead.

use serde_json::{Map, Value};
use std::fmt;
use url::Url;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An address of which only the host is shown, because who knows the rest can write to the receiver.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretUrl(pub(crate) Url);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretUrl({})", self.0.host_str().unwrap_or_default())
    }
}

/// The settings as they were given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    table: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Settings that have no other fields than these.
    pub(crate) fn of(value: &'a Value, known: &[&str]) -> Result<Self, String> {
        let table = value.as_object().ok_or("the settings are no table; write them as `field = value`")?;
        match table.keys().find(|field| !known.contains(&field.as_str())) {
            Some(unknown) => Err(format!(
                "there is no field `{}`; the fields are {}",
                shorten(unknown),
                known.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
            )),
            None => Ok(Self { table }),
        }
    }

    /// A text, if it is given.
    pub(crate) fn text(self, field: &str) -> Result<Option<&'a str>, String> {
        match self.table.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => {
                Err(format!("`{field}` is {}, which is no text; put it into quotes", kind_of(other)))
            }
        }
    }

    /// A text that must be given and not be empty; `fix` says what it is.
    pub(crate) fn needed(self, field: &str, fix: &str) -> Result<&'a str, String> {
        match self.text(field)?.map(str::trim) {
            None => Err(format!("`{field}` is missing; {fix}")),
            Some("") => Err(format!("`{field}` is empty; {fix}")),
            Some(text) => Ok(text),
        }
    }

    /// A secret that must be given: visible characters only, as it becomes part of a header or an address.
    pub(crate) fn secret(self, field: &str, fix: &str) -> Result<Secret, String> {
        let text = self.needed(field, fix)?;
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(format!("`{field}` contains spaces or letters that no key has; {fix}"));
        }
        Ok(Secret(text.to_owned()))
    }

    /// An address of the web that must be given.
    pub(crate) fn url(self, field: &str, fix: &str) -> Result<SecretUrl, String> {
        read_url(field, self.needed(field, fix)?).map(SecretUrl)
    }

    /// One of several words, or the first where none is given.
    pub(crate) fn word(self, field: &str, words: &[&'static str]) -> Result<&'static str, String> {
        let Some(text) = self.text(field)? else { return Ok(words.first().copied().unwrap_or_default()) };
        words.iter().copied().find(|word| *word == text).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("`{field}` is `{}`; write {}", shorten(text), words.join(" or "))
        })
    }

    /// Several texts, none if nothing is given.
    pub(crate) fn texts(self, field: &str) -> Result<Vec<&'a str>, String> {
        let wrong = || format!("`{field}` is no list of texts; write `{field} = [\"…\"]`");
        match self.table.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(all)) => all.iter().map(|one| one.as_str().ok_or_else(wrong)).collect(),
            Some(_) => Err(wrong()),
        }
    }

    /// Texts by name, none if nothing is given.
    pub(crate) fn table(self, field: &str) -> Result<Vec<(&'a str, &'a str)>, String> {
        let wrong = || format!("`{field}` is no table of texts; write `{field} = {{ name = \"…\" }}`");
        match self.table.get(field) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Object(all)) => {
                all.iter().map(|(name, one)| Ok((name.as_str(), one.as_str().ok_or_else(wrong)?))).collect()
            }
            Some(_) => Err(wrong()),
        }
    }
}

/// An address of the web, or this one where none is given.
pub(crate) fn url_or(fields: Fields<'_>, field: &str, otherwise: &str) -> Result<SecretUrl, String> {
    read_url(field, fields.text(field)?.map_or(otherwise, str::trim)).map(SecretUrl)
}

/// Reads an address of the web. One with a name and a password in it is refused: they would be sent in the clear to
/// whoever answers there, and no receiver wants them.
fn read_url(field: &str, text: &str) -> Result<Url, String> {
    let quoted = shorten(text);
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => {
            Err(format!("`{field}` is `{quoted}`, which is no address of the web; begin it with `https://`"))
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err(format!("`{field}` names a user before `@`; leave that out"))
        }
        Ok(mut url) => {
            url.set_fragment(None);
            Ok(url)
        }
        Err(_) => Err(format!(
            "`{field}` is `{quoted}`, which is no address; write it whole, as `https://host/path`"
        )),
    }
}

/// The beginning of a value: enough to recognise it, too little to use it.
pub(crate) fn shorten(text: &str) -> String {
    const LIMIT: usize = 24;
    let clean = crate::text::line(text);
    if clean.chars().count() <= LIMIT { clean } else { clean.chars().take(LIMIT).chain(['…']).collect() }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_wrong_is_named_quoted_and_put_right() {
        let url = |value: &Value| Fields::of(value, &["url"]).and_then(|fields| fields.url("url", "give it"));
        let cases = [
            (json!("x"), "the settings are no table"),
            (json!({ "ulr": "x" }), "there is no field `ulr`; the fields are `url`"),
            (json!({}), "`url` is missing; give it"),
            (json!({ "url": "" }), "`url` is empty; give it"),
            (json!({ "url": 5 }), "`url` is a number, which is no text; put it into quotes"),
            (json!({ "url": "hooks" }), "`url` is `hooks`, which is no address; write it whole"),
            (
                json!({ "url": "file:///etc/passwd" }),
                "`url` is `file:///etc/passwd`, which is no address of the web",
            ),
            (json!({ "url": "javascript:alert(1)" }), "`url` is `javascript:alert(1)`"),
            (json!({ "url": "https://a:b@hooks.example.com" }), "`url` names a user before `@`"),
        ];
        for (value, message) in cases {
            let error = url(&value).expect_err("refused");
            assert!(error.starts_with(message), "{value}: {error}");
        }
        assert!(url(&json!({ "url": "https://hooks.example.com/x#y" })).is_ok());
    }

    #[test]
    fn a_secret_is_not_quoted_in_an_error_and_not_shown() {
        let value = json!({ "key": "ab cd" });
        let error = Fields::of(&value, &["key"]).unwrap().secret("key", "give it").expect_err("refused");
        assert!(!error.contains("ab cd"), "{error}");
        let url = SecretUrl(Url::parse("https://hooks.example.com/T0/B0/xyz").unwrap());
        assert_eq!(format!("{url:?} {:?}", Secret("xyz".into())), "SecretUrl(hooks.example.com) Secret(…)");
    }
}
