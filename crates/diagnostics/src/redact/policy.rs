//! Which keys hold what. One table for replies and for lines.

/// What the values at a place are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// What the server says of itself: figures stay, texts stay where they are names.
    Own,
    /// A command: the name of its collection stays.
    Command,
    /// The stages of a pipeline.
    Pipeline,
    /// Where a stage takes its documents from and where it puts them: names.
    Names,
    /// Keys of an index or of a sort: directions stay.
    Pattern,
    /// What clients gave: nothing stays but the names of fields.
    Given,
}

/// What the values below that key are. `index` counts the keys of the document.
pub(super) fn below(zone: Zone, key: &str) -> Zone {
    match zone {
        Zone::Given | Zone::Names => Zone::Given,
        Zone::Pattern if key.starts_with('$') => Zone::Given,
        Zone::Pattern => Zone::Pattern,
        Zone::Pipeline => match key {
            "$sort" => Zone::Pattern,
            "$lookup" | "$graphLookup" | "$unionWith" => Zone::Names,
            _ => Zone::Given,
        },
        Zone::Command => match key {
            "sort" | "hint" | "orderby" | "$orderby" | "$hint" | "projection" | "fields" => Zone::Pattern,
            "indexes" | "writeConcern" | "readConcern" | "$readPreference" => Zone::Own,
            "pipeline" => Zone::Pipeline,
            _ => Zone::Given,
        },
        Zone::Own => match key {
            "command" | "originatingCommand" | "cmdObj" => Zone::Command,
            "key" | "keyPattern" | "sortPattern" | "shardKeyPattern" | "shardKey" => Zone::Pattern,
            _ if GIVEN.contains(&key) => Zone::Given,
            _ if key.starts_with('$') && !OWN_OF_ITS_OWN.contains(&key) => Zone::Given,
            _ => Zone::Own,
        },
    }
}

/// What a value under that key is that is no document.
pub(super) fn of(zone: Zone, key: &str) -> Zone {
    if zone == Zone::Own && below(zone, key) == Zone::Given { Zone::Given } else { zone }
}

/// Keys below which servers repeat what clients gave.
const GIVEN: &[&str] = &[
    "_id",
    "args",
    "argv",
    "comment",
    "doc",
    "docs",
    "document",
    "documentKey",
    "documents",
    "dupKey",
    "expression",
    "filter",
    "indexBounds",
    "keyValue",
    "max",
    "maxBound",
    "min",
    "minBound",
    "o",
    "o2",
    "obj",
    "object",
    "parsed",
    "parsedQuery",
    "parsedTextQuery",
    "partialFilterExpression",
    "payload",
    "q",
    "query",
    "transformBy",
    "u",
    "updateobj",
    "validator",
    "value",
];

/// Keys that begin with a dollar and hold what the server says.
const OWN_OF_ITS_OWN: &[&str] =
    &["$db", "$clusterTime", "$cursor", "$gleStats", "$configServerState", "$readPreference"];

/// Whether a text under that key is a name, and stays if it [looks like one](is_name).
pub(super) fn holds_name(zone: Zone, key: &str, is_first: bool) -> bool {
    match zone {
        Zone::Command if is_first => ON_COLLECTIONS.contains(&key),
        Zone::Command => matches!(key, "$db" | "collection" | "key" | "to"),
        Zone::Names => matches!(key, "from" | "coll" | "localField" | "foreignField" | "as" | "$unionWith"),
        Zone::Own => NAMES.contains(&key),
        Zone::Pattern | Zone::Pipeline | Zone::Given => false,
    }
}

/// Commands that name a collection first.
const ON_COLLECTIONS: &[&str] = &[
    "aggregate",
    "analyze",
    "collMod",
    "collStats",
    "collstats",
    "compact",
    "convertToCapped",
    "count",
    "create",
    "createIndexes",
    "dataSize",
    "delete",
    "deleteIndexes",
    "distinct",
    "drop",
    "dropIndexes",
    "find",
    "findAndModify",
    "findandmodify",
    "geoNear",
    "insert",
    "killCursors",
    "listIndexes",
    "mapReduce",
    "mapreduce",
    "moveChunk",
    "planCacheClear",
    "reIndex",
    "renameCollection",
    "shardCollection",
    "splitChunk",
    "update",
    "validate",
];

/// Keys of servers whose texts are names.
const NAMES: &[&str] = &[
    "$db",
    "accessMethod",
    "action",
    "app",
    "appName",
    "application",
    "c",
    "cmdName",
    "codeName",
    "collection",
    "component",
    "ctx",
    "database",
    "db",
    "desc",
    "direction",
    "driver",
    "edition",
    "engine",
    "externalState",
    "fromState",
    "gitVersion",
    "host",
    "hostAndPort",
    "hosts",
    "index",
    "indexName",
    "indexes",
    "level",
    "lockType",
    "me",
    "mode",
    "name",
    "namespace",
    "newState",
    "ns",
    "oldState",
    "op",
    "opType",
    "planCacheKey",
    "planCacheShapeHash",
    "primary",
    "process",
    "protocol",
    "queryFramework",
    "queryHash",
    "replicaSet",
    "resourceId",
    "s",
    "set",
    "setName",
    "source",
    "stage",
    "state",
    "stateStr",
    "storageEngine",
    "strategy",
    "syncSourceHost",
    "syncingTo",
    "thread",
    "to",
    "type",
    "version",
];

/// Keys of servers whose texts are sentences.
pub(super) fn holds_words(zone: Zone, key: &str) -> bool {
    const SENTENCES: &[&str] = &[
        "errMsg",
        "errmsg",
        "error",
        "failReason",
        "info",
        "infoMessage",
        "lastHeartbeatMessage",
        "message",
        "msg",
        "note",
        "reason",
        "status",
        "warning",
    ];
    zone == Zone::Own && SENTENCES.contains(&key)
}

/// Whether a number or flag under that key stays.
pub(super) fn holds_figure(zone: Zone, key: &str) -> bool {
    const LIMITS: &[&str] = &[
        "allowDiskUse",
        "awaitData",
        "batchSize",
        "getMore",
        "limit",
        "maxTimeMS",
        "multi",
        "ordered",
        "singleBatch",
        "skip",
        "tailable",
        "upsert",
    ];
    match zone {
        Zone::Own => true,
        Zone::Command => LIMITS.contains(&key),
        Zone::Pattern | Zone::Names | Zone::Pipeline | Zone::Given => false,
    }
}

/// A direction in an index or a sort.
pub(super) fn is_direction(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() <= 1.0
}

/// A kind of index in the place of a direction.
pub(super) fn is_kind_of_index(text: &str) -> bool {
    matches!(text, "text" | "hashed" | "2d" | "2dsphere" | "columnstore")
}

/// A mode of a lock.
pub(super) fn is_lock(text: &str) -> bool {
    matches!(text, "r" | "w" | "R" | "W" | "IS" | "IX" | "S" | "X")
}

/// Whether a text can be the name of a namespace, an index, a host or a thread: letters, digits and few signs.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "._-$:/*+".contains(c);
    !text.is_empty() && text.len() <= 200 && text.chars().all(fits)
}

/// The summary of a plan: stages, fields and directions. Anything else in it goes.
pub(super) fn plan(text: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || " ._-$:,{}*()".contains(c);
    if text.len() <= 1_000 && text.chars().all(fits) { text.to_owned() } else { String::from("<plan>") }
}
