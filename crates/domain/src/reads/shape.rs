//! Query shapes: a command without its literals.
//!
//! Servers before 4.2 have no `queryHash`, its meaning changed between 7.0 and 8.0, and inserts and reads by
//! `_id` have none at all. So we make our own, the same from `$currentOp`, from a profile document and from a
//! line of the log of any version. Field names, operators, sort directions and field paths stay; values go.

/// A value of a command, as neutral as BSON, JSON and the shell's notation allow.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A document, in its order.
    Document(Vec<(String, Term)>),
    /// An array.
    Array(Vec<Term>),
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A flag.
    Bool(bool),
    /// Nothing, as a value.
    Null,
    /// A regular expression and its options.
    Pattern(String, String),
    /// Any other value, of which only its presence counts.
    Other,
}

mod read;

pub use read::read;

/// A command and its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Name of the command, such as `find`; of a `getMore` whose origin is known, that of the origin.
    pub command: String,
    /// Collection that the command names, if it names one.
    pub collection: Option<String>,
    /// The text.
    pub text: String,
    /// It waits for news by design.
    pub tailing: bool,
}

/// A shape is cut here, in bytes: enough to tell queries apart, small enough to keep many.
pub const MAX_SHAPE_BYTES: usize = 400;

/// Fields that say how a command travels and not what it does.
const TRAVEL: &[&str] = &[
    "$db",
    "lsid",
    "$clusterTime",
    "$readPreference",
    "$audit",
    "$client",
    "$configServerState",
    "$configTime",
    "$topologyTime",
    "txnNumber",
    "cursor",
    "readConcern",
    "writeConcern",
    "maxTimeMS",
    "maxTimeMSOpOnly",
    "comment",
    "singleBatch",
    "batchSize",
    "autocommit",
    "startTransaction",
    "ordered",
    "bypassDocumentValidation",
    "showRecordId",
    "returnKey",
    "tailable",
    "awaitData",
    "noCursorTimeout",
    "allowPartialResults",
    "apiVersion",
    "apiStrict",
    "apiDeprecationErrors",
    "shardVersion",
    "databaseVersion",
    "clientOperationKey",
    "allowDiskUse",
    "mayBypassWriteBlocking",
    "needsMerge",
    "fromMongos",
    "fromRouter",
];

/// Shape of a command document. `origin` is the command that opened the cursor of a `getMore`, where known.
pub fn of(command: &[(String, Term)], origin: Option<&[(String, Term)]>) -> Shape {
    let name = command.first().map_or("", |(name, _)| name.as_str());
    if name.eq_ignore_ascii_case("getmore") {
        if let Some(origin) = origin.filter(|origin| !origin.is_empty()) {
            return of(origin, None);
        }
        let collection =
            command.iter().find(|(key, _)| key == "collection").and_then(|(_, term)| text_of(term));
        return Shape {
            command: "getMore".to_owned(),
            collection,
            text: "getMore".to_owned(),
            tailing: false,
        };
    }
    if command.iter().any(|(key, _)| key == "q") {
        return write_of(command);
    }
    let mut text = name.to_owned();
    for (key, term) in command.iter().skip(1).filter(|(key, _)| !is_travel(key)) {
        text.push(' ');
        part(&mut text, key, term);
        if text.len() > MAX_SHAPE_BYTES {
            break;
        }
    }
    cut(&mut text);
    Shape {
        command: name.to_owned(),
        collection: command.first().and_then(|(_, term)| text_of(term)),
        tailing: is_tailing(command, &text),
        text,
    }
}

/// An update or a delete as `$currentOp` and the log show it: `{ q: …, u: … }`.
fn write_of(command: &[(String, Term)]) -> Shape {
    let name = if command.iter().any(|(key, _)| key == "u") { "update" } else { "remove" };
    let mut text = name.to_owned();
    for (key, term) in command.iter().filter(|(key, _)| matches!(key.as_str(), "q" | "u")) {
        text.push(' ');
        text.push_str(key);
        normal(&mut text, term, Texts::Values);
    }
    cut(&mut text);
    Shape { command: name.to_owned(), collection: None, text, tailing: false }
}

fn is_travel(key: &str) -> bool {
    key.starts_with('$') || TRAVEL.contains(&key)
}

