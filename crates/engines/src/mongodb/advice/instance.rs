//! A query with values: those that it had, and where they are not known, such as documents of the copy have.
//!
//! All values of one query come from one document, so that they occur together as they do in life: what many documents
//! have is drawn often.

use ::mongodb::bson::{Bson, Document, Regex, doc};
use domain::advice::Query;
use domain::reads::shape::Term;

/// A longer text may have been cut by who showed it.
const WHOLE_TEXT: usize = 200;
/// Ends of a range that is drawn: a tenth of the values is between them.
const LOW: usize = 45;
const HIGH: usize = 55;
const PERCENT: usize = 100;

/// The filter of the query with values of the document at `place`, if all of them can be drawn.
pub(super) fn filter(query: &Query, sample: &[Document], place: usize) -> Option<Document> {
    let drawn = Draw { sample, own: sample.get(place % sample.len().max(1))?, place };
    drawn.fields("", &query.terms)
}

struct Draw<'a> {
    sample: &'a [Document],
    own: &'a Document,
    place: usize,
}

impl Draw<'_> {
    fn fields(&self, prefix: &str, terms: &[(String, Term)]) -> Option<Document> {
        let mut filter = Document::new();
        for (key, term) in terms {
            let value = match (key.as_str(), term) {
                ("$and" | "$or" | "$nor", Term::Array(items)) => {
                    let arms = items.iter().map(|item| match item {
                        Term::Document(fields) => self.fields(prefix, fields).map(Bson::Document),
                        _ => None,
                    });
                    Bson::Array(arms.collect::<Option<Vec<_>>>()?)
                }
                (key, _) if key.starts_with('$') => return None,
                (key, term) => {
                    let path = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
                    self.field(&path, term)?
                }
            };
            filter.insert(key, value);
        }
        Some(filter)
    }

    fn field(&self, path: &str, term: &Term) -> Option<Bson> {
        match term {
            Term::Document(operators) if operators.first().is_some_and(|(key, _)| key.starts_with('$')) => {
                let mut tests = Document::new();
                let both = operators
                    .iter()
                    .filter(|(key, _)| matches!(key.as_str(), "$gt" | "$gte" | "$lt" | "$lte"));
                let both = both.count() > 1;
                for (operator, value) in operators {
                    tests.insert(operator, self.operator(path, operator, value, both)?);
                }
                Some(Bson::Document(tests))
            }
            Term::Document(_) | Term::Other => self.at(path, self.own),
            known => literal(known).or_else(|| self.at(path, self.own)),
        }
    }

    fn operator(&self, path: &str, name: &str, value: &Term, both: bool) -> Option<Bson> {
        match (name, value) {
            ("$in" | "$nin" | "$all", Term::Array(items)) => {
                let values = items.iter().enumerate().map(|(n, item)| {
                    let other = self.sample.get((self.place + 7 * n) % self.sample.len().max(1))?;
                    literal(item).or_else(|| self.at(path, other)).or_else(|| self.at(path, self.own))
                });
                Some(Bson::Array(values.collect::<Option<Vec<_>>>()?))
            }
            ("$elemMatch", Term::Document(inner))
                if inner.first().is_some_and(|(key, _)| key.starts_with('$')) =>
            {
                self.field(path, value)
            }
            ("$elemMatch", Term::Document(inner)) => {
                // Paths within it begin at the element.
                let mut element = Document::new();
                for (key, term) in inner {
                    element.insert(key, self.field(&format!("{path}.{key}"), term)?);
                }
                Some(Bson::Document(element))
            }
            ("$not", inner) => self.field(path, inner),
            (_, known) if literal(known).is_some() => literal(known),
            ("$gt" | "$gte", _) => self.quantile(path, if both { LOW } else { PERCENT - LOW / 5 }),
            ("$lt" | "$lte", _) => self.quantile(path, if both { HIGH } else { LOW / 5 }),
            ("$exists", _) => Some(Bson::Boolean(true)),
            ("$eq" | "$ne", _) => self.at(path, self.own),
            // A pattern, a kind, a remainder: nothing in the documents says which.
            _ => None,
        }
    }

    /// The value at a path of a document; of the next one that has it, where that one has not.
    fn at(&self, path: &str, document: &Document) -> Option<Bson> {
        let next = || (1..self.sample.len()).map(|n| &self.sample[(self.place + n) % self.sample.len()]);
        let found = inside(document, path).or_else(|| next().find_map(|other| inside(other, path)));
        found.cloned()
    }

    fn quantile(&self, path: &str, percent: usize) -> Option<Bson> {
        let mut values: Vec<&Bson> =
            self.sample.iter().filter_map(|document| inside(document, path)).collect();
        values.sort_by(|one, other| compared(one, other));
        values.get(values.len() * percent / PERCENT).or(values.last()).copied().cloned()
    }
}

