//! Indexes from a file: what `getIndexes()` answers for each collection.

use anyhow::{Context as _, anyhow, ensure};
use domain::advice::{Collection, Index, Key, Spec};
use domain::reads::shape::Term;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A list of indexes is no large file.
const MOST_BYTES: u64 = 64 << 20;

/// The collections of the file.
pub(super) fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Collection>> {
    let name = path.display();
    let length = std::fs::metadata(path).with_context(|| format!("cannot read `{name}`"))?.len();
    ensure!(
        length <= MOST_BYTES,
        "`{name}` has more than {} MB, which no list of indexes has",
        MOST_BYTES >> 20
    );
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{name}`"))?;
    parse(&text).with_context(|| format!("cannot understand `{name}`"))
}

fn parse(text: &str) -> anyhow::Result<BTreeMap<String, Collection>> {
    let all: serde_json::Map<String, Value> =
        serde_json::from_str(text).context("it is no JSON object of collections and their indexes")?;
    all.iter().map(|(namespace, list)| Ok((namespace.clone(), collection(namespace, list)?))).collect()
}

fn collection(namespace: &str, list: &Value) -> anyhow::Result<Collection> {
    ensure!(namespace.contains('.'), "`{namespace}` is not `database.collection`");
    let list = list.as_array().ok_or_else(|| anyhow!("what stands at `{namespace}` is no list"))?;
    let index = |(place, one): (usize, &Value)| {
        index(one).with_context(|| format!("index {} of `{namespace}`", place + 1))
    };
    let indexes = list.iter().enumerate().map(index).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Collection { namespace: namespace.to_owned(), indexes: Some(indexes), ..Collection::default() })
}

fn index(one: &Value) -> anyhow::Result<Index> {
    let keys = one.get("key").and_then(Value::as_object).ok_or_else(|| anyhow!("it has no `key`"))?;
    let key = |(path, value): (&String, &Value)| {
        let key = match (value.as_str(), number(value)) {
            (Some(word), _) => Key::Special(word.to_owned()),
            (None, Some(number)) => Key::ordered(number < 0.0),
            _ => return Err(anyhow!("its key `{path}` is neither a number nor a word")),
        };
        Ok((path.clone(), key))
    };
    let flag = |name: &str| one.get(name).and_then(Value::as_bool).unwrap_or(false);
    let part = |name: &str| match one.get(name).map(term) {
        Some(Term::Document(fields)) => Some(fields),
        _ => None,
    };
    let spec = Spec {
        keys: keys.iter().map(key).collect::<anyhow::Result<_>>()?,
        partial: part("partialFilterExpression"),
        collation: part("collation"),
    };
    let name = one.get("name").and_then(Value::as_str).map_or_else(|| spec.name(), str::to_owned);
    Ok(Index {
        name,
        spec,
        unique: flag("unique"),
        sparse: flag("sparse"),
        hidden: flag("hidden"),
        expires: one.get("expireAfterSeconds").is_some(),
        size_bytes: None,
        uses: None,
    })
}

/// A number, as JSON or as extended JSON writes it.
fn number(value: &Value) -> Option<f64> {
    let typed = ["$numberInt", "$numberLong", "$numberDouble"];
    let typed = typed.iter().find_map(|kind| value.get(kind)?.as_str()?.parse().ok());
    value.as_f64().or(typed)
}

fn term(value: &Value) -> Term {
    match value {
        value if number(value).is_some() => number(value).map_or(Term::Other, Term::Number),
        Value::Object(fields) => {
            Term::Document(fields.iter().map(|(key, value)| (key.clone(), term(value))).collect())
        }
        Value::Array(items) => Term::Array(items.iter().map(term).collect()),
        Value::String(text) => Term::Text(text.clone()),
        Value::Bool(flag) => Term::Bool(*flag),
        Value::Null => Term::Null,
        Value::Number(_) => Term::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_read_as_shells_write_them() {
        let text = r#"{"crm.c": [{"v": 2, "key": {"b": {"$numberInt": "-1"}, "a": 1.0}, "unique": true,
            "partialFilterExpression": {"o": true}}, {"key": {"h": "hashed"}, "name": "h", "expireAfterSeconds": 5}]}"#;
        let found = parse(text).expect("understood");
        let indexes = found["crm.c"].known();
        assert_eq!(indexes[0].name, "b_-1_a_1_partial");
        assert!(indexes[0].unique && indexes[1].expires);
        assert_eq!(indexes[1].spec.keys[0].1, Key::Special("hashed".to_owned()));
    }

    #[test]
    fn what_is_no_list_of_indexes_is_refused() {
        for (text, why) in [
            ("[]", "no JSON object"),
            (r#"{"c": []}"#, "not `database.collection`"),
            (r#"{"crm.c": 1}"#, "no list"),
            (r#"{"crm.c": [{"name": "x"}]}"#, "it has no `key`"),
            (r#"{"crm.c": [{"key": {"a": null}}]}"#, "neither a number nor a word"),
        ] {
            let error = format!("{:#}", parse(text).expect_err("refused"));
            assert!(error.contains(why), "{error}");
        }
    }
}
