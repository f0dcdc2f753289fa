//! What can go wrong, by what the caller can do about it.
//!
//! Never a driver's error type: no other crate knows which driver there is.

use crate::incidents::Committed;
use std::fmt;

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The incident was changed meanwhile: load it again and decide again.
    Conflict {
        /// Version that it has now.
        version: u32,
    },
    /// Another owner took the work over after the lease ran out: drop it.
    LostLease,
    /// There is no such thing.
    NotFound,
    /// Somebody else has that name already.
    Taken,
    /// The key was already used, for another request than this one. Holds what the first one did.
    Duplicate(Committed),
    /// Not now: busy, out of reach or out of space. Nothing was written; try again later.
    Unavailable(String),
    /// Reading works, writing does not until a restart: the disk failed, or it was opened for reading.
    ReadOnly(String),
    /// The database was written by a later release: start that one.
    TooNew {
        /// Schema of the database.
        database: u32,
        /// Latest schema that this binary knows.
        binary: u32,
    },
    /// The address of the database is wrong: correct the configuration.
    BadAddress(String),
    /// What is stored cannot be right: run `doctor`, restore a backup.
    Corrupt(String),
}

/// Short for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { version } => {
                write!(f, "the incident was changed meanwhile; it is at version {version} now")
            }
            Self::LostLease => write!(f, "the lease ran out and another owner took the work over"),
            Self::NotFound => write!(f, "there is no such thing"),
            Self::Taken => write!(f, "somebody else has that name already"),
            Self::Duplicate(committed) => {
                write!(f, "the key was already used for a request on incident `{}`", committed.incident)
            }
            Self::Unavailable(why) => write!(f, "the database is not available: {why}"),
            Self::ReadOnly(why) => write!(f, "the database takes no writes: {why}"),
            Self::TooNew { database, binary } => write!(
                f,
                "the database has schema {database}, this binary knows schemas up to {binary}; start the \
                 later release that wrote it"
            ),
            Self::BadAddress(why) => write!(f, "the address of the database is wrong: {why}"),
            Self::Corrupt(what) => write!(f, "the database is corrupt: {what}"),
        }
    }
}

impl std::error::Error for Error {}

/// Why a job inside a transaction failed: told by us, or by the database. Kept apart until the writer has
/// looked at it, because only the database's own errors can ask for another try.
#[derive(Debug)]
pub(crate) enum Failure {
    Told(Error),
    Sql(sqlx::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Told(error) => error,
            Failure::Sql(error) => error.into(),
        }
    }
}

impl Failure {
    /// Whether PostgreSQL says that the same transaction may well succeed on the next try: two met, and
    /// this one had to give way.
    pub(crate) fn may_succeed_again(&self) -> bool {
        matches!(self, Self::Sql(error) if matches!(code(error).as_deref(), Some("40001" | "40P01")))
    }

    /// Whether it is the job's own fault, so that its neighbours in the same transaction are unharmed. An
    /// error of disk, memory or locks may have rolled back all of them without saying so.
    pub(crate) fn is_the_jobs_own(&self) -> bool {
        match self {
            Self::Told(_) => true,
            // Error in the statement, constraint, type.
            Self::Sql(error @ sqlx::Error::Database(_)) => {
                matches!(code(error).and_then(|code| primary(&code)), Some(1 | 19 | 20))
            }
            Self::Sql(error) => matches!(
                error,
                sqlx::Error::RowNotFound
                    | sqlx::Error::ColumnNotFound(_)
                    | sqlx::Error::ColumnDecode { .. }
                    | sqlx::Error::Encode(_)
            ),
        }
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// SQLite's primary result code; the rest of the number says where exactly.
fn primary(code: &str) -> Option<u32> {
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as Sql;
        match &error {
            Sql::RowNotFound => Self::NotFound,
            Sql::Configuration(why) => Self::BadAddress(why.to_string()),
            Sql::Io(_) | Sql::Tls(_) | Sql::PoolTimedOut | Sql::PoolClosed | Sql::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            Sql::Database(database) => {
                let code = database.code().unwrap_or_default();
                // PostgreSQL's codes have five characters, SQLite's numbers never reach that many digits.
                let classify = if code.len() == 5 { of_postgres } else { of_sqlite };
                classify(&code, database.message().to_owned())
            }
            _ => Self::Corrupt(error.to_string()),
        }
    }
}

/// By the classes of appendix A of PostgreSQL's manual.
fn of_postgres(code: &str, message: String) -> Error {
    match code.get(..2) {
        // Connection, resources, operator's intervention, system error, lock not available, transaction
        // rolled back, limits of the program, and accounts and databases that do not exist (yet).
        Some("08" | "53" | "57" | "58" | "55" | "40" | "54" | "28" | "3D") => Error::Unavailable(message),
        Some("25") => Error::ReadOnly(message),
        _ => Error::Corrupt(message),
    }
}

fn of_sqlite(code: &str, message: String) -> Error {
    /// The file that coordinates readers and writers could not grow: a full disk, not a failing one.
    const SHARED_MEMORY_SIZE: u32 = 4874;
    if code.parse() == Ok(SHARED_MEMORY_SIZE) {
        return Error::Unavailable(message);
    }
    match primary(code) {
        // Busy, locked, out of memory, interrupted, full, cannot open, protocol (a race while opening).
        Some(5 | 6 | 7 | 9 | 13 | 14 | 15) => Error::Unavailable(message),
        // Read-only, input/output error.
        Some(8 | 10) => Error::ReadOnly(message),
        _ => Error::Corrupt(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_can_be_waited_for_and_a_failing_one_cannot() {
        let unavailable = |error| matches!(error, Error::Unavailable(_));
        let read_only = |error| matches!(error, Error::ReadOnly(_));
        assert!(unavailable(of_sqlite("13", "full".into())));
        assert!(unavailable(of_sqlite("4874", "shm".into())));
        assert!(read_only(of_sqlite("1034", "fsync".into())));
        assert!(read_only(of_sqlite("778", "write".into())));
        assert!(unavailable(of_postgres("53100", "full".into())));
        assert!(matches!(of_sqlite("11", "malformed".into()), Error::Corrupt(_)));
    }
}
