//! Which key the secrets of this database are sealed with. Never the key itself.

use crate::Store;
use crate::columns::Columns;
use crate::error::Result;

const KEEP: &str = "INSERT INTO sealing (id, fingerprint) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";

impl Store {
    /// Keeps the fingerprint of the key with which secrets are sealed from now on, unless there is one already.
    /// False where that one is of another key: what it sealed could not be opened.
    pub async fn keep_sealing_key(&self, fingerprint: [u8; 32]) -> Result<bool> {
        self.write(fingerprint, |connection, fingerprint| {
            Box::pin(async move {
                sqlx::query(KEEP).bind(fingerprint.to_vec()).execute(&mut *connection).await?;
                let sql = "SELECT fingerprint FROM sealing WHERE id = 1";
                let row = sqlx::query(sql).fetch_one(connection).await?;
                Ok(row.hash("fingerprint")? == *fingerprint)
            })
        })
        .await
    }
}
