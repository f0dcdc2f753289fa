//! Where incidents are kept, and how its password stays out of logs and messages.

use super::mistake::redact;
use super::reader::{Surroundings, Value};
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// A database. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of `SQLite`.
    Sqlite(PathBuf),
    /// A `SQLite` database that is gone when the program ends; for tests and trials.
    Memory,
    /// A `PostgreSQL` server.
    Postgres(Url),
}

/// The file where nothing is said.
const DEFAULT_FILE: &str = "watchkeeper.db";

/// Secrets are a line, not a file of any length.
const MAX_SECRET_BYTES: u64 = 8_192;

impl Database {
    /// The address that a driver takes, password included.
    pub fn address(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::Postgres(url) => url.to_string(),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.address()))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

pub(super) fn read(value: Option<&Value<'_>>, surroundings: &Surroundings) -> Database {
    let default = Database::Sqlite(surroundings.folder.join(DEFAULT_FILE));
    let Some(value) = value else { return default };
    let database = if value.is_table() { indirect(value, surroundings) } else { direct(value, surroundings) };
    database.unwrap_or(default)
}

fn direct(value: &Value<'_>, surroundings: &Surroundings) -> Option<Database> {
    parse(value.text()?, surroundings).map_err(|wrong| value.wrong(wrong)).ok()
}

/// `{ env = "NAME" }` or `{ file = "PATH" }`.
fn indirect(value: &Value<'_>, surroundings: &Surroundings) -> Option<Database> {
    let table = value.table(&["env", "file"])?;
    let (source, secret) = match (table.value("env"), table.value("file")) {
        (Some(env), None) => (env.clone(), from_variable(&env, surroundings)?),
        (None, Some(file)) => (file.clone(), from_file(&file, surroundings)?),
        _ => {
            table.wrong("needs either `env` or `file`");
            return None;
        }
    };
    // What the secret says is not repeated; the key says where to look.
    parse(secret.trim(), surroundings).map_err(|wrong| source.wrong(format!("what it holds is {wrong}"))).ok()
}

fn from_variable(value: &Value<'_>, surroundings: &Surroundings) -> Option<String> {
    let secret = (surroundings.variable)(value.text()?);
    if secret.is_none() {
        value.wrong("a variable that is not set in the environment");
    }
    secret
}

fn from_file(value: &Value<'_>, surroundings: &Surroundings) -> Option<String> {
    use std::io::Read as _;
    let mut secret = String::new();
    let file = std::fs::File::open(surroundings.folder.join(value.text()?));
    match file.and_then(|file| file.take(MAX_SECRET_BYTES).read_to_string(&mut secret)) {
        Ok(_) => Some(secret),
        Err(error) => {
            value.wrong(format!("a file that cannot be read: {error}"));
            None
        }
    }
}

fn parse(text: &str, surroundings: &Surroundings) -> Result<Database, String> {
    if text == "sqlite::memory:" {
        return Ok(Database::Memory);
    }
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(['?', '%', '#']) {
            return Err("not a file of SQLite; write it as \"sqlite:watchkeeper.db\"".to_owned());
        }
        return Ok(Database::Sqlite(surroundings.folder.join(path)));
    }
    let postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    match Url::parse(text) {
        Ok(url) if postgres && url.has_host() => Ok(Database::Postgres(url)),
        Err(error) if postgres => Err(format!("not an address: {error}")),
        _ => {
            Err("not a database; write \"sqlite:FILE\" or \"postgres://USER:PASSWORD@HOST/NAME\"".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings { folder: PathBuf::from("/etc/watchkeeper"), variable: |_| None }
    }

    #[test]
    fn sqlite_files_lie_beside_the_configuration() {
        for (text, path) in [
            ("sqlite:a.db", "/etc/watchkeeper/a.db"),
            ("sqlite://a.db", "/etc/watchkeeper/a.db"),
            ("sqlite:/var/lib/a.db", "/var/lib/a.db"),
            ("sqlite:///var/lib/a.db", "/var/lib/a.db"),
        ] {
            assert_eq!(parse(text, &surroundings()), Ok(Database::Sqlite(path.into())), "{text}");
        }
        assert_eq!(parse("sqlite::memory:", &surroundings()), Ok(Database::Memory));
    }

    #[test]
    fn a_password_shows_in_the_address_only() {
        let database = parse("postgres://wk:s3cret@db/wk", &surroundings()).expect("a database");
        assert_eq!(database.address(), "postgres://wk:s3cret@db/wk");
        assert_eq!(format!("{database} {database:?}"), "postgres://***@db/wk Database(postgres://***@db/wk)");
        for text in ["mysql://wk:s3cret@db/wk", "postgres://wk:s3cret@/wk", "sqlite:", "wk.db"] {
            let wrong = parse(text, &surroundings()).expect_err(text);
            assert!(!wrong.contains("s3cret"), "{wrong}");
        }
    }
}