fn text_of(term: &Term) -> Option<String> {
    match term {
        Term::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn is_tailing(command: &[(String, Term)], text: &str) -> bool {
    let flag = |name: &str| command.iter().any(|(key, term)| key == name && *term == Term::Bool(true));
    flag("tailable")
        || flag("awaitData")
        || text.contains("$changeStream")
        || command.iter().any(|(key, _)| matches!(key.as_str(), "maxAwaitTimeMS" | "topologyVersion"))
}

/// What a text that begins with a dollar is.
#[derive(Clone, Copy, PartialEq)]
enum Texts {
    /// The path of a field, as in expressions of an aggregation.
    Paths,
    /// A value like any other, as in a filter.
    Values,
}

impl Texts {
    /// What they are below that key.
    fn below(self, key: &str) -> Self {
        match key {
            "$match" | "$literal" | "filter" | "query" => Self::Values,
            "$expr" => Self::Paths,
            _ => self,
        }
    }
}

/// One field of the command.
fn part(text: &mut String, key: &str, term: &Term) {
    text.push_str(key);
    match (key, term) {
        ("sort" | "projection" | "hint" | "orderby", Term::Document(fields)) => directions(text, fields),
        ("updates" | "deletes" | "indexes", Term::Array(items)) => {
            if let Some(first) = items.first() {
                normal(text, first, Texts::Values);
            }
        }
        // How many documents are inserted, and which numbers or flags are given, is not part of the shape.
        ("documents", _) | (_, Term::Number(_) | Term::Bool(_)) => {}
        (key, term) => {
            // Only a pipeline and what a projection computes speak of fields.
            let texts = if matches!(key, "pipeline" | "projection") { Texts::Paths } else { Texts::Values };
            normal(text, term, texts);
        }
    }
}

/// Sorts, projections and hints keep their directions: `{ts:-1}` and `{ts:1}` use indexes differently.
fn directions(text: &mut String, fields: &[(String, Term)]) {
    text.push('{');
    for (index, (key, term)) in fields.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(key);
        text.push(':');
        match term {
            Term::Number(number) => text.push_str(&number.to_string()),
            Term::Bool(flag) => text.push_str(if *flag { "1" } else { "0" }),
            other => normal(text, other, Texts::Paths),
        }
    }
    text.push('}');
}

fn normal(text: &mut String, term: &Term, texts: Texts) {
    if text.len() > MAX_SHAPE_BYTES {
        return;
    }
    match term {
        Term::Document(fields) => {
            text.push('{');
            for (index, (key, term)) in fields.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(key);
                text.push(':');
                if matches!((key.as_str(), term), ("$sort", Term::Document(_))) {
                    let Term::Document(fields) = term else { continue };
                    directions(text, fields);
                } else {
                    normal(text, term, texts.below(key));
                }
            }
            text.push('}');
        }
        // The stages of a pipeline and the arms of an `$or` are part of the shape; a list of values is not.
        Term::Array(items)
            if !items.is_empty() && items.iter().all(|item| matches!(item, Term::Document(_))) =>
        {
            text.push('[');
            for (index, item) in items.iter().take(20).enumerate() {
                if index > 0 {
                    text.push(',');
                }
                normal(text, item, texts);
            }
            text.push(']');
        }
        Term::Array(_) => text.push_str("[?]"),
        Term::Text(path) if texts == Texts::Paths && path.starts_with('$') => text.push_str(path),
        _ => text.push('?'),
    }
}

