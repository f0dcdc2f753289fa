//! Tokens of people and programs, and the sessions of the console that were opened with them. Only hashes
//! of secrets are kept.
//!
//! A secret is found by looking up its hash. That needs no comparison in constant time: how long the look-up
//! takes tells something about the hash that was asked for, and nobody can choose secrets by the beginning
//! of their hash well enough to approach another one of 256 random bits. Never sees a secret itself.

use crate::Store;
use crate::columns::{Columns, clean, micros, micros_or_null};
use crate::error::{Error, Result};
use domain::Timestamp;
use jiff::SignedDuration;
use sqlx::Executor;
use sqlx::any::AnyRow;

/// How exactly the last use of a token is kept: a write per request would help nobody.
const LAST_USED_STEP: SignedDuration = SignedDuration::from_mins(1);

/// A token to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Public part of the token.
    pub id: String,
    /// Name under which its holder appears in timelines.
    pub name: String,
    /// SHA-256 of the secret.
    pub sha256: [u8; 32],
    /// What it may do, one word each.
    pub scopes: Vec<String>,
    /// When it is created.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Public part of the token.
    pub id: String,
    /// Name under which its holder appears in timelines.
    pub name: String,
    /// What it may do, one word each.
    pub scopes: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it still opens anything at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

/// A session of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The token with which it was opened; the session ends with it.
    pub token: Token,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether it still lasts at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.token.is_valid(now)
    }
}

const CREATE: &str = "INSERT INTO token (id, name, sha256, scopes, created_at, expires_at) \
                      VALUES ($1, $2, $3, $4, $5, $6)";

/// Naming the columns keeps running nodes well when a later release adds one.
macro_rules! select_tokens {
    ($conditions:literal) => {
        concat!(
            "SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at FROM token ",
            $conditions
        )
    };
}

const FIND_SESSION: &str = "\
SELECT id, name, scopes, token.created_at, token.expires_at, last_used_at, revoked_at, session.created_at AS opened_at, session.expires_at AS closes_at \
FROM session JOIN token ON token.id = session.token WHERE session.sha256 = $1";

impl Store {
    /// Creates a token.
    pub async fn create_token(&self, token: NewToken) -> Result<()> {
        self.write(token, |connection, token| {
            Box::pin(async move {
                sqlx::query(CREATE)
                    .bind(clean(&token.id))
                    .bind(clean(&token.name))
                    .bind(token.sha256.to_vec())
                    .bind(clean(&token.scopes.join(" ")))
                    .bind(micros(token.created_at))
                    .bind(micros_or_null(token.expires_at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The token whose secret has this hash, valid or not.
    pub async fn find_token(&self, sha256: &[u8; 32]) -> Result<Option<Token>> {
        let sql = select_tokens!("WHERE sha256 = $1");
        let row = sqlx::query(sql).bind(sha256.to_vec()).fetch_optional(self.readers()).await?;
        row.as_ref().map(read_token).transpose()
    }

    /// Every token that was ever created, oldest first.
    pub async fn list_tokens(&self) -> Result<Vec<Token>> {
        let rows = self.readers().fetch_all(select_tokens!("ORDER BY created_at, id")).await?;
        rows.iter().map(read_token).collect()
    }

    /// Takes a token back, and with it every session that was opened with it. [`Error::NotFound`] where
    /// there is none.
    pub async fn revoke_token(&self, id: &str, at: Timestamp) -> Result<()> {
        self.write((id.to_owned(), at), |connection, (id, at)| {
            Box::pin(async move {
                let sql = "UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
                let revoke = sqlx::query(sql).bind(id.as_str()).bind(micros(*at));
                if revoke.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                let sql = "DELETE FROM session WHERE token = $1";
                sqlx::query(sql).bind(id.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that a token was used, to the minute.
    pub async fn touch_token(&self, token: &Token, at: Timestamp) -> Result<()> {
        if token.last_used_at.is_some_and(|last| at.duration_since(last) < LAST_USED_STEP) {
            return Ok(());
        }
        self.write((token.id.clone(), at), |connection, (id, at)| {
            Box::pin(async move {
                let sql = "UPDATE token SET last_used_at = $2 \
                           WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
                sqlx::query(sql).bind(id.as_str()).bind(micros(*at)).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Opens a session, known by the hash of its secret.
    pub async fn create_session(
        &self,
        sha256: [u8; 32],
        token: &Token,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let job = (sha256, token.id.clone(), created_at, expires_at);
        self.write(job, |connection, (sha256, token, created_at, expires_at)| {
            Box::pin(async move {
                let sql = "INSERT INTO session (sha256, token, created_at, expires_at) \
                           VALUES ($1, $2, $3, $4)";
                sqlx::query(sql)
                    .bind(sha256.to_vec())
                    .bind(token.as_str())
                    .bind(micros(*created_at))
                    .bind(micros(*expires_at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// The session whose secret has this hash, valid or not.
    pub async fn find_session(&self, sha256: &[u8; 32]) -> Result<Option<Session>> {
        let find = sqlx::query(FIND_SESSION).bind(sha256.to_vec());
        let Some(row) = find.fetch_optional(self.readers()).await? else { return Ok(None) };
        Ok(Some(Session {
            token: read_token(&row)?,
            created_at: row.instant("opened_at")?,
            expires_at: row.instant("closes_at")?,
        }))
    }

    /// Ends a session; one that is not there has ended.
    pub async fn end_session(&self, sha256: [u8; 32]) -> Result<()> {
        self.write(sha256, |connection, sha256| {
            Box::pin(async move {
                let sql = "DELETE FROM session WHERE sha256 = $1";
                sqlx::query(sql).bind(sha256.to_vec()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

fn read_token(row: &AnyRow) -> Result<Token> {
    Ok(Token {
        id: row.text("id")?,
        name: row.text("name")?,
        scopes: row.text("scopes")?.split_whitespace().map(str::to_owned).collect(),
        created_at: row.instant("created_at")?,
        expires_at: row.instant_or_null("expires_at")?,
        last_used_at: row.instant_or_null("last_used_at")?,
        revoked_at: row.instant_or_null("revoked_at")?,
    })
}
