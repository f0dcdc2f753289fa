//! Queries with the index that is known to be the best for them, and where that is known from.

use ::mongodb::bson::{Document, doc};

const ESR: &str = "manual: The ESR (Equality, Sort, Range) Guideline";
const SORT: &str = "manual: Use Indexes to Sort Query Results";
const COVERED: &str = "manual: Query Optimization, Covered Query";
const PARTIAL: &str = "manual: Partial Indexes";
const MULTIKEY: &str = "manual: Multikey Indexes, Compound Multikey Indexes";
const OR: &str = "manual: $or, Clauses and Indexes";
const REGEX: &str = "manual: $regex, Index Use";
const SELECTIVE: &str = "manual: Create Queries that Ensure Selectivity";
const COMPOUND: &str = "manual: Compound Indexes, Prefixes";
const COLLATION: &str = "manual: Collation and Index Use";
const NULL: &str = "manual: Query for Null or Missing Fields";
const LOOKUP: &str = "manual: $lookup, Performance Considerations";
const MADE: &str = "made: from the plan that examines least, of all that were tried by hand";

/// A query.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    /// Keys of indexes that are there.
    pub(crate) there: Vec<Document>,
    pub(crate) command: Document,
    pub(crate) best: Best,
}

/// What is known to be best.
pub(crate) enum Best {
    /// Indexes: each the `key`, and options beside it.
    Create(Vec<Document>),
    /// An index that is there.
    There,
    /// No index, but another wording.
    Rewrite(&'static str),
    /// An index of a special kind, which is left to people.
    LeftAlone,
}

fn case(name: &'static str, source: &'static str, command: Document, best: Best) -> Case {
    Case { name, source, there: Vec::new(), command, best }
}

fn key(keys: Document) -> Best {
    Best::Create(vec![doc! { "key": keys }])
}

impl Case {
    fn with(self, there: &[Document]) -> Self {
        Self { there: there.to_vec(), ..self }
    }
}

fn find(filter: Document, rest: Document) -> Document {
    let mut find = doc! { "find": "orders", "filter": filter };
    find.extend(rest);
    find
}

fn aggregate(stages: &[Document]) -> Document {
    doc! { "aggregate": "orders", "pipeline": stages.to_vec(), "cursor": {} }
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let mut all = of_order();
    all.extend(of_kinds());
    all.extend(of_commands());
    all.extend(of_what_is_there());
    all.extend(of_no_index());
    all
}

fn of_order() -> Vec<Case> {
    let newest = || doc! { "sort": { "at": -1 }, "limit": 20 };
    vec![
        case("equality", COMPOUND, find(doc! { "customer": 7 }, doc! {}), key(doc! { "customer": 1 })),
        case(
            "two equalities",
            COMPOUND,
            find(doc! { "team": 3, "customer": 7 }, doc! {}),
            key(doc! { "customer": 1, "team": 1 }),
        ),
        case(
            "equality and range",
            ESR,
            find(doc! { "team": 3, "total": { "$gt": 400 } }, doc! {}),
            key(doc! { "team": 1, "total": 1 }),
        ),
        case("equality and sort", ESR, find(doc! { "team": 3 }, newest()), key(doc! { "team": 1, "at": -1 })),
        case(
            "equality, sort and range",
            ESR,
            find(doc! { "team": 3, "total": { "$gte": 100 } }, newest()),
            key(doc! { "team": 1, "at": -1, "total": 1 }),
        ),
        case(
            "a sort of mixed directions",
            SORT,
            find(doc! { "team": 3 }, doc! { "sort": { "region": 1, "at": -1 }, "limit": 20 }),
            key(doc! { "team": 1, "region": 1, "at": -1 }),
        ),
        case("a sort alone", SORT, find(doc! {}, newest()), key(doc! { "at": -1 })),
        case(
            "a sort by what is compared",
            SORT,
            find(doc! { "team": 3 }, doc! { "sort": { "team": 1, "total": 1 }, "limit": 20 }),
            key(doc! { "team": 1, "total": 1 }),
        ),
        case(
            "a range in the order of the sort",
            ESR,
            find(
                doc! { "team": 3, "at": { "$lt": ::mongodb::bson::DateTime::from_millis(1_700_100_000_000) } },
                newest(),
            ),
            key(doc! { "team": 1, "at": -1 }),
        ),
        case(
            "a few values and a sort",
            ESR,
            find(doc! { "team": { "$in": [3, 4, 5] } }, newest()),
            key(doc! { "team": 1, "at": -1 }),
        ),
        case(
            "very many values and a sort",
            ESR,
            find(doc! { "total": { "$in": (0..300).collect::<Vec<i32>>() } }, newest()),
            key(doc! { "at": -1, "total": 1 }),
        ),
        case(
            "two ranges",
            SELECTIVE,
            find(doc! { "team": 2, "total": { "$gt": 900 }, "weight": { "$lt": 9 } }, doc! {}),
            key(doc! { "team": 1, "total": 1, "weight": 1 }),
        ),
        case(
            "not equal beside equal",
            SELECTIVE,
            find(doc! { "customer": 2, "status": { "$ne": "done" } }, doc! {}),
            key(doc! { "customer": 1, "status": 1 }),
        ),
    ]
}

fn of_kinds() -> Vec<Case> {
    let english = doc! { "locale": "en", "strength": 2 };
    vec![
        case("an array", MULTIKEY, find(doc! { "tags": "t7" }, doc! {}), key(doc! { "tags": 1 })),
        case(
            "two arrays",
            MULTIKEY,
            find(doc! { "tags": "t7", "labels": 3, "team": 1 }, doc! {}),
            key(doc! { "tags": 1, "team": 1 }),
        ),
        case(
            "an element of an array",
            MULTIKEY,
            find(doc! { "items": { "$elemMatch": { "sku": "s5", "qty": { "$gte": 3 } } } }, doc! {}),
            key(doc! { "items.sku": 1, "items.qty": 1 }),
        ),
        case(
            "a field within",
            COMPOUND,
            find(doc! { "place.town": 7 }, doc! {}),
            key(doc! { "place.town": 1 }),
        ),
        case(
            "a rare flag",
            PARTIAL,
            find(doc! { "open": true, "team": 1 }, doc! { "sort": { "at": -1 }, "limit": 20 }),
            Best::Create(vec![
                doc! { "key": { "team": 1, "at": -1 }, "partialFilterExpression": { "open": true } },
            ]),
        ),
        case(
            "a rare field",
            PARTIAL,
            find(doc! { "late_by": { "$exists": true } }, doc! {}),
            Best::Create(vec![
                doc! { "key": { "late_by": 1 }, "partialFilterExpression": { "late_by": { "$exists": true } } },
            ]),
        ),
        case(
            "null or missing",
            NULL,
            find(doc! { "parent": null, "team": 1 }, doc! {}),
            key(doc! { "parent": 1, "team": 1 }),
        ),
        case(
            "the beginning of a text",
            REGEX,
            find(doc! { "code": { "$regex": "^EF-1" } }, doc! {}),
            key(doc! { "code": 1 }),
        ),
        case(
            "its own collation",
            COLLATION,
            find(doc! { "name": "NAME9" }, doc! { "collation": english.clone() }),
            Best::Create(vec![doc! { "key": { "name": 1 }, "collation": english }]),
        ),
        case(
            "either of two fields",
            OR,
            find(doc! { "$or": [{ "customer": 9 }, { "name": "Name44" }] }, doc! {}),
            Best::Create(vec![doc! { "key": { "customer": 1 } }, doc! { "key": { "name": 1 } }]),
        ),
        case(
            "either, in an order",
            OR,
            find(
                doc! { "$or": [{ "customer": 9 }, { "name": "Name44" }] },
                doc! { "sort": { "at": -1 }, "limit": 10 },
            ),
            Best::Create(vec![
                doc! { "key": { "customer": 1, "at": -1 } },
                doc! { "key": { "name": 1, "at": -1 } },
            ]),
        ),
        case(
            "either value of one field",
            OR,
            find(doc! { "$or": [{ "team": 9 }, { "team": 11 }] }, doc! {}),
            key(doc! { "team": 1 }),
        ),
    ]
}

fn of_commands() -> Vec<Case> {
    vec![
        case(
            "what it returns is in the index",
            COVERED,
            find(doc! { "customer": 7 }, doc! { "projection": { "total": 1, "_id": 0 } }),
            key(doc! { "customer": 1, "total": 1 }),
        ),
        case(
            "a count",
            COVERED,
            doc! { "count": "orders", "query": { "team": 3, "paid": true } },
            key(doc! { "team": 1, "paid": 1 }),
        ),
        case(
            "a match and a sort of a pipeline",
            ESR,
            aggregate(&[
                doc! { "$match": { "team": 3 } },
                doc! { "$sort": { "at": -1 } },
                doc! { "$limit": 20 },
            ]),
            key(doc! { "team": 1, "at": -1 }),
        ),
        case(
            "a group after a match",
            COVERED,
            aggregate(&[
                doc! { "$match": { "team": 3 } },
                doc! { "$group": { "_id": "$region", "sum": { "$sum": "$total" } } },
            ]),
            key(doc! { "team": 1, "region": 1, "total": 1 }),
        ),
        case(
            "an update",
            COMPOUND,
            doc! { "update": "orders", "updates": [{ "q": { "customer": 7, "paid": false }, "u": { "$set": { "x": 1 } } }] },
            key(doc! { "customer": 1, "paid": 1 }),
        ),
        case(
            "the next of a queue",
            ESR,
            doc! { "findAndModify": "orders", "query": { "status": "held" }, "sort": { "due": 1 }, "update": { "$set": { "status": "open" } } },
            key(doc! { "status": 1, "due": 1 }),
        ),
        case(
            "what a join asks",
            LOOKUP,
            aggregate(&[
                doc! { "$match": { "_id": 7 } },
                doc! { "$lookup": { "from": "customers", "localField": "customer", "foreignField": "number", "as": "c" } },
            ]),
            key(doc! { "number": 1 }),
        ),
        case(
            "distinct values",
            COVERED,
            doc! { "distinct": "orders", "key": "region", "query": { "team": 3 } },
            key(doc! { "team": 1, "region": 1 }),
        ),
    ]
}

fn of_what_is_there() -> Vec<Case> {
    let at = || doc! { "key": { "customer": 1 }, "name": "customer_1" };
    vec![
        case(
            "an index that has a beginning of it",
            COMPOUND,
            find(doc! { "customer": 1, "region": 2 }, doc! { "sort": { "at": -1 }, "limit": 20 }),
            key(doc! { "customer": 1, "region": 1, "at": -1 }),
        )
        .with(&[at()]),
        case(
            "an index turned round",
            SORT,
            find(doc! {}, doc! { "sort": { "total": -1, "at": 1 }, "limit": 20 }),
            Best::There,
        )
        .with(&[doc! { "key": { "total": 1, "at": -1 }, "name": "turned" }]),
        case("the id", MADE, find(doc! { "_id": 7, "team": 3 }, doc! {}), Best::There),
        case(
            "a hashed index and a range",
            MADE,
            find(doc! { "total": { "$gt": 4_900 } }, doc! {}),
            key(doc! { "total": 1 }),
        )
        .with(&[doc! { "key": { "total": "hashed" }, "name": "hashed" }]),
        case(
            "a field that names one document",
            SELECTIVE,
            find(doc! { "email": "c7@example.org", "paid": true }, doc! { "sort": { "at": 1 }, "limit": 5 }),
            Best::There,
        )
        .with(&[doc! { "key": { "email": 1 }, "name": "email_1", "unique": true }]),
        case(
            "a sparse index and null",
            NULL,
            find(doc! { "parent": null, "region": 3 }, doc! {}),
            key(doc! { "parent": 1, "region": 1 }),
        )
        .with(&[doc! { "key": { "parent": 1 }, "name": "sparse", "sparse": true }]),
    ]
}

fn of_no_index() -> Vec<Case> {
    vec![
        case(
            "a search within a text",
            REGEX,
            find(doc! { "note": { "$regex": "nobody" } }, doc! { "limit": 5 }),
            Best::Rewrite("search_in_text"),
        ),
        case(
            "all but one value",
            SELECTIVE,
            find(doc! { "status": { "$ne": "done" } }, doc! { "limit": 5 }),
            Best::Rewrite("negation"),
        ),
        case(
            "code",
            MADE,
            find(doc! { "$where": "this.total > 3" }, doc! { "limit": 5 }),
            Best::Rewrite("code"),
        ),
        case(
            "words",
            MADE,
            find(doc! { "$text": { "$search": "words" } }, doc! { "limit": 5 }),
            Best::LeftAlone,
        ),
    ]
}
