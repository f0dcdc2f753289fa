//! Opening a database: the address, the pools, the checks that come before the first job.
//!
//! Never opens a file that another process writes, and never one that a later release has moved on.

use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::migrate;
use crate::writer::Writer;
use crate::{Inner, Store, Writing};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Executor, Row};
use std::fs::{File, TryLockError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Connections that read beside SQLite's writer. Pages are rendered once per change, so few read at once.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL of one node.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Longest wait for a connection before the caller is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
const IN_MEMORY: &str = "sqlite::memory:";

impl Store {
    /// Opens the database at `url` and brings its schema forward. `sqlite:path` creates the file where it is
    /// missing, `sqlite::memory:` lives as long as the store, `postgres://…` must exist. `node` is the name
    /// under which this process takes leases.
    pub async fn open(url: &str, node: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let store = match Dialect::of(url)? {
            Dialect::Sqlite if url == IN_MEMORY => open_memory(node).await?,
            Dialect::Sqlite => open_file(url, node).await?,
            Dialect::Postgres => open_postgres(url, node).await?,
        };
        store.forget_old_leases().await?;
        Ok(store)
    }

    /// Opens the database for reading only, beside the process that writes it. It is neither created nor
    /// brought forward.
    pub async fn open_for_reading(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of(url)?;
        let address =
            if dialect == Dialect::Sqlite { file_address(&path(url)?, "rw") } else { url.to_owned() };
        let readers = reader_pool(dialect, &address).await?;
        migrate::check(dialect, &mut *readers.acquire().await?).await?;
        let writing = Writing::Refused("it was opened for reading only".to_owned());
        Ok(store(dialect, "reader", readers, writing, Arc::default()))
    }

    /// Leases that this node held before it was restarted. On SQLite there is no other node.
    async fn forget_old_leases(&self) -> Result<()> {
        self.write((self.inner.dialect, self.inner.node.clone()), |connection, (dialect, node)| {
            Box::pin(async move {
                let all = i64::from(*dialect == Dialect::Sqlite);
                for sql in [
                    "UPDATE vendor SET lease_until = 0 \
                     WHERE lease_until > 0 AND ($1 = 1 OR lease_owner = $2)",
                    "UPDATE outbox SET claimed_until = 0 \
                     WHERE state IN ('waiting', 'published') AND claimed_until > 0 \
                     AND ($1 = 1 OR claimed_by = $2)",
                    "UPDATE delivery SET claimed_until = 0 \
                     WHERE state = 'waiting' AND claimed_until > 0 AND ($1 = 1 OR claimed_by = $2)",
                    "UPDATE watch_lease SET lease_until = 0 \
                     WHERE lease_until > 0 AND ($1 = 1 OR owner = $2)",
                    "UPDATE page_copy SET lease_until = 0 \
                     WHERE lease_until > 0 AND ($1 = 1 OR owner = $2)",
                ] {
                    sqlx::query(sql).bind(all).bind(node.as_str()).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

fn store(
    dialect: Dialect,
    node: &str,
    readers: AnyPool,
    writing: Writing,
    read_only: Arc<OnceLock<String>>,
) -> Store {
    Store { inner: Arc::new(Inner { dialect, node: node.to_owned(), readers, writing, read_only }) }
}

/// One connection for everything, because a second one would see another database.
async fn open_memory(node: &str) -> Result<Store> {
    let pool = writer_pool(Dialect::Sqlite, IN_MEMORY, 1).await?;
    migrate::migrate(Dialect::Sqlite, &mut *pool.acquire().await?).await?;
    let read_only = Arc::default();
    let writer = Writer::start(pool.clone(), true, Arc::clone(&read_only), ());
    Ok(store(Dialect::Sqlite, node, pool, Writing::Queue(writer), read_only))
}

async fn open_file(url: &str, node: &str) -> Result<Store> {
    let path = path(url)?;
    let lock = lock_file(&path)?;
    let pool = writer_pool(Dialect::Sqlite, &file_address(&path, "rwc"), 1).await?;
    {
        let mut connection = pool.acquire().await?;
        check_journal(&mut connection).await?;
        migrate::migrate(Dialect::Sqlite, &mut connection).await?;
    }
    let readers = reader_pool(Dialect::Sqlite, &file_address(&path, "rw")).await?;
    let read_only = Arc::default();
    let writer = Writer::start(pool, false, Arc::clone(&read_only), lock);
    Ok(store(Dialect::Sqlite, node, readers, Writing::Queue(writer), read_only))
}

async fn open_postgres(url: &str, node: &str) -> Result<Store> {
    let pool = writer_pool(Dialect::Postgres, url, POSTGRES_CONNECTIONS).await?;
    migrate::migrate(Dialect::Postgres, &mut *pool.acquire().await?).await?;
    Ok(store(Dialect::Postgres, node, pool.clone(), Writing::Pool(pool), Arc::default()))
}

async fn writer_pool(dialect: Dialect, address: &str, connections: u32) -> Result<AnyPool> {
    // A pool tries until its patience ends and then has forgotten why it could not. One connection
    // beforehand tells.
    let mut first = AnyConnection::connect(address).await?;
    dialect.prepare_writer(&mut first).await?;
    first.close().await?;
    let options = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(dialect == Dialect::Postgres)
        .after_connect(move |connection, _| Box::pin(dialect.prepare_writer(connection)));
    Ok(options.connect(address).await?)
}

async fn reader_pool(dialect: Dialect, address: &str) -> Result<AnyPool> {
    let mut first = AnyConnection::connect(address).await?;
    dialect.prepare_reader(&mut first).await?;
    first.close().await?;
    let options = AnyPoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(dialect == Dialect::Postgres)
        .after_connect(move |connection, _| Box::pin(dialect.prepare_reader(connection)));
    Ok(options.connect(address).await?)
}

/// Some file systems cannot carry the log that lets readers and the writer work side by side.
async fn check_journal(connection: &mut AnyConnection) -> Result<()> {
    let row = connection.fetch_one("PRAGMA journal_mode").await?;
    let mode: String = row.try_get(0).map_err(Error::from)?;
    if mode == "wal" {
        return Ok(());
    }
    Err(Error::BadAddress(format!("the file system of the database cannot carry a write-ahead log ({mode})")))
}

/// The path in `sqlite:path`, `sqlite://path`; parameters are ours to set.
fn path(url: &str) -> Result<String> {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = rest.strip_prefix("//").unwrap_or(rest);
    match path {
        "" => Err(Error::BadAddress("`sqlite:` needs a path behind it".to_owned())),
        ":memory:" => Err(Error::BadAddress(format!("write `{IN_MEMORY}` for a database in memory"))),
        path => Ok(path.to_owned()),
    }
}

fn file_address(path: &str, mode: &str) -> String {
    let mut address = String::from("sqlite:");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            let [high, low] = [byte >> 4, byte & 15].map(|digit| b"0123456789ABCDEF"[usize::from(digit)]);
            address.extend(['%', char::from(high), char::from(low)]);
        }
    }
    format!("{address}?mode={mode}")
}

/// Keeps a second process away from the file. The operating system lets the lock go with the process,
/// however that ends.
fn lock_file(path: &str) -> Result<File> {
    let lock_path = format!("{path}.lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(|error| Error::BadAddress(format!("cannot create `{lock_path}`: {error}")))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            Err(Error::Unavailable(format!("another process has `{path}` open; only one may write a file")))
        }
        Err(TryLockError::Error(error)) => {
            Err(Error::Unavailable(format!("cannot lock `{lock_path}`: {error}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives_being_written_as_an_address() {
        assert_eq!(path("sqlite:a b.db").as_deref(), Ok("a b.db"));
        assert_eq!(path("sqlite:///var/lib/w.db").as_deref(), Ok("/var/lib/w.db"));
        assert_eq!(file_address("/a b?#%.db", "rw"), "sqlite:/a%20b%3F%23%25.db?mode=rw");
        assert!(path("sqlite:").is_err());
    }
}
