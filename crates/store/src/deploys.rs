//! Deploys that were marked. A mark is written once and stays as it is.
//!
//! Never says whether a deploy did any harm.

use crate::Store;
use crate::columns::{Columns, clean, micros, micros_or_null};
use crate::error::{Error, Result};
use crate::news::bump_revision;
use domain::{Deploy, DeployId, Slug, Timestamp};
use sqlx::any::AnyRow;

/// Which deploys to list; what is left open does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployFilter {
    /// Those that touched this environment, those of every environment among them.
    pub environment: Option<Slug>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// At or before.
    pub until: Option<Timestamp>,
}

const MARK: &str = "INSERT INTO deploy (id, environment, what, link, marked_by, deployed_at) \
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";

const FIND: &str = "SELECT id, environment, what, link, marked_by, deployed_at FROM deploy WHERE id = $1";

const LIST: &str = "\
SELECT id, environment, what, link, marked_by, deployed_at FROM deploy \
WHERE ($1 IS NULL OR environment = $1 OR environment IS NULL) \
  AND ($2 IS NULL OR deployed_at >= $2) AND ($3 IS NULL OR deployed_at <= $3) \
ORDER BY deployed_at DESC, id DESC LIMIT $4";

const MARKED: &str = "SELECT 1 AS found FROM deploy WHERE environment = $1 OR environment IS NULL LIMIT 1";

impl Store {
    /// Marks a deploy. Marked again under the same id, the first mark stands; it is what comes back, with
    /// whether it is new.
    pub async fn mark_deploy(&self, deploy: Deploy) -> Result<(Deploy, bool)> {
        let id = deploy.id.clone();
        let new = self
            .write(deploy, |connection, deploy| {
                Box::pin(async move {
                    let marked = sqlx::query(MARK)
                        .bind(deploy.id.as_str())
                        .bind(deploy.environment.as_ref().map(Slug::as_str))
                        .bind(clean(&deploy.what))
                        .bind(deploy.link.as_deref().map(clean))
                        .bind(clean(&deploy.by))
                        .bind(micros(deploy.at))
                        .execute(&mut *connection)
                        .await?;
                    let new = marked.rows_affected() > 0;
                    if new {
                        bump_revision(connection).await?;
                    }
                    Ok(new)
                })
            })
            .await?;
        let row = sqlx::query(FIND).bind(id.as_str()).fetch_one(self.readers()).await?;
        Ok((read(&row)?, new))
    }

    /// Deploys, newest first.
    pub async fn list_deploys(&self, filter: &DeployFilter, limit: u32) -> Result<Vec<Deploy>> {
        let found = sqlx::query(LIST)
            .bind(filter.environment.as_ref().map(Slug::as_str))
            .bind(micros_or_null(filter.from))
            .bind(micros_or_null(filter.until))
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        found.iter().map(read).collect()
    }

    /// Whether a deploy was ever marked for this environment: before that, that none is marked proves nothing.
    pub async fn deploys_are_marked(&self, environment: &Slug) -> Result<bool> {
        let found = sqlx::query(MARKED).bind(environment.as_str()).fetch_optional(self.readers()).await?;
        Ok(found.is_some())
    }
}

fn read(row: &AnyRow) -> Result<Deploy> {
    let id = row.text("id")?;
    let environment = row.text_or_null("environment")?;
    let environment = environment.map(|text| {
        Slug::parse(&text).ok_or_else(|| Error::Corrupt(format!("a deploy has environment `{text}`")))
    });
    Ok(Deploy {
        id: DeployId::parse(&id).ok_or_else(|| Error::Corrupt(format!("`{id}` is no id of a deploy")))?,
        environment: environment.transpose()?,
        what: row.text("what")?,
        link: row.text_or_null("link")?,
        by: row.text("marked_by")?,
        at: row.instant("deployed_at")?,
    })
}
