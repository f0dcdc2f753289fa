//! What operators have posted and can still take back: a command as its sender wrote it, until its time comes.
//! It is on the disk before anybody is told that it was taken, so a crash in between loses nothing; whoever
//! claims it carries it out under its identifier as request key, so it happens once.
//!
//! Never reads the command.

use crate::Store;
use crate::audit::{self, Deed};
use crate::columns::{Columns, clean, length, micros};
use crate::error::{Error, Result};
use domain::{IncidentId, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;

/// A command that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCommand {
    /// Identifier, and key of the request that carries it out.
    pub id: String,
    /// The incident that it changes or opens.
    pub incident: IncidentId,
    /// The command, in a shape that its sender owns.
    pub command: String,
    /// Name under which it is recorded.
    pub by: String,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it is carried out.
    pub due_at: Timestamp,
    /// What became of it.
    pub state: HeldState,
    /// Why it could not be carried out.
    pub error: Option<String>,
}

/// What became of a held command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeldState {
    /// It can be taken back.
    Waiting,
    /// Somebody carries it out.
    Running,
    /// It was carried out.
    Done,
    /// It was taken back.
    Undone,
    /// It could not be carried out.
    Failed,
}

impl HeldState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Running, Self::Done, Self::Undone, Self::Failed];

    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Undone => "undone",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

macro_rules! select_held {
    ($conditions:literal) => {
        concat!(
            "SELECT id, incident, command, made_by, created_at, due_at, state, error FROM held_command ",
            $conditions
        )
    };
}

const HOLD: &str = "\
INSERT INTO held_command (id, incident, command, made_by, created_at, due_at, state) \
VALUES ($1, $2, $3, $4, $5, $6, 'waiting') ON CONFLICT (id) DO NOTHING";

const CLAIM: &str = "\
UPDATE held_command SET state = 'running', claimed_until = (SELECT now_at FROM database_clock) + $2 \
WHERE id = $1 AND (state = 'waiting' \
  OR (state = 'running' AND claimed_until <= (SELECT now_at FROM database_clock))) \
RETURNING id, incident, command, made_by, created_at, due_at, state, error";

const DUE: &str = "\
SELECT id FROM held_command WHERE (state = 'waiting' AND due_at <= $1) \
  OR (state = 'running' AND claimed_until <= (SELECT now_at FROM database_clock)) \
ORDER BY due_at, id LIMIT $2";

impl Store {
    /// Holds a command. Held again under the same id, the first stands; it is what comes back.
    pub async fn hold_command(&self, held: HeldCommand, deed: Deed) -> Result<HeldCommand> {
        let id = held.id.clone();
        self.write((held, deed), |connection, (held, deed)| {
            Box::pin(async move {
                let inserted = sqlx::query(HOLD)
                    .bind(held.id.as_str())
                    .bind(held.incident.as_str())
                    .bind(clean(&held.command))
                    .bind(clean(&held.by))
                    .bind(micros(held.created_at))
                    .bind(micros(held.due_at))
                    .execute(&mut *connection)
                    .await?;
                if inserted.rows_affected() > 0 {
                    audit::append(connection, deed).await?;
                }
                Ok(())
            })
        })
        .await?;
        self.held_command(&id).await
    }

    /// The held command of that id. [`Error::NotFound`] where there is none.
    pub async fn held_command(&self, id: &str) -> Result<HeldCommand> {
        let sql = select_held!("WHERE id = $1");
        let row = sqlx::query(sql).bind(clean(id)).fetch_optional(self.readers()).await?;
        row.as_ref().map(read).transpose()?.ok_or(Error::NotFound)
    }

    /// Held commands on which somebody may want to act: those that wait, and those that failed.
    pub async fn list_held_commands(&self, limit: u32) -> Result<Vec<HeldCommand>> {
        let sql =
            select_held!("WHERE state IN ('waiting', 'running', 'failed') ORDER BY due_at, id LIMIT $1");
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(self.readers()).await?;
        rows.iter().map(read).collect()
    }

    /// Identifiers of those whose time has come at `now`, and of those whose carrier was lost.
    pub async fn due_held_commands(&self, now: Timestamp, limit: u32) -> Result<Vec<String>> {
        let due = sqlx::query(DUE).bind(micros(now)).bind(i64::from(limit));
        due.fetch_all(self.readers()).await?.iter().map(|row| row.text("id")).collect()
    }

    /// Takes a held command on for as long as `lease`; `None` where somebody else did, or it was taken back.
    pub async fn claim_held_command(&self, id: &str, lease: SignedDuration) -> Result<Option<HeldCommand>> {
        self.write((clean(id), lease), |connection, (id, lease)| {
            Box::pin(async move {
                let claim = sqlx::query(CLAIM).bind(id.as_str()).bind(length(*lease));
                Ok(claim.fetch_optional(connection).await?.as_ref().map(read).transpose()?)
            })
        })
        .await
    }

    /// Records that it was carried out, or why it could not be.
    pub async fn finish_held_command(&self, id: &str, error: Option<String>) -> Result<()> {
        self.write((clean(id), error), |connection, (id, error)| {
            Box::pin(async move {
                let sql =
                    "UPDATE held_command SET state = $2, error = $3 WHERE id = $1 AND state = 'running'";
                let state = if error.is_some() { HeldState::Failed } else { HeldState::Done };
                sqlx::query(sql)
                    .bind(id.as_str())
                    .bind(state.as_str())
                    .bind(error.as_deref().map(clean))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets those that left or were taken back, and that were due before then.
    pub async fn prune_held_commands(&self, before: Timestamp) -> Result<()> {
        self.write(before, |connection, before| {
            Box::pin(async move {
                let sql = "DELETE FROM held_command WHERE state IN ('done', 'undone') AND due_at < $1";
                sqlx::query(sql).bind(micros(*before)).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes it back; false where it has left already. One that failed is put away.
    pub async fn undo_held_command(&self, id: &str, deed: Deed) -> Result<bool> {
        self.write((clean(id), deed), |connection, (id, deed)| {
            Box::pin(async move {
                let sql = "UPDATE held_command SET state = 'undone' \
                           WHERE id = $1 AND state IN ('waiting', 'failed')";
                let undone = sqlx::query(sql).bind(id.as_str()).execute(&mut *connection).await?;
                if undone.rows_affected() == 0 {
                    return Ok(false);
                }
                audit::append(connection, deed).await?;
                Ok(true)
            })
        })
        .await
    }
}

fn read(row: &AnyRow) -> Result<HeldCommand> {
    let state = row.text("state")?;
    Ok(HeldCommand {
        id: row.text("id")?,
        incident: row.incident_id("incident")?,
        command: row.text("command")?,
        by: row.text("made_by")?,
        created_at: row.instant("created_at")?,
        due_at: row.instant("due_at")?,
        state: HeldState::parse(&state)
            .ok_or_else(|| Error::Corrupt(format!("a held command is `{state}`")))?,
        error: row.text_or_null("error")?,
    })
}
