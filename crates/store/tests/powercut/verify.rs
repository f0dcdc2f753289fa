//! Opening the database after a cut, and looking for everything that had been acknowledged.

use crate::writer::DATABASE;
use sqlx::{Connection, Executor, Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use store::Store;

/// What the world had been told by the time of the cut.
#[derive(Default)]
pub(crate) struct Acknowledged {
    versions: BTreeMap<String, i64>,
    requests: BTreeMap<String, i64>,
    told: BTreeSet<String>,
    looked_at: Option<i64>,
}

impl Acknowledged {
    pub(crate) fn note(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["incident", id, version, key] => {
                self.versions.insert((*id).to_owned(), version.parse().unwrap());
                self.requests.insert((*key).to_owned(), version.parse().unwrap());
            }
            ["look", at] => self.looked_at = Some(at.parse().unwrap()),
            ["told", key] => _ = self.told.insert((*key).to_owned()),
            _ => panic!("`{line}` is no acknowledgement"),
        }
    }

    fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.looked_at.is_none()
    }
}

/// Everything that was acknowledged is there, once, and what is there is whole.
pub(crate) async fn verify(folder: &Path, acknowledged: &Acknowledged, whole: bool) -> Result<(), String> {
    let path = folder.join(DATABASE);
    if whole || acknowledged.is_empty() {
        let url = format!("sqlite:{}", path.display());
        let store = Store::open(&url, "node").await.map_err(|error| format!("cannot open: {error}"))?;
        let findings = store.check().await.map_err(|error| format!("cannot check: {error}"))?;
        store.close().await;
        if !findings.is_empty() {
            return Err(format!("{findings:?}"));
        }
    }
    if acknowledged.is_empty() {
        return Ok(());
    }
    let url = format!("sqlite:{}", path.display());
    let connection = SqliteConnection::connect(&url).await;
    let mut connection = connection.map_err(|error| format!("cannot connect: {error}"))?;
    let found = look(&mut connection, acknowledged).await.map_err(|error| format!("cannot read: {error}"))?;
    let _closed = connection.close().await;
    found
}

async fn look(
    connection: &mut SqliteConnection,
    acknowledged: &Acknowledged,
) -> sqlx::Result<Result<(), String>> {
    let integrity: String = connection.fetch_one("PRAGMA integrity_check").await?.get(0);
    if integrity != "ok" {
        return Ok(Err(format!("corrupt: {integrity}")));
    }
    let versions = numbers(connection, "SELECT id, version FROM incident").await?;
    let lengths = numbers(connection, "SELECT incident, count(*) FROM timeline GROUP BY incident").await?;
    let requests = numbers(connection, "SELECT id, version FROM request").await?;
    let told = numbers(connection, "SELECT id, attempts FROM outbox WHERE state = 'done'").await?;
    let sql = "SELECT 'untold', count(*) FROM timeline WHERE notices <> '' AND NOT EXISTS (SELECT 1 FROM outbox \
               WHERE outbox.incident = timeline.incident AND outbox.seq = timeline.seq \
                 AND outbox.notice = timeline.notices)";
    let untold = numbers(connection, sql).await?["untold"];
    let looked_at: Option<i64> = connection.fetch_one("SELECT max(last_ok_at) FROM vendor").await?.get(0);
    for (id, version) in &acknowledged.versions {
        if versions.get(id).is_none_or(|found| found < version) {
            return Ok(Err(format!("lost: incident {id} was at {version}, is at {:?}", versions.get(id))));
        }
    }
    for (key, version) in &acknowledged.requests {
        if requests.get(key) != Some(version) {
            return Ok(Err(format!("lost: request {key} gave {version}, now {:?}", requests.get(key))));
        }
    }
    if let Some(key) = acknowledged.told.iter().find(|key| !told.contains_key(*key)) {
        return Ok(Err(format!("lost: {key} was told and would be told again")));
    }
    if acknowledged.looked_at.is_some_and(|at| looked_at.is_none_or(|found| found < at)) {
        return Ok(Err(format!("lost: a look, at {:?}, now {looked_at:?}", acknowledged.looked_at)));
    }
    if versions != lengths {
        return Ok(Err("doubled or lost: an incident is not as long as its timeline".to_owned()));
    }
    Ok(if untold == 0 { Ok(()) } else { Err(format!("{untold} updates without their outbox rows")) })
}

async fn numbers(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> sqlx::Result<BTreeMap<String, i64>> {
    Ok(connection.fetch_all(sql).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}
