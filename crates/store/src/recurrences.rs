//! Maintenances that recur. A rule is written once and can be ended; what it announced stays.
//!
//! Never works out when the next one is.

use crate::Store;
use crate::columns::{Columns, clean, length, micros};
use crate::error::{Error, Result};
use domain::recurrence::Rule;
use domain::{ComponentKey, Recurrence, Timestamp};
use sqlx::any::AnyRow;

/// Between the keys of components: no key holds a line end.
const SEPARATOR: &str = "\n";

const ADD: &str = "\
INSERT INTO recurrence (id, environment, title, body, components, rule, local_time, zone, lasts_us, ahead_us, active, made_by, created_at) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12) ON CONFLICT (id) DO NOTHING";

const LIST: &str = "\
SELECT id, environment, title, body, components, rule, local_time, zone, lasts_us, ahead_us FROM recurrence \
WHERE active = 1 ORDER BY created_at, id";

impl Store {
    /// Adds a recurrence.
    pub async fn add_recurrence(&self, recurrence: Recurrence, by: &str, at: Timestamp) -> Result<()> {
        self.write((recurrence, by.to_owned(), at), |connection, (recurrence, by, at)| {
            Box::pin(async move {
                let keys: Vec<&str> = recurrence.components.iter().map(|key| key.0.as_str()).collect();
                sqlx::query(ADD)
                    .bind(recurrence.id.as_str())
                    .bind(recurrence.environment.as_str())
                    .bind(clean(&recurrence.title))
                    .bind(clean(&recurrence.body))
                    .bind(clean(&keys.join(SEPARATOR)))
                    .bind(recurrence.rule.to_string())
                    .bind(recurrence.at.to_string())
                    .bind(clean(&recurrence.zone))
                    .bind(length(recurrence.lasts_for))
                    .bind(length(recurrence.ahead_for))
                    .bind(clean(by))
                    .bind(micros(*at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Those that go on, oldest first.
    pub async fn list_recurrences(&self) -> Result<Vec<Recurrence>> {
        sqlx::query(LIST).fetch_all(self.readers()).await?.iter().map(read).collect()
    }

    /// Ends one; false where there is none that goes on.
    pub async fn end_recurrence(&self, id: &str) -> Result<bool> {
        self.write(clean(id), |connection, id| {
            Box::pin(async move {
                let sql = "UPDATE recurrence SET active = 0 WHERE id = $1 AND active = 1";
                Ok(sqlx::query(sql).bind(id.as_str()).execute(connection).await?.rows_affected() > 0)
            })
        })
        .await
    }
}

fn read(row: &AnyRow) -> Result<Recurrence> {
    let (rule, at) = (row.text("rule")?, row.text("local_time")?);
    let components = row.text("components")?;
    let keys = components.split(SEPARATOR).filter(|key| !key.is_empty());
    Ok(Recurrence {
        id: row.text("id")?,
        environment: row.slug("environment")?,
        title: row.text("title")?,
        body: row.text("body")?,
        components: keys.map(|key| ComponentKey(key.to_owned())).collect(),
        rule: Rule::parse(&rule).ok_or_else(|| Error::Corrupt(format!("`{rule}` is no rule")))?,
        at: at.parse().map_err(|_| Error::Corrupt(format!("`{at}` is no time of day")))?,
        zone: row.text("zone")?,
        lasts_for: row.length("lasts_us")?,
        ahead_for: row.length("ahead_us")?,
    })
}
