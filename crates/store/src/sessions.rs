//! Sessions of the console: of people, and of tokens that somebody signed in with. A session is known by the
//! hash of its secret, and ends by time, when it is idle, by hand, and with whom it belongs to.
//!
//! Never prolongs a session beyond the end it was opened with.

use crate::Store;
use crate::access::Token;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, micros};
use crate::error::Result;
use crate::people::Person;
use domain::{Grants, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

/// How exactly the last use is kept: a write per request would help nobody.
const SEEN_STEP: SignedDuration = SignedDuration::from_mins(1);
/// A session that is not used for so long ends.
pub const IDLE: SignedDuration = SignedDuration::from_hours(2);

/// Whose a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person who proved who they are.
    Person(Person),
    /// Whoever had the token.
    Token(Token),
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its secret, which also names it.
    pub sha256: [u8; 32],
    /// Whose it is.
    pub holder: Holder,
    /// The person's epoch when it was opened; it ends when that moves on.
    pub epoch: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Network address from which it was opened.
    pub address: String,
    /// What the browser called itself.
    pub agent: String,
}

impl Session {
    /// Whether it still lasts at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        let lasts = now < self.expires_at && now.duration_since(self.seen_at) < IDLE;
        lasts
            && match &self.holder {
                Holder::Person(person) => person.disabled_at.is_none() && person.epoch == self.epoch,
                Holder::Token(token) => token.is_valid(now),
            }
    }

    /// Name of whose it is.
    pub fn name(&self) -> &str {
        match &self.holder {
            Holder::Person(person) => &person.name,
            Holder::Token(token) => &token.name,
        }
    }

    /// What whose it is may do.
    pub fn grants(&self) -> &Grants {
        match &self.holder {
            Holder::Person(person) => &person.roles,
            Holder::Token(token) => &token.grants,
        }
    }
}

/// A session to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its secret.
    pub sha256: [u8; 32],
    /// Whose it is.
    pub holder: Holder,
    /// When it is opened.
    pub opened_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Network address from which it is opened.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
}

macro_rules! select_sessions {
    ($conditions:literal) => {
        concat!(
            "SELECT sha256, person, token, epoch, opened_at, seen_at, expires_at, address, agent \
             FROM console_session ",
            $conditions
        )
    };
}

const OPEN: &str = "\
INSERT INTO console_session (sha256, person, token, epoch, opened_at, seen_at, expires_at, address, agent) \
VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)";

impl Store {
    /// Opens a session. Whoever it belongs to was last signed in now.
    pub async fn open_session(&self, session: NewSession, deed: Deed) -> Result<()> {
        self.write((session, deed), |connection, (session, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let (person, token, epoch) = match &session.holder {
                    Holder::Person(person) => (Some(person.id.as_str()), None, person.epoch),
                    Holder::Token(token) => (None, Some(token.id.as_str()), 0),
                };
                sqlx::query(OPEN)
                    .bind(session.sha256.to_vec())
                    .bind(person)
                    .bind(token)
                    .bind(i64::from(epoch))
                    .bind(micros(session.opened_at))
                    .bind(micros(session.expires_at))
                    .bind(clean(&session.address))
                    .bind(clean(&session.agent))
                    .execute(&mut *connection)
                    .await?;
                let sql = "UPDATE person SET signed_in_at = $2 WHERE id = $1";
                let note = sqlx::query(sql).bind(person).bind(micros(session.opened_at));
                note.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// The session whose secret has this hash, valid or not.
    pub async fn find_session(&self, sha256: &[u8; 32]) -> Result<Option<Session>> {
        let find = sqlx::query(select_sessions!("WHERE sha256 = $1")).bind(sha256.to_vec());
        let Some(row) = find.fetch_optional(self.readers()).await? else { return Ok(None) };
        self.with_holder(&row).await
    }

    /// The valid sessions of a person, the last used first.
    pub async fn list_sessions(&self, person: &Person, now: Timestamp) -> Result<Vec<Session>> {
        let sql = select_sessions!("WHERE person = $1 ORDER BY seen_at DESC, opened_at DESC");
        let rows = sqlx::query(sql).bind(person.id.as_str()).fetch_all(self.readers()).await?;
        let sessions = rows.iter().map(|row| read(row, Holder::Person(person.clone())));
        let sessions: Vec<Session> = sessions.collect::<Result<_>>()?;
        Ok(sessions.into_iter().filter(|session| session.is_valid(now)).collect())
    }

    /// Notes that a session was used, to the minute.
    pub async fn touch_session(&self, session: &Session, at: Timestamp) -> Result<()> {
        if at.duration_since(session.seen_at) < SEEN_STEP {
            return Ok(());
        }
        self.write((session.sha256, at), |connection, (sha256, at)| {
            Box::pin(async move {
                let sql = "UPDATE console_session SET seen_at = $2 WHERE sha256 = $1 AND seen_at < $2";
                sqlx::query(sql).bind(sha256.to_vec()).bind(micros(*at)).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends a session; one that is not there has ended.
    pub async fn end_session(&self, sha256: [u8; 32], deed: Deed) -> Result<()> {
        self.write((sha256, deed), |connection, (sha256, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let sql = "DELETE FROM console_session WHERE sha256 = $1";
                sqlx::query(sql).bind(sha256.to_vec()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends every session of a person but this one.
    pub async fn end_other_sessions(&self, person: &str, kept: [u8; 32], deed: Deed) -> Result<()> {
        self.write((person.to_owned(), kept, deed), |connection, (person, kept, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let sql = "DELETE FROM console_session WHERE person = $1 AND sha256 <> $2";
                let end = sqlx::query(sql).bind(person.as_str()).bind(kept.to_vec());
                end.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    async fn with_holder(&self, row: &AnyRow) -> Result<Option<Session>> {
        let holder = match (row.text_or_null("person")?, row.text_or_null("token")?) {
            (Some(id), _) => self.find_person(&id).await?.map(Holder::Person),
            (None, Some(id)) => self.find_token_by_id(&id).await?.map(Holder::Token),
            (None, None) => None,
        };
        holder.map(|holder| read(row, holder)).transpose()
    }
}

fn read(row: &AnyRow, holder: Holder) -> Result<Session> {
    Ok(Session {
        sha256: row.hash("sha256")?,
        holder,
        epoch: row.number("epoch")?,
        opened_at: row.instant("opened_at")?,
        seen_at: row.instant("seen_at")?,
        expires_at: row.instant("expires_at")?,
        address: row.text_or_null("address")?.unwrap_or_default(),
        agent: row.text("agent")?,
    })
}
