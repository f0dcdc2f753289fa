//! Brings the schema forward, one numbered step at a time, each in its own transaction: a process that is
//! killed in the middle leaves whole steps, and the next start goes on from there.
//!
//! Several nodes may start at once. The number of a step is written before the step is taken, so that the
//! primary key makes all but one node wait, with no lock of another kind. Never goes backwards.

use crate::dialect::Dialect;
use crate::error::{Error, Failure, Result};
use sqlx::migrate::{Migration, Migrator};
use sqlx::{AnyConnection, Connection, Executor, Row};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Tries of one step while other nodes take theirs. Each lost try means that another node moved on.
const TRIES: usize = 100;

fn steps(dialect: Dialect) -> &'static [Migration] {
    match dialect {
        Dialect::Sqlite => &SQLITE.migrations,
        Dialect::Postgres => &POSTGRES.migrations,
    }
}

/// Number of the latest step that this binary knows.
pub(crate) fn latest(dialect: Dialect) -> u32 {
    steps(dialect).last().map_or(0, number)
}

fn number(step: &Migration) -> u32 {
    u32::try_from(step.version).unwrap_or(u32::MAX)
}

/// Takes every step that is missing.
pub(crate) async fn migrate(dialect: Dialect, connection: &mut AnyConnection) -> Result<()> {
    for try_number in 1.. {
        match advance(dialect, connection).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(Failure::Sql(error)) if lost_the_race(&error) && try_number < TRIES => {
                // The other node may need a moment, and has the database's attention already.
                tokio::task::yield_now().await;
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}

/// Refuses a database that a later release has moved on, or that is not ours at all.
pub(crate) async fn check(dialect: Dialect, connection: &mut AnyConnection) -> Result<u32> {
    let (ours, tables) = count_tables(dialect, connection).await?;
    if ours == 0 {
        let foreign = || Error::BadAddress("it holds the tables of another program".to_owned());
        return if tables == 0 { Ok(0) } else { Err(foreign()) };
    }
    let row = connection
        .fetch_one("SELECT coalesce(max(number), 0) AS number FROM schema_migration")
        .await
        .map_err(Error::from)?;
    let database = u32::try_from(row.try_get::<i64, _>("number")?).unwrap_or(u32::MAX);
    let binary = latest(dialect);
    if database > binary { Err(Error::TooNew { database, binary }) } else { Ok(database) }
}

/// Takes the next step; `true` where there is none.
async fn advance(dialect: Dialect, connection: &mut AnyConnection) -> Result<bool, Failure> {
    let reached = check(dialect, connection).await?;
    if reached == 0 {
        let table = "CREATE TABLE IF NOT EXISTS schema_migration \
                     (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";
        connection.execute(table).await?;
    }
    let Some(step) = steps(dialect).iter().find(|step| number(step) > reached) else { return Ok(true) };
    let mut transaction = connection.begin().await?;
    sqlx::query("INSERT INTO schema_migration (number, name) VALUES ($1, $2)")
        .bind(step.version)
        .bind(step.description.as_ref())
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(step.sql.clone()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    tracing::info!(schema.number = step.version, schema.step = %step.description, "schema moved forward");
    Ok(false)
}

/// Unique violation of the number, or of PostgreSQL's catalogue when two nodes create the same table.
fn lost_the_race(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.is_unique_violation()
            || matches!(error.code().as_deref(), Some("42P07" | "42710" | "40001" | "40P01"))
    })
}

/// Tables called as ours that counts the steps, and tables at all. One statement, so that another node
/// cannot create them in between.
async fn count_tables(dialect: Dialect, connection: &mut AnyConnection) -> Result<(i64, i64)> {
    let sql = match dialect {
        Dialect::Sqlite => {
            "SELECT count(CASE WHEN name = 'schema_migration' THEN 1 END) AS ours, count(*) AS tables \
             FROM sqlite_master WHERE type = 'table'"
        }
        Dialect::Postgres => {
            "SELECT count(CASE WHEN tablename = 'schema_migration' THEN 1 END) AS ours, count(*) AS tables \
             FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let row = connection.fetch_one(sql).await?;
    Ok((row.try_get("ours")?, row.try_get("tables")?))
}
