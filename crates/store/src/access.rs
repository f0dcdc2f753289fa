//! Tokens of people and programs. Only hashes of secrets are kept.
//!
//! A secret is found by looking up its hash. That needs no comparison in constant time: how long the look-up
//! takes tells something about the hash that was asked for, and nobody can choose secrets by the beginning
//! of their hash well enough to approach another one of 256 random bits. Never sees a secret itself.

use crate::Store;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, micros, micros_or_null};
use crate::error::{Error, Result};
use crate::people::grants;
use domain::{Grants, Role, Slug, Timestamp};
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
    /// Where; empty for everywhere.
    pub environments: Vec<Slug>,
    /// Who made it for themselves; it never reaches further than they do.
    pub person: Option<String>,
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
    /// Where; empty for everywhere.
    pub environments: Vec<Slug>,
    /// Who made it for themselves.
    pub person: Option<String>,
    /// What follows from scopes, environments and the roles that its person has now.
    pub grants: Grants,
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

const CREATE: &str = "\
INSERT INTO token (id, name, sha256, scopes, environments, person, created_at, expires_at) \
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Naming the columns keeps running nodes well when a later release adds one.
macro_rules! select_tokens {
    ($conditions:literal) => {
        concat!(
            "SELECT token.id, token.name, scopes, environments, person, token.created_at, expires_at, \
             last_used_at, revoked_at, roles FROM token LEFT JOIN person ON person.id = token.person ",
            $conditions
        )
    };
}

impl Store {
    /// Creates a token.
    pub async fn create_token(&self, token: NewToken, deed: Deed) -> Result<()> {
        self.write((token, deed), |connection, (token, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                sqlx::query(CREATE)
                    .bind(clean(&token.id))
                    .bind(clean(&token.name))
                    .bind(token.sha256.to_vec())
                    .bind(clean(&token.scopes.join(" ")))
                    .bind(write_environments(&token.environments))
                    .bind(token.person.as_deref())
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

    /// The token of that public part, valid or not.
    pub async fn find_token_by_id(&self, id: &str) -> Result<Option<Token>> {
        let sql = select_tokens!("WHERE token.id = $1");
        let row = sqlx::query(sql).bind(clean(id)).fetch_optional(self.readers()).await?;
        row.as_ref().map(read_token).transpose()
    }

    /// Every token that was ever created, oldest first.
    pub async fn list_tokens(&self) -> Result<Vec<Token>> {
        let rows = self.readers().fetch_all(select_tokens!("ORDER BY token.created_at, token.id")).await?;
        rows.iter().map(read_token).collect()
    }

    /// Takes a token back, and with it every session that was opened with it. [`Error::NotFound`] where
    /// there is none.
    pub async fn revoke_token(&self, id: &str, deed: Deed) -> Result<()> {
        self.write((id.to_owned(), deed), |connection, (id, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let sql = "UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1";
                let revoke = sqlx::query(sql).bind(id.as_str()).bind(micros(deed.at));
                if revoke.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                let sql = "DELETE FROM console_session WHERE token = $1";
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
}

fn write_environments(environments: &[Slug]) -> String {
    if environments.is_empty() {
        return "*".to_owned();
    }
    environments.iter().map(Slug::as_str).collect::<Vec<_>>().join(" ")
}

fn read_environments(text: &str) -> Result<Vec<Slug>> {
    if text == "*" {
        return Ok(Vec::new());
    }
    let slug = |word: &str| {
        Slug::parse(word).ok_or_else(|| Error::Corrupt(format!("a token is for environment `{word}`")))
    };
    let environments: Vec<Slug> = text.split_whitespace().map(slug).collect::<Result<_>>()?;
    // No list at all would read as everywhere.
    if environments.is_empty() {
        Err(Error::Corrupt("a token is for no environment".to_owned()))
    } else {
        Ok(environments)
    }
}

/// The role that a scope is; a word that is none gives nothing.
fn role_of(scope: &str) -> Option<Role> {
    match scope {
        "read" => Some(Role::Viewer),
        "write" => Some(Role::Responder),
        "admin" => Some(Role::Admin),
        _ => None,
    }
}

fn read_token(row: &AnyRow) -> Result<Token> {
    let scopes: Vec<String> = row.text("scopes")?.split_whitespace().map(str::to_owned).collect();
    let environments = read_environments(&row.text("environments")?)?;
    let own = match scopes.iter().filter_map(|scope| role_of(scope)).max() {
        None => Grants::default(),
        Some(role) if environments.is_empty() => Grants::everywhere(role),
        Some(role) => Grants::within(role, environments.iter().cloned()),
    };
    let grants = match row.text_or_null("roles")? {
        Some(roles) => own.meet(&grants(&roles)?),
        None => own,
    };
    Ok(Token {
        id: row.text("id")?,
        name: row.text("name")?,
        scopes,
        environments,
        person: row.text_or_null("person")?,
        grants,
        created_at: row.instant("created_at")?,
        expires_at: row.instant_or_null("expires_at")?,
        last_used_at: row.instant_or_null("last_used_at")?,
        revoked_at: row.instant_or_null("revoked_at")?,
    })
}
