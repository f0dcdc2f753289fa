//! People: their names, roles and password hashes, their accounts elsewhere, and the one-time codes with which they
//! set a password.
//!
//! A person is never deleted, only disabled: timelines go on naming them. Every change is written to the
//! [audit log](crate::audit) in the same transaction. Never sees a password or a code itself.

use crate::Store;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, micros};
use crate::error::{Error, Failure, Result};
use crate::writer::Connection;
use domain::{Grants, Timestamp};
use sqlx::Executor;
use sqlx::any::AnyRow;

/// Somebody who may sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Identifier.
    pub id: String,
    /// Name, as timelines show it.
    pub name: String,
    /// Address by which they sign in, in small letters.
    pub email: Option<String>,
    /// Hash of the password in PHC's notation, if they have one.
    pub password: Option<String>,
    /// What they may do.
    pub roles: Grants,
    /// Grows whenever all sessions end.
    pub epoch: u32,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A one-time code to set a password with, known by its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub sha256: [u8; 32],
    /// For whom; `None` for the first person, whoever that is.
    pub person: Option<String>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

macro_rules! select_people {
    ($conditions:literal) => {
        concat!(
            "SELECT id, name, email, password, roles, epoch, created_at, signed_in_at, disabled_at FROM person ",
            $conditions
        )
    };
}

impl Store {
    /// The person of that identifier.
    pub async fn find_person(&self, id: &str) -> Result<Option<Person>> {
        self.one_person(select_people!("WHERE id = $1"), id).await
    }

    /// The person with that address, in small letters.
    pub async fn find_person_by_email(&self, email: &str) -> Result<Option<Person>> {
        self.one_person(select_people!("WHERE email = $1"), email).await
    }

    /// The person whom an account elsewhere belongs to.
    pub async fn find_identity(&self, issuer: &str, subject: &str) -> Result<Option<Person>> {
        let sql =
            select_people!("WHERE id = (SELECT person FROM identity WHERE issuer = $1 AND subject = $2)");
        let find = sqlx::query(sql).bind(clean(issuer)).bind(clean(subject));
        find.fetch_optional(self.readers()).await?.as_ref().map(read_person).transpose()
    }

    async fn one_person(&self, sql: &'static str, key: &str) -> Result<Option<Person>> {
        let row = sqlx::query(sql).bind(clean(key)).fetch_optional(self.readers()).await?;
        row.as_ref().map(read_person).transpose()
    }

    /// Everybody, by name.
    pub async fn list_people(&self) -> Result<Vec<Person>> {
        let rows = self.readers().fetch_all(select_people!("ORDER BY name, id")).await?;
        rows.iter().map(read_person).collect()
    }

    /// Whether there is nobody yet.
    pub async fn has_no_people(&self) -> Result<bool> {
        Ok(self.readers().fetch_optional("SELECT 1 AS found FROM person LIMIT 1").await?.is_none())
    }

