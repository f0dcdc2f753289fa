//! Templates of incidents that were written in the console. Those of the configuration are not in here.
//!
//! Never reads a template: its shape belongs to who wrote it.

use crate::Store;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, micros};
use crate::error::{Error, Result};
use domain::Slug;

const SAVE: &str = "\
INSERT INTO template (slug, document, created_at) VALUES ($1, $2, $3) \
ON CONFLICT (slug) DO UPDATE SET document = excluded.document";

impl Store {
    /// Adds a template, or makes the one of its slug like it.
    pub async fn save_template(&self, slug: &Slug, document: String, deed: Deed) -> Result<()> {
        self.write((slug.clone(), document, deed), |connection, (slug, document, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                sqlx::query(SAVE)
                    .bind(slug.as_str())
                    .bind(clean(document))
                    .bind(micros(deed.at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes a template away. [`Error::NotFound`] where there is none of that slug.
    pub async fn remove_template(&self, slug: &Slug, deed: Deed) -> Result<()> {
        self.write((slug.clone(), deed), |connection, (slug, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let remove = sqlx::query("DELETE FROM template WHERE slug = $1").bind(slug.as_str());
                if remove.execute(connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                Ok(())
            })
        })
        .await
    }

    /// All of them with their slugs, oldest first.
    pub async fn list_templates(&self) -> Result<Vec<(Slug, String)>> {
        let sql = "SELECT slug, document FROM template ORDER BY created_at, slug";
        let rows = sqlx::query(sql).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok((row.slug("slug")?, row.text("document")?))).collect()
    }
}
