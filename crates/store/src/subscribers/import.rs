//! Lists that were confirmed elsewhere. Whoever left here stays away, and whoever is known stays as they are.

use super::{NewSubscriber, ask, target_sha256};
use crate::Store;
use crate::columns::Columns;
use crate::error::Result;

/// What became of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Added as confirmed.
    pub added: u64,
    /// Known already, and left as they are.
    pub known: u64,
    /// Had left, and stay away.
    pub gone: u64,
}

impl Store {
    /// Adds those who confirmed elsewhere, all or none.
    pub async fn import_subscribers(&self, list: Vec<NewSubscriber>) -> Result<Imported> {
        self.write(list, |connection, list| {
            Box::pin(async move {
                let mut imported = Imported::default();
                for new in list {
                    if ask::insert(connection, new, "confirmed", Some(new.at)).await? {
                        imported.added += 1;
                        continue;
                    }
                    let sql = "SELECT state FROM subscriber \
                               WHERE page = $1 AND kind = $2 AND target_sha256 = $3";
                    let row = sqlx::query(sql)
                        .bind(new.page.as_str())
                        .bind(new.kind.as_str())
                        .bind(target_sha256(new.kind, &new.target).to_vec())
                        .fetch_one(&mut *connection)
                        .await?;
                    match row.text("state")?.as_str() {
                        "gone" => imported.gone += 1,
                        _ => imported.known += 1,
                    }
                }
                Ok(imported)
            })
        })
        .await
    }
}
