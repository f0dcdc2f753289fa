//! Environments that were added in the console. Those of the configuration are not in here.
//!
//! Never deletes what happened in one: its incidents are there again when it is.

use crate::Store;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, micros};
use crate::error::{Error, Result};
use crate::news::bump_revision;
use domain::{Component, Environment};
use sqlx::any::AnyRow;

/// Between the keys of components: no key holds a line end.
const SEPARATOR: &str = "\n";

const SAVE: &str = "\
INSERT INTO environment (slug, name, baseline, components, created_at) VALUES ($1, $2, $3, $4, $5) \
ON CONFLICT (slug) DO UPDATE SET name = excluded.name, baseline = excluded.baseline, components = excluded.components";

impl Store {
    /// Adds an environment, or makes the one of its slug like it.
    pub async fn save_environment(&self, environment: Environment, deed: Deed) -> Result<()> {
        self.write((environment, deed), |connection, (environment, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let keys: Vec<&str> = environment.components.iter().map(|one| one.key.0.as_str()).collect();
                sqlx::query(SAVE)
                    .bind(environment.slug.as_str())
                    .bind(clean(&environment.name))
                    .bind(environment.baseline.as_str())
                    .bind(clean(&keys.join(SEPARATOR)))
                    .bind(micros(deed.at))
                    .execute(&mut *connection)
                    .await?;
                bump_revision(connection).await
            })
        })
        .await
    }

    /// Takes an environment away. [`Error::NotFound`] where there is none of that slug.
    pub async fn remove_environment(&self, slug: &domain::Slug, deed: Deed) -> Result<()> {
        self.write((slug.clone(), deed), |connection, (slug, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let remove = sqlx::query("DELETE FROM environment WHERE slug = $1").bind(slug.as_str());
                if remove.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                bump_revision(connection).await
            })
        })
        .await
    }

    /// All of them, oldest first.
    pub async fn list_environments(&self) -> Result<Vec<Environment>> {
        let sql = "SELECT slug, name, baseline, components FROM environment ORDER BY created_at, slug";
        sqlx::query(sql).fetch_all(self.readers()).await?.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Environment> {
    let components = row.text("components")?;
    Ok(Environment {
        slug: row.slug("slug")?,
        name: row.text("name")?,
        baseline: row.state("baseline")?,
        components: components
            .split(SEPARATOR)
            .filter(|key| !key.is_empty())
            .map(Component::of_key)
            .collect(),
    })
}
