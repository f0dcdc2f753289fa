//! One document of `system.profile`: an operation that is over.

use std::sync::Arc;

use ::mongodb::bson::{RawBsonRef, RawDocument};
use domain::reads::Finished;

use super::failure::{as_number, number};
use super::operation::Operation;

/// Fields that are read; the server leaves the others out.
pub(super) const FIELDS: &[&str] = &[
    "ts",
    "op",
    "ns",
    "appName",
    "command",
    "originatingCommand",
    "planSummary",
    "millis",
    "docsExamined",
    "keysExamined",
    "nreturned",
    "numYield",
    "replanned",
    "fromMultiPlanner",
    "storage.data.bytesRead",
    "locks.Global.timeAcquiringMicros",
    "locks.Database.timeAcquiringMicros",
    "locks.Collection.timeAcquiringMicros",
    "totalTimeQueuedMicros",
];

/// What it says; nothing where the document is broken, or tells of one that waits for news by design.
pub(super) fn read(document: &RawDocument) -> Option<Finished> {
    let operation = Operation::read(document)?;
    let shape = operation.shape();
    if shape.tailing {
        return None;
    }
    let count = |key: &str| number(document, key).unwrap_or(0);
    let flag = |key: &str| document.get_bool(key) == Ok(true);
    let text = |key: &str| -> Arc<str> { document.get_str(key).unwrap_or("").into() };
    Some(Finished {
        namespace: operation.namespace(&shape).into(),
        command: shape.command.into(),
        shape: shape.text.into(),
        app: text("appName"),
        plan: text("planSummary"),
        took_us: count("millis").saturating_mul(1_000),
        docs_examined: count("docsExamined"),
        keys_examined: count("keysExamined"),
        returned: count("nreturned"),
        yields: count("numYield"),
        bytes_read: bytes_read(document).unwrap_or(0),
        waited_us: waited_us(document).saturating_add(count("totalTimeQueuedMicros")),
        replanned: flag("replanned"),
        multi_planned: flag("fromMultiPlanner"),
    })
}

fn bytes_read(document: &RawDocument) -> Option<i64> {
    number(document.get_document("storage").ok()?.get_document("data").ok()?, "bytesRead")
}

/// Time that it waited for locks, over all levels and modes.
fn waited_us(document: &RawDocument) -> i64 {
    let Ok(locks) = document.get_document("locks") else { return 0 };
    let levels = locks.iter().map_while(Result::ok).filter_map(|(_, level)| level.as_document());
    let waits = levels.filter_map(|level| level.get_document("timeAcquiringMicros").ok());
    let modes = waits.flat_map(|modes| modes.iter().map_while(Result::ok));
    modes.filter_map(|(_, micros): (_, RawBsonRef<'_>)| as_number(micros)).fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::mongodb::bson::rawdoc;

    #[test]
    fn a_document_of_the_profile_is_read_without_its_values() {
        let document = rawdoc! {
            "op": "query", "ns": "crm.messages", "appName": "crm-web", "millis": 238, "numYield": 15,
            "command": { "find": "messages", "filter": { "orgId": 109, "note": "secret" }, "$db": "crm" },
            "keysExamined": 25, "docsExamined": 3_000_i64, "nreturned": 24, "planSummary": "COLLSCAN",
            "replanned": true,
            "locks": { "Global": { "acquireCount": { "r": 18 } }, "Database": { "timeAcquiringMicros": { "r": 7, "w": 5 } } },
            "storage": { "data": { "bytesRead": 600_050_i64, "timeReadingMicros": 236_240 } },
        };
        let wanted = Finished {
            namespace: "crm.messages".into(),
            command: "find".into(),
            shape: "find filter{orgId:?,note:?}".into(),
            app: "crm-web".into(),
            plan: "COLLSCAN".into(),
            took_us: 238_000,
            docs_examined: 3_000,
            keys_examined: 25,
            returned: 24,
            yields: 15,
            bytes_read: 600_050,
            waited_us: 12,
            replanned: true,
            multi_planned: false,
        };
        assert_eq!(read(&document), Some(wanted));
    }

    #[test]
    fn waits_for_news_are_no_work() {
        let tail = rawdoc! { "op": "getmore", "ns": "local.oplog.rs", "millis": 1_000,
        "command": { "getMore": 7_i64, "collection": "oplog.rs" },
        "originatingCommand": { "find": "oplog.rs", "tailable": true, "awaitData": true } };
        assert_eq!(read(&tail), None);
    }
}
