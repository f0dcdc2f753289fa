//! A fresh database for each test: a file, or a database of its own on the server that
//! `WATCHKEEPER_TEST_POSTGRES` names. Both go when the test ends.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use url::Url;

/// Where a test keeps what it keeps.
pub(crate) enum Database {
    /// A file in a folder of its own.
    Sqlite(TempDir),
    /// A database of its own on the server at this address.
    Postgres {
        /// Of the database that is always there.
        server: Url,
        /// Name of our own.
        name: String,
    },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn postgres() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var("WATCHKEEPER_TEST_POSTGRES").expect(
            "there is no PostgreSQL to test against: run `cargo xtask test`, which starts one and sets \
             WATCHKEEPER_TEST_POSTGRES",
        );
        let server = Url::parse(&server).expect("WATCHKEEPER_TEST_POSTGRES is an address");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("watchkeeper_test_{}_{number}", std::process::id());
        let database = Self::Postgres { server, name };
        database.on_server("DROP DATABASE IF EXISTS NAME WITH (FORCE)");
        database.on_server("CREATE DATABASE NAME");
        database
    }

    /// As a configuration takes it.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("test.db").display()),
            Self::Postgres { server, name } => {
                let mut url = server.clone();
                url.set_path(name);
                url.into()
            }
        }
    }

    /// Whether several nodes may share it.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Runs a statement inside our own database, beside the program.
    pub(crate) fn run(&self, sql: &str) -> String {
        psql(&self.address(), sql)
    }

    /// Throws every session out and lets nobody in, as a server does that is going down.
    pub(crate) fn shut(&self) {
        self.on_server("ALTER DATABASE NAME ALLOW_CONNECTIONS false");
        self.on_server("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'NAME'");
    }

    /// Lets everybody in again.
    pub(crate) fn reopen(&self) {
        self.on_server("ALTER DATABASE NAME ALLOW_CONNECTIONS true");
    }

    /// Runs a statement from outside our database, whose name stands for `NAME`.
    fn on_server(&self, sql: &str) -> String {
        let Self::Postgres { server, name } = self else { panic!("SQLite has no server") };
        psql(server.as_str(), &sql.replace("NAME", name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_shared() && !std::thread::panicking() {
            self.on_server("DROP DATABASE IF EXISTS NAME WITH (FORCE)");
        }
    }
}

/// PostgreSQL's own client, because the only crate with a driver is the store.
fn psql(address: &str, sql: &str) -> String {
    let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, address];
    // The notice that a database to be dropped is not there helps nobody.
    let run =
        Command::new("psql").args(arguments).env("PGOPTIONS", "-c client_min_messages=warning").output();
    let output = run.expect("`psql` runs: it comes with PostgreSQL, which `cargo xtask test` installs");
    assert!(output.status.success(), "`{sql}`: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
