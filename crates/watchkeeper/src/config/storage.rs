//! `store`: where incidents are kept, and how its password stays out of logs and messages.

use super::mistake::redact;
use super::reader::{Surroundings, Value};
use super::secret;
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// A database of our own. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Storage {
    /// A file of `SQLite`.
    Sqlite(PathBuf),
    /// A `SQLite` database that is gone when the program ends; for tests and trials.
    Memory,
    /// A `PostgreSQL` server.
    Postgres(Url),
}

/// The file where nothing is said.
const DEFAULT_FILE: &str = "watchkeeper.db";

impl Storage {
    /// The address that a driver takes, password included.
    pub fn address(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::Postgres(url) => url.to_string(),
        }
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.address()))
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({self})")
    }
}

pub(super) fn read(value: Option<&Value<'_>>, surroundings: &Surroundings) -> Storage {
    let default = Storage::Sqlite(surroundings.folder.join(DEFAULT_FILE));
    let Some(value) = value else { return default };
    let Some(secret) = secret::read(value, surroundings) else { return default };
    parse(secret.text(), surroundings).map_err(|wrong| secret.wrong(wrong)).unwrap_or(default)
}

fn parse(text: &str, surroundings: &Surroundings) -> Result<Storage, String> {
    if text == "sqlite::memory:" {
        return Ok(Storage::Memory);
    }
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(['?', '%', '#']) {
            return Err("not a file of SQLite; write it as \"sqlite:watchkeeper.db\"".to_owned());
        }
        return Ok(Storage::Sqlite(surroundings.folder.join(path)));
    }
    let postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
    match Url::parse(text) {
        Ok(url) if postgres && url.has_host() => Ok(Storage::Postgres(url)),
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
            assert_eq!(parse(text, &surroundings()), Ok(Storage::Sqlite(path.into())), "{text}");
        }
        assert_eq!(parse("sqlite::memory:", &surroundings()), Ok(Storage::Memory));
    }

    #[test]
    fn a_password_shows_in_the_address_only() {
        let storage = parse("postgres://wk:s3cret@db/wk", &surroundings()).expect("a database");
        assert_eq!(storage.address(), "postgres://wk:s3cret@db/wk");
        assert_eq!(format!("{storage} {storage:?}"), "postgres://***@db/wk Storage(postgres://***@db/wk)");
        for text in ["mysql://wk:s3cret@db/wk", "postgres://wk:s3cret@/wk", "sqlite:", "wk.db"] {
            let wrong = parse(text, &surroundings()).expect_err(text);
            assert!(!wrong.contains("s3cret"), "{wrong}");
        }
    }
}
