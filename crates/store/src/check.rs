//! Checking what is stored, for `doctor`: the database's own consistency, every incident against its
//! timeline, every row against its incident, every notice against the outbox. A few incidents at a time, so
//! that memory does not grow with the database.
//!
//! Never repairs anything.

use crate::Store;
use crate::columns::Columns;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::incidents::{IncidentRow, read_entry, select_incidents};
use domain::invariants::{self, Violation};
use domain::{Incident, IncidentId};
use sqlx::{Executor, Row};
use std::collections::BTreeSet;

/// Incidents per statement.
const BATCH: i64 = 100;
/// Enough to know that something is badly wrong.
const MOST_VIOLATIONS: usize = 1_000;

impl Store {
    /// Everything that is stored and cannot be right, up to a thousand findings.
    pub async fn check(&self) -> Result<Vec<Violation>> {
        let mut violations = self.check_file().await?;
        let mut reached = String::new();
        loop {
            let sql = select_incidents!("WHERE id > $1 ORDER BY id LIMIT $2");
            let rows = sqlx::query(sql).bind(reached.as_str()).bind(BATCH).fetch_all(self.readers()).await?;
            let Some(last) = rows.last() else { break };
            reached = last.text("id")?;
            for row in &rows {
                match IncidentRow::read(row) {
                    Ok(row) => violations.extend(self.check_incident(&row).await?),
                    Err(error) => violations.push(Violation(error.to_string())),
                }
                if violations.len() >= MOST_VIOLATIONS {
                    violations.truncate(MOST_VIOLATIONS);
                    return Ok(violations);
                }
            }
        }
        Ok(violations)
    }

    /// SQLite looks at its own pages and references; PostgreSQL does that by itself as it works.
    async fn check_file(&self) -> Result<Vec<Violation>> {
        let mut violations = Vec::new();
        if self.inner.dialect == Dialect::Postgres {
            return Ok(violations);
        }
        for row in self.readers().fetch_all("PRAGMA integrity_check").await? {
            let finding: String = row.try_get(0)?;
            if finding != "ok" {
                violations.push(Violation(format!("SQLite: {finding}")));
            }
        }
        for row in self.readers().fetch_all("PRAGMA foreign_key_check").await? {
            let table: String = row.try_get(0)?;
            violations.push(Violation(format!("SQLite: a row of `{table}` refers to one that is not there")));
        }
        Ok(violations)
    }

    async fn check_incident(&self, row: &IncidentRow) -> Result<Vec<Violation>> {
        let sql = "SELECT seq, seen_at, actor_kind, actor, event, notices FROM timeline \
                   WHERE incident = $1 ORDER BY seq";
        let found = sqlx::query(sql).bind(row.id.as_str()).fetch_all(self.readers()).await?;
        let mut expected = BTreeSet::new();
        let mut entries = Vec::with_capacity(found.len());
        for entry_row in &found {
            match read_entry(entry_row) {
                Ok(entry) => entries.push(entry),
                Err(error) => return Ok(vec![violation(&row.id, &error.to_string())]),
            }
            let (seq, notices) = (entry_row.number::<i64>("seq")?, entry_row.text("notices")?);
            expected.extend(notices.split(',').filter(|n| !n.is_empty()).map(|n| (seq, n.to_owned())));
        }
        let mut violations = match Incident::replay(&row.id, &entries) {
            Some(incident) => check_replay(row, &incident, &entries),
            None => vec![violation(&row.id, "its timeline does not begin with `opened`")],
        };
        violations.extend(self.check_outbox(&row.id, &expected).await?);
        Ok(violations)
    }

    async fn check_outbox(
        &self,
        id: &IncidentId,
        expected: &BTreeSet<(i64, String)>,
    ) -> Result<Vec<Violation>> {
        let sql = "SELECT seq, notice FROM outbox WHERE incident = $1";
        let mut present = BTreeSet::new();
        for row in sqlx::query(sql).bind(id.as_str()).fetch_all(self.readers()).await? {
            present.insert((row.number::<i64>("seq")?, row.text("notice")?));
        }
        let missing = expected.difference(&present).map(|(seq, notice)| {
            violation(id, &format!("entry {seq} is to be told as `{notice}` but the outbox has no such row"))
        });
        let surplus = present.difference(expected).map(|(seq, notice)| {
            violation(id, &format!("the outbox tells `{notice}` of entry {seq}, which does not ask for it"))
        });
        Ok(missing.chain(surplus).collect())
    }
}

fn check_replay(row: &IncidentRow, incident: &Incident, entries: &[domain::Entry]) -> Vec<Violation> {
    let mut violations = invariants::check(incident, entries);
    if IncidentRow::of(incident) != *row {
        violations.push(violation(&row.id, "its row is not what follows from its timeline"));
    }
    violations
}

fn violation(id: &IncidentId, what: &str) -> Violation {
    Violation(format!("incident `{id}`: {what}"))
}
