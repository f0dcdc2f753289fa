//! Answers of a server as JSON without the values of anybody's documents and queries: each becomes its type, such as
//! `<string>`. Names of fields, namespaces and what the server counts stay.
//!
//! What is kept is listed; what is not known is taken for a value. So a field that a newer server adds is lost rather
//! than told.

use ::mongodb::bson::{RawBsonRef, RawDocument};
use serde_json::{Map, Value};

/// Which numbers an answer keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// All that are not below a field of [`LITERAL`]: an answer of counters.
    Kept,
    /// Those of plans: directions of keys, versions of indexes.
    OfPlans,
}

/// Documents are followed so deep; lists so long.
const MOST_DEPTH: usize = 32;
const MOST_ITEMS: usize = 2_000;
/// Of a list of values so many are told apart.
const MOST_VALUES: usize = 4;

/// Below these fields everything is somebody's value.
const LITERAL: &[&str] = &[
    "command",
    "originatingCommand",
    "query",
    "filter",
    "parsedQuery",
    "parsedTextQuery",
    "indexBounds",
    "indexFilterSet",
    "partialFilterExpression",
    "validator",
    "q",
    "u",
    "updateobj",
    "transformBy",
    "min",
    "max",
    "let",
    "comment",
    "lsid",
    "clientMetadata",
    "effectiveUsers",
    "runBy",
    "transaction",
    "insert",
    "documents",
    "parameters",
    "argv",
    "parsed",
    "infoMessage",
];

/// Texts that the server words itself, or that name what is not anybody's value.
const TEXTS: &[&str] = &[
    "ns",
    "namespace",
    "op",
    "type",
    "desc",
    "host",
    "version",
    "gitVersion",
    "process",
    "name",
    "key",
    "planSummary",
    "appName",
    "waitReason",
    "state",
    "stateStr",
    "stage",
    "direction",
    "indexName",
    "setName",
    "set",
    "me",
    "primary",
    "syncSourceHost",
    "syncingTo",
    "mode",
    "convertMode",
    "resourceId",
    "Global",
    "Database",
    "Collection",
    "Metadata",
    "Mutex",
    "oplog",
    "ParallelBatchWriterMode",
    "ReplicationStateTransition",
    "FeatureCompatibilityVersion",
    "uri",
    "threadId",
    "opid",
    "shard",
    "storageEngine",
    "readConcernLevel",
    "stats",
];

/// Numbers of a plan that are no values.
const OF_PLANS: &[&str] =
    &["indexVersion", "plannerVersion", "memLimit", "maxScansToExplodeReached", "ok", "port"];
/// Documents of a plan whose numbers are directions.
const DIRECTIONS: &[&str] = &["keyPattern", "sortPattern", "key"];
/// Fields of a command that name a collection, and figures in it that are nobody's.
const COLLECTIONS: &[&str] = &[
    "find",
    "aggregate",
    "count",
    "distinct",
    "insert",
    "update",
    "delete",
    "findAndModify",
    "findandmodify",
    "collection",
    "$db",
    "mapReduce",
    "mapreduce",
    "create",
    "createIndexes",
    "drop",
];
const FIGURES: &[&str] = &["limit", "skip", "batchSize", "maxTimeMS", "getMore"];

/// An answer, redacted.
pub(super) fn document(reply: &RawDocument, numbers: Numbers) -> Value {
    let place = Place { numbers, literal: false, top: false, directions: false, depth: 0 };
    of_document(reply, &place)
}

/// Where in an answer a value stands.
#[derive(Clone, Copy)]
struct Place {
    numbers: Numbers,
    /// Below a field of somebody's values.
    literal: bool,
    /// At the top of a command, which names its collection there.
    top: bool,
    /// Where 1 and -1 are directions.
    directions: bool,
    depth: usize,
}

impl Place {
    fn below(self, key: &str) -> Self {
        let operator = key.starts_with('$')
            && !matches!(key, "$cursor" | "$clusterTime" | "$gleStats" | "$configServerState");
        let directions = DIRECTIONS.contains(&key) || matches!(key, "sort" | "$sort" | "hint" | "projection");
        Self {
            literal: self.literal || operator || LITERAL.contains(&key),
            top: matches!(key, "command" | "originatingCommand"),
            directions,
            depth: self.depth + 1,
            ..self
        }
    }
}

