//! The differences between SQLite and PostgreSQL that are not in the migrations: how a connection is
//! prepared, how rows are locked, how a transaction begins. Everything else is one SQL text.
//!
//! Never decides what is stored, only how it is asked for.

use crate::error::{Error, Result};
use sqlx::{AnyConnection, AssertSqlSafe, Executor};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// By the scheme of the address.
    pub(crate) fn of(url: &str) -> Result<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            // The address itself may hold a password and is not repeated.
            _ => Err(Error::BadAddress("it must begin with `sqlite:` or `postgres:`".to_owned())),
        }
    }

    /// A statement with its one or two differing words filled in: `{skip_locked}` where rows are claimed
    /// that others may be claiming too, `{for_update}` where a row is read in order to be changed.
    /// SQLite has one writer and needs neither.
    pub(crate) fn sql(self, text: &'static str) -> AssertSqlSafe<String> {
        let (skip_locked, for_update) = match self {
            Self::Sqlite => ("", ""),
            Self::Postgres => ("FOR UPDATE SKIP LOCKED", "FOR UPDATE"),
        };
        AssertSqlSafe(text.replace("{skip_locked}", skip_locked).replace("{for_update}", for_update))
    }

    /// Prepares a connection that writes.
    pub(crate) async fn prepare_writer(self, connection: &mut AnyConnection) -> sqlx::Result<()> {
        let settings: &[&'static str] = match self {
            Self::Sqlite => &[
                "PRAGMA journal_mode = WAL",
                // Anything less loses acknowledged commits when the power goes; see tests/powercut.rs.
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA busy_timeout = 5000",
                // The writer does it itself, after the acknowledgements, and looks at the result.
                "PRAGMA wal_autocheckpoint = 0",
                "PRAGMA journal_size_limit = 67108864",
            ],
            // A node that is stopped in the middle must not keep others from its rows for longer than from its claims.
            Self::Postgres => &["SET idle_in_transaction_session_timeout = '10s'"],
        };
        for setting in settings {
            connection.execute(*setting).await?;
        }
        Ok(())
    }

    /// Prepares a connection that only reads.
    pub(crate) async fn prepare_reader(self, connection: &mut AnyConnection) -> sqlx::Result<()> {
        if self == Self::Sqlite {
            connection.execute("PRAGMA busy_timeout = 5000").await?;
            connection.execute("PRAGMA query_only = ON").await?;
        }
        Ok(())
    }
}