fn cut(text: &mut String) {
    if text.len() > MAX_SHAPE_BYTES {
        let end = (0..=MAX_SHAPE_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::Term::{Array, Bool, Document, Number, Other, Text};
    use super::*;

    fn fields(list: &[(&str, Term)]) -> Vec<(String, Term)> {
        list.iter().map(|(key, term)| ((*key).to_owned(), term.clone())).collect()
    }

    fn document(list: &[(&str, Term)]) -> Term {
        Document(fields(list))
    }

    fn text(value: &str) -> Term {
        Text(value.to_owned())
    }

    #[test]
    fn literals_go_and_names_stay() {
        let cases: Vec<(Vec<(String, Term)>, &str)> = vec![
            (
                fields(&[
                    ("find", text("messages")),
                    ("filter", document(&[("orgId", Number(4.0)), ("ts", document(&[("$lt", Other)]))])),
                    ("sort", document(&[("ts", Number(-1.0))])),
                    ("limit", Number(50.0)),
                    ("lsid", document(&[("id", Other)])),
                    ("$db", text("crm")),
                ]),
                "find filter{orgId:?,ts:{$lt:?}} sort{ts:-1} limit",
            ),
            (
                fields(&[
                    ("aggregate", text("messages")),
                    (
                        "pipeline",
                        Array(vec![
                            document(&[("$match", document(&[("orgId", Number(1.0))]))]),
                            document(&[("$sort", document(&[("ts", Number(-1.0))]))]),
                            document(&[("$group", document(&[("_id", text("$channel"))]))]),
                        ]),
                    ),
                    ("cursor", document(&[])),
                ]),
                "aggregate pipeline[{$match:{orgId:?}},{$sort:{ts:-1}},{$group:{_id:$channel}}]",
            ),
            (
                fields(&[
                    ("find", text("c")),
                    ("filter", document(&[("id", document(&[("$in", Array(vec![Number(1.0)]))]))])),
                ]),
                "find filter{id:{$in:[?]}}",
            ),
            (
                fields(&[
                    ("q", document(&[("_id", document(&[("$gte", Number(1.0))]))])),
                    ("u", document(&[("$set", document(&[("pad", text("x"))]))])),
                    ("multi", Bool(true)),
                ]),
                "update q{_id:{$gte:?}} u{$set:{pad:?}}",
            ),
        ];
        for (command, wanted) in cases {
            assert_eq!(of(&command, None).text, wanted);
        }
    }

    #[test]
    fn a_value_that_begins_with_a_dollar_is_no_path() {
        let secret = || document(&[("p", text("$hunter"))]);
        let literal = || document(&[("$literal", text("$hunter"))]);
        let compared = document(&[("$expr", document(&[("$eq", Array(vec![text("$a"), text("$b")]))]))]);
        let cases = [
            (fields(&[("find", text("c")), ("filter", secret())]), "find filter{p:?}"),
            (
                fields(&[("q", secret()), ("u", document(&[("$set", secret())]))]),
                "update q{p:?} u{$set:{p:?}}",
            ),
            (
                fields(&[
                    ("aggregate", text("c")),
                    ("pipeline", Array(vec![document(&[("$match", secret())])])),
                ]),
                "aggregate pipeline[{$match:{p:?}}]",
            ),
            (
                fields(&[
                    ("aggregate", text("c")),
                    ("pipeline", Array(vec![document(&[("$project", document(&[("x", literal())]))])])),
                ]),
                "aggregate pipeline[{$project:{x:{$literal:?}}}]",
            ),
            (
                fields(&[
                    ("aggregate", text("c")),
                    ("pipeline", Array(vec![document(&[("$match", compared)])])),
                ]),
                "aggregate pipeline[{$match:{$expr:{$eq:[?]}}}]",
            ),
        ];
        for (command, wanted) in cases {
            assert_eq!(of(&command, None).text, wanted);
        }
    }

    #[test]
    fn a_get_more_has_the_shape_of_what_began_it() {
        let origin = fields(&[("find", text("messages")), ("filter", document(&[("a", Number(1.0))]))]);
        let more = fields(&[("getMore", Other), ("collection", text("messages"))]);
        let known = of(&more, Some(&origin));
        assert_eq!((known.command.as_str(), known.text.as_str()), ("find", "find filter{a:?}"));
        let unknown = of(&more, None);
        assert_eq!((unknown.command.as_str(), unknown.collection.as_deref()), ("getMore", Some("messages")));
    }

    #[test]
    fn waiting_for_news_is_told_apart() {
        let tail = fields(&[("find", text("oplog.rs")), ("filter", document(&[])), ("tailable", Bool(true))]);
        assert!(of(&tail, None).tailing);
        let stream = fields(&[
            ("aggregate", text("c")),
            ("pipeline", Array(vec![document(&[("$changeStream", document(&[]))])])),
        ]);
        assert!(of(&stream, None).tailing);
    }

    #[test]
    fn a_giant_command_is_cut_at_a_character() {
        let many: Vec<(String, Term)> = (0..500).map(|n| (format!("fäld{n}"), Number(1.0))).collect();
        let shape = of(&fields(&[("find", text("c")), ("filter", Document(many))]), None);
        assert!(shape.text.len() <= MAX_SHAPE_BYTES);
    }
}