    /// Adds a person. [`Error::Taken`] where somebody has the address.
    pub async fn create_person(&self, person: Person, deed: Deed) -> Result<()> {
        self.write((person, deed), |connection, (person, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                insert(connection, person).await
            })
        })
        .await
    }

    /// Adds the first person, with the code that was printed for it. [`Error::NotFound`] where the code is not
    /// valid or somebody was there before: from then on no such code is.
    pub async fn create_first_person(&self, person: Person, code: [u8; 32], deed: Deed) -> Result<()> {
        self.write((person, code, deed), |connection, (person, code, deed)| {
            Box::pin(async move {
                // It locks the log, so that of two at once the second sees the first.
                audit::append(connection, deed).await?;
                let found = connection.fetch_optional("SELECT 1 AS found FROM person LIMIT 1").await?;
                if found.is_some() {
                    return Err(Error::NotFound.into());
                }
                take_invitation(connection, code, None, deed.at).await?;
                connection.execute("DELETE FROM invitation WHERE person IS NULL").await?;
                insert(connection, person).await
            })
        })
        .await
    }

    /// Adds a person together with the account elsewhere by which they are known.
    pub async fn create_person_of(
        &self,
        person: Person,
        (issuer, subject): (String, String),
        deed: Deed,
    ) -> Result<()> {
        self.write((person, issuer, subject, deed), |connection, (person, issuer, subject, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                insert(connection, person).await?;
                let sql =
                    "INSERT INTO identity (issuer, subject, person, created_at) VALUES ($1, $2, $3, $4)";
                sqlx::query(sql)
                    .bind(clean(issuer))
                    .bind(clean(subject))
                    .bind(person.id.as_str())
                    .bind(micros(deed.at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives other roles. All sessions of the person end.
    pub async fn change_roles(&self, id: &str, roles: &Grants, deed: Deed) -> Result<()> {
        let sql = "UPDATE person SET roles = $2, epoch = epoch + 1 WHERE id = $1";
        self.change_person(id, roles.to_string(), sql, deed).await
    }

    /// Sets the hash of a new password. All sessions of the person end.
    pub async fn change_password(&self, id: &str, phc: String, deed: Deed) -> Result<()> {
        let sql = "UPDATE person SET password = $2, epoch = epoch + 1 WHERE id = $1";
        self.change_person(id, phc, sql, deed).await
    }

    /// Sets the hash of a new password with a one-time code that was made for the person.
    pub async fn accept_invitation(&self, id: &str, code: [u8; 32], phc: String, deed: Deed) -> Result<()> {
        self.write((id.to_owned(), code, phc, deed), |connection, (id, code, phc, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                take_invitation(connection, code, Some(id), deed.at).await?;
                let sql = "UPDATE person SET password = $2, epoch = epoch + 1 WHERE id = $1";
                sqlx::query(sql).bind(id.as_str()).bind(phc.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends every session of a person.
    pub async fn end_sessions(&self, id: &str, deed: Deed) -> Result<()> {
        let sql = "UPDATE person SET epoch = epoch + 1 WHERE id = $1 AND name <> $2";
        // No name is empty: the second value is there because every change has one.
        self.change_person(id, String::new(), sql, deed).await
    }

    /// Lets nobody sign in as this person any more, ends their sessions and takes their tokens back.
    pub async fn disable_person(&self, id: &str, deed: Deed) -> Result<()> {
        self.write((id.to_owned(), deed), |connection, (id, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let sql = "UPDATE person SET disabled_at = coalesce(disabled_at, $2), epoch = epoch + 1 \
                           WHERE id = $1";
                let disable = sqlx::query(sql).bind(id.as_str()).bind(micros(deed.at));
                if disable.execute(&mut *connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                let sql = "UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE person = $1";
                sqlx::query(sql).bind(id.as_str()).bind(micros(deed.at)).execute(&mut *connection).await?;
                let sql = "DELETE FROM invitation WHERE person = $1";
                sqlx::query(sql).bind(id.as_str()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Lets a person who was disabled sign in again. Tokens stay taken back.
    pub async fn enable_person(&self, id: &str, deed: Deed) -> Result<()> {
        let sql = "UPDATE person SET disabled_at = NULL WHERE id = $1 AND name <> $2";
        self.change_person(id, String::new(), sql, deed).await
    }

    pub(crate) async fn change_person(
        &self,
        id: &str,
        value: String,
        sql: &'static str,
        deed: Deed,
    ) -> Result<()> {
        self.write((id.to_owned(), value, sql, deed), |connection, (id, value, sql, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let change = sqlx::query(*sql).bind(id.as_str()).bind(value.as_str());
                if change.execute(connection).await?.rows_affected() == 0 {
                    return Err(Error::NotFound.into());
                }
                Ok(())
            })
        })
        .await
    }

    /// Keeps a one-time code.
    pub async fn create_invitation(&self, invitation: Invitation, deed: Deed) -> Result<()> {
        self.write((invitation, deed), |connection, (invitation, deed)| {
            Box::pin(async move {
                audit::append(connection, deed).await?;
                let sql = "INSERT INTO invitation (sha256, person, expires_at) VALUES ($1, $2, $3)";
                sqlx::query(sql)
                    .bind(invitation.sha256.to_vec())
                    .bind(invitation.person.as_deref())
                    .bind(micros(invitation.expires_at))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Every code that is still good.
    pub async fn list_invitations(&self, now: Timestamp) -> Result<Vec<Invitation>> {
        let sql = "SELECT sha256, person, expires_at FROM invitation WHERE expires_at > $1";
        let rows = sqlx::query(sql).bind(micros(now)).fetch_all(self.readers()).await?;
        let read = |row: &AnyRow| {
            Ok(Invitation {
                sha256: row.hash("sha256")?,
                person: row.text_or_null("person")?,
                expires_at: row.instant("expires_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

async fn insert(connection: &mut Connection, person: &Person) -> Result<(), Failure> {
    let sql = "INSERT INTO person (id, name, email, password, roles, epoch, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email) DO NOTHING";
    let inserted = sqlx::query(sql)
        .bind(person.id.as_str())
        .bind(clean(&person.name))
        .bind(person.email.as_deref().map(clean))
        .bind(person.password.as_deref())
        .bind(person.roles.to_string())
        .bind(i64::from(person.epoch))
        .bind(micros(person.created_at))
        .execute(connection)
        .await?;
    if inserted.rows_affected() == 0 { Err(Error::Taken.into()) } else { Ok(()) }
}

/// Takes a code that is good for this person, or for the first one.
async fn take_invitation(
    connection: &mut Connection,
    code: &[u8; 32],
    person: Option<&String>,
    now: Timestamp,
) -> Result<(), Failure> {
    let sql = "DELETE FROM invitation WHERE sha256 = $1 AND expires_at > $2 \
               AND coalesce(person, '') = $3";
    let taken = sqlx::query(sql)
        .bind(code.to_vec())
        .bind(micros(now))
        .bind(person.map_or("", String::as_str))
        .execute(connection)
        .await?;
    if taken.rows_affected() == 0 { Err(Error::NotFound.into()) } else { Ok(()) }
}

pub(crate) fn read_person(row: &AnyRow) -> Result<Person> {
    Ok(Person {
        id: row.text("id")?,
        name: row.text("name")?,
        email: row.text_or_null("email")?,
        password: row.text_or_null("password")?,
        roles: grants(&row.text("roles")?)?,
        epoch: row.number("epoch")?,
        created_at: row.instant("created_at")?,
        signed_in_at: row.instant_or_null("signed_in_at")?,
        disabled_at: row.instant_or_null("disabled_at")?,
    })
}

pub(crate) fn grants(text: &str) -> Result<Grants> {
    Grants::parse(text).ok_or_else(|| Error::Corrupt(format!("`{text}` are no roles")))
}
