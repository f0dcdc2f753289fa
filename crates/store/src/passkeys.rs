//! Passkeys of people, and what one has yet to answer while it is added or used.
//!
//! Every passkey that is added or removed is written to the [audit log](crate::audit) in the same transaction. Never
//! judges an answer.

use crate::Store;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, micros};
use crate::error::Result;
use domain::Timestamp;
use sqlx::any::AnyRow;

/// A passkey of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Identifier of the credential.
    pub id: String,
    /// Whose it is.
    pub person: String,
    /// What they call it.
    pub name: String,
    /// Public key and counter, as the ceremony wrote them.
    pub credential: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl Store {
    /// Adds a passkey.
    pub async fn create_passkey(&self, passkey: Passkey, deed: Deed) -> Result<()> {
        self.write((passkey, deed), |connection, (passkey, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let sql = "INSERT INTO passkey (id, person, name, credential, created_at) \
                           VALUES ($1, $2, $3, $4, $5)";
                sqlx::query(sql)
                    .bind(passkey.id.as_str())
                    .bind(passkey.person.as_str())
                    .bind(clean(&passkey.name))
                    .bind(passkey.credential.as_str())
                    .bind(micros(passkey.created_at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The passkeys of a person, oldest first.
    pub async fn list_passkeys(&self, person: &str) -> Result<Vec<Passkey>> {
        let sql = "SELECT id, person, name, credential, created_at, used_at FROM passkey WHERE person = $1 \
                   ORDER BY created_at, id";
        let rows = sqlx::query(sql).bind(person).fetch_all(self.readers()).await?;
        rows.iter().map(read_passkey).collect()
    }

    /// The passkey of that identifier.
    pub async fn find_passkey(&self, id: &str) -> Result<Option<Passkey>> {
        let sql = "SELECT id, person, name, credential, created_at, used_at FROM passkey WHERE id = $1";
        let row = sqlx::query(sql).bind(clean(id)).fetch_optional(self.readers()).await?;
        row.as_ref().map(read_passkey).transpose()
    }

    /// Keeps the new counter of a passkey that was used.
    pub async fn use_passkey(&self, id: &str, credential: String, at: Timestamp) -> Result<()> {
        self.write((id.to_owned(), credential, at), |connection, (id, credential, at)| {
            Box::pin(async move {
                let sql = "UPDATE passkey SET credential = $2, used_at = $3 WHERE id = $1";
                let keep = sqlx::query(sql).bind(id.as_str()).bind(credential.as_str()).bind(micros(*at));
                keep.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Removes a passkey of a person.
    pub async fn remove_passkey(&self, person: &str, id: &str, deed: Deed) -> Result<()> {
        let sql = "DELETE FROM passkey WHERE person = $1 AND id = $2";
        self.change_person(person, id.to_owned(), sql, deed).await
    }

    /// Keeps what a passkey has yet to answer, under the hash of the browser's secret.
    pub async fn begin_ceremony(&self, sha256: [u8; 32], state: String, until: Timestamp) -> Result<()> {
        self.write((sha256, state, until), |connection, (sha256, state, until)| {
            Box::pin(async move {
                let sql = "INSERT INTO ceremony (sha256, state, expires_at) VALUES ($1, $2, $3) \
                           ON CONFLICT (sha256) DO UPDATE SET state = $2, expires_at = $3";
                let keep = sqlx::query(sql).bind(sha256.to_vec()).bind(state.as_str()).bind(micros(*until));
                keep.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes it back out: it is answered once.
    pub async fn end_ceremony(&self, sha256: [u8; 32], now: Timestamp) -> Result<Option<String>> {
        self.write((sha256, now), |connection, (sha256, now)| {
            Box::pin(async move {
                let sql = "DELETE FROM ceremony WHERE sha256 = $1 RETURNING state, expires_at";
                let taken = sqlx::query(sql).bind(sha256.to_vec()).fetch_optional(connection).await?;
                let Some(row) = taken else { return Ok(None) };
                let ended = row.instant("expires_at")? <= *now;
                Ok(if ended { None } else { Some(row.text("state")?) })
            })
        })
        .await
    }
}

fn read_passkey(row: &AnyRow) -> Result<Passkey> {
    Ok(Passkey {
        id: row.text("id")?,
        person: row.text("person")?,
        name: row.text("name")?,
        credential: row.text("credential")?,
        created_at: row.instant("created_at")?,
        used_at: row.instant_or_null("used_at")?,
    })
}
