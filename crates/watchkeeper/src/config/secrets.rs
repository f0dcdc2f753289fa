//! `[secrets]`: with what secrets are sealed.
//!
//! This module never makes a key, and `Debug` shows none.

use super::reader::{Surroundings, Table};
use super::secret;
use super::section::{Key, Need, Section};
use web::seal::Seal;

/// `[secrets]`
pub const SECTION: Section = Section {
    name: "secrets",
    many: false,
    doc: "With what secrets in the database are sealed.",
    keys: &[Key {
        name: "key",
        need: Need::Optional("{ env = \"WATCHKEEPER_KEY\" }"),
        form: "64 hexadecimal digits, `{ env = NAME }` or `{ file = PATH }`",
        doc: "The key with which secrets are sealed and the links of subscribers are made; `openssl rand -hex 32` \
              makes one. With SQLite nothing needs to be said: the first start makes one in a file beside the \
              database, which belongs into the backup. With PostgreSQL people can subscribe once it is given, the \
              same one on every node.",
    }],
};

/// With what secrets are sealed.
#[derive(Clone, Debug, Default)]
pub struct SecretsConfig {
    /// The key, if one is given.
    pub seal: Option<Seal>,
}

pub(super) fn read(table: &Table<'_>, surroundings: &Surroundings) -> SecretsConfig {
    let seal = table.value("key").and_then(|value| {
        let key = secret::read(&value, surroundings)?;
        let seal = Seal::parse(key.text());
        if seal.is_none() {
            // The key itself is never repeated, not even when it stands in the file.
            value.wrong_secret("not 64 hexadecimal digits; make a key with `openssl rand -hex 32`");
        }
        seal
    });
    SecretsConfig { seal }
}