fn of_document(document: &RawDocument, place: &Place) -> Value {
    if place.depth > MOST_DEPTH {
        return Value::from("<document>");
    }
    let mut object = Map::new();
    for (number, (key, value)) in document.iter().map_while(Result::ok).enumerate() {
        if number == MOST_ITEMS {
            object.insert("…".to_owned(), Value::from("<more fields>"));
            break;
        }
        object.insert(key.to_owned(), of_value(key, value, place));
    }
    Value::Object(object)
}

fn of_value(key: &str, value: RawBsonRef<'_>, place: &Place) -> Value {
    let below = place.below(key);
    match value {
        RawBsonRef::Document(document) => of_document(document, &below),
        RawBsonRef::Array(items) => {
            let most = if below.literal { MOST_VALUES } else { MOST_ITEMS };
            let mut all = items.into_iter().map_while(Result::ok);
            // A pipeline is a list of documents, whose names tell what it does; a list of values tells its length.
            let mut told: Vec<Value> = Vec::new();
            for item in all.by_ref() {
                let document = matches!(item, RawBsonRef::Document(_) | RawBsonRef::Array(_));
                if told.len() >= if document { MOST_ITEMS.min(most * 16) } else { most } {
                    let rest = all.count() + 1;
                    told.push(Value::from(format!("<{rest} more>")));
                    break;
                }
                told.push(of_value(key, item, &Place { depth: below.depth, ..*place }));
            }
            Value::Array(told)
        }
        scalar => of_scalar(key, scalar, place, &below),
    }
}

fn of_scalar(key: &str, value: RawBsonRef<'_>, place: &Place, below: &Place) -> Value {
    let named = || Value::from(format!("<{}>", type_of(value)));
    match value {
        RawBsonRef::Null => Value::Null,
        RawBsonRef::String(text) if is_told(key, place, below) => Value::from(cut(text)),
        RawBsonRef::Boolean(flag) if !below.literal || place.directions => Value::from(flag),
        RawBsonRef::Int32(number) if is_number_told(key, i64::from(number), place, below) => {
            Value::from(number)
        }
        RawBsonRef::Int64(number) if is_number_told(key, number, place, below) => Value::from(number),
        #[expect(clippy::cast_possible_truncation, reason = "only whether it is a direction matters")]
        RawBsonRef::Double(number) if is_number_told(key, number as i64, place, below) => Value::from(number),
        RawBsonRef::DateTime(at) if !below.literal && place.numbers == Numbers::Kept => {
            at.try_to_rfc3339_string().map_or_else(|_| named(), Value::from)
        }
        RawBsonRef::Timestamp(at) if !below.literal => Value::from(at.time),
        _ => named(),
    }
}

/// Whether a text is no value of anybody.
fn is_told(key: &str, place: &Place, below: &Place) -> bool {
    // `find: "messages"` at the top of a command; deeper, a field may be called like a command.
    let names_a_collection = COLLECTIONS.contains(&key) && place.top;
    names_a_collection || !below.literal && TEXTS.contains(&key)
}

fn is_number_told(key: &str, number: i64, place: &Place, below: &Place) -> bool {
    if place.directions && number.abs() <= 1 {
        return true;
    }
    if below.literal {
        return place.top && FIGURES.contains(&key);
    }
    place.numbers == Numbers::Kept || OF_PLANS.contains(&key)
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(300)]
}

fn type_of(value: RawBsonRef<'_>) -> &'static str {
    match value {
        RawBsonRef::Double(_) => "double",
        RawBsonRef::String(_) => "string",
        RawBsonRef::Array(_) => "array",
        RawBsonRef::Document(_) => "document",
        RawBsonRef::Boolean(_) => "bool",
        RawBsonRef::RegularExpression(_) => "regex",
        RawBsonRef::Int32(_) => "int",
        RawBsonRef::Int64(_) => "long",
        RawBsonRef::Timestamp(_) => "timestamp",
        RawBsonRef::Binary(_) => "binary",
        RawBsonRef::ObjectId(_) => "objectId",
        RawBsonRef::DateTime(_) => "date",
        RawBsonRef::Decimal128(_) => "decimal",
        _ => "value",
    }
}