/// The first value at a path; of an array that of its first element.
fn inside<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let mut value = document.get(key)?;
    if let Bson::Array(items) = value {
        value = items.first()?;
    }
    match (rest, value) {
        (None, value) => Some(value),
        (Some(rest), Bson::Document(inner)) => inside(inner, rest),
        _ => None,
    }
}

/// As the server orders values of one kind; others stay as they are.
fn compared(one: &Bson, other: &Bson) -> std::cmp::Ordering {
    use std::cmp::Ordering::Equal;
    match (one, other) {
        (Bson::String(one), Bson::String(other)) => one.cmp(other),
        (Bson::DateTime(one), Bson::DateTime(other)) => one.cmp(other),
        (Bson::ObjectId(one), Bson::ObjectId(other)) => one.cmp(other),
        (one, other) => match (super::term(one), super::term(other)) {
            (Term::Number(one), Term::Number(other)) => one.total_cmp(&other),
            _ => Equal,
        },
    }
}

/// A value that is known.
fn literal(term: &Term) -> Option<Bson> {
    Some(match term {
        Term::Text(text) if text.len() < WHOLE_TEXT => Bson::String(text.clone()),
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        Term::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Bson::Int64(*number as i64),
        Term::Number(number) => Bson::Double(*number),
        Term::Bool(flag) => Bson::Boolean(*flag),
        Term::Null => Bson::Null,
        Term::Pattern(pattern, options) if pattern.len() < WHOLE_TEXT => {
            Bson::RegularExpression(Regex { pattern: pattern.clone(), options: options.clone() })
        }
        _ => return None,
    })
}

/// The order, as the server takes it.
pub(super) fn sort(query: &Query) -> Document {
    query
        .sort
        .iter()
        .map(|(path, descending)| (path.clone(), Bson::Int32(if *descending { -1 } else { 1 })))
        .collect()
}

/// The fields that it wants, as the server takes them.
pub(super) fn projection(query: &Query) -> Option<Document> {
    let wanted = query.wanted.as_ref()?;
    let mut fields = doc! { "_id": i32::from(wanted.iter().any(|path| path == "_id")) };
    fields.extend(
        wanted
            .iter()
            .filter(|path| *path != "_id" && !path.starts_with('$'))
            .map(|path| (path.clone(), Bson::Int32(1))),
    );
    // A path and one below it cannot both be asked for; then all is asked for.
    let nested = wanted.iter().any(|path| wanted.iter().any(|other| other.starts_with(&format!("{path}."))));
    (fields.len() > 1 && !nested && !wanted.iter().any(|path| path.starts_with('$'))).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::shape;

    fn drawn(text: &str, place: usize) -> Option<Document> {
        let of = |n: i32| doc! { "a": n % 10, "at": n, "i": [{ "s": n }], "name": format!("n{n}") };
        let sample: Vec<Document> = (0..100).map(of).collect();
        let query = Query::all_of("crm.c", &shape::read(text).unwrap()).remove(0);
        filter(&query, &sample, place)
    }

    #[test]
    fn values_that_are_not_known_come_from_one_document() {
        assert_eq!(drawn("find filter{a:?,name:?}", 12), Some(doc! { "a": 2, "name": "n12" }));
        assert_eq!(
            drawn("find filter{at:{$gte:?,$lt:?}}", 0),
            Some(doc! { "at": { "$gte": 45, "$lt": 55 } })
        );
        assert_eq!(drawn("find filter{at:{$gt:?}}", 0), Some(doc! { "at": { "$gt": 91 } }));
        assert_eq!(
            drawn("find filter{i:{$elemMatch:{s:?}}}", 5),
            Some(doc! { "i": { "$elemMatch": { "s": 5 } } })
        );
        assert_eq!(
            drawn("find filter{$or:[{a:?},{at:?}]}", 3),
            Some(doc! { "$or": [{ "a": 3 }, { "at": 3 }] })
        );
        assert_eq!(drawn("find filter{a:{$in:[?]}}", 4), Some(doc! { "a": { "$in": [4] } }));
        assert_eq!(drawn("find filter{name:{$regex:?}}", 4), None, "nobody knows which pattern");
        assert_eq!(drawn("find filter{$where:?}", 4), None);
    }

    #[test]
    fn values_that_are_known_stay() {
        let command = [
            ("find".to_owned(), Term::Other),
            (
                "filter".to_owned(),
                Term::Document(vec![
                    ("a".to_owned(), Term::Number(3.0)),
                    ("name".to_owned(), Term::Pattern("^n".to_owned(), String::new())),
                    ("gone".to_owned(), Term::Null),
                ]),
            ),
        ];
        let query = Query::all_of("crm.c", &command).remove(0);
        let filter = filter(&query, &[doc! { "a": 1 }], 0).unwrap();
        let pattern = Regex { pattern: "^n".to_owned(), options: String::new() };
        assert_eq!(filter, doc! { "a": 3_i64, "name": pattern, "gone": null });
    }
}
