//! Values that hold a password: written out, or taken from the environment or from a file.
//!
//! This module never repeats what a variable or a file holds, not even when it is wrong.

use super::reader::{Surroundings, Value};

/// Secrets are a line, not a file of any length.
const MAX_SECRET_BYTES: u64 = 8_192;

/// A secret and where it stands.
pub(super) struct Secret<'a> {
    text: String,
    source: Value<'a>,
    direct: bool,
}

impl Secret<'_> {
    /// The secret.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Notes what is wrong with it.
    pub(super) fn wrong(&self, wrong: impl std::fmt::Display) {
        if self.direct {
            self.source.wrong(wrong);
        } else {
            // What the secret says is not repeated; the key says where to look.
            self.source.wrong(format!("what it holds is {wrong}"));
        }
    }
}

/// A text, `{ env = "NAME" }` or `{ file = "PATH" }`.
pub(super) fn read<'a>(value: &Value<'a>, surroundings: &Surroundings) -> Option<Secret<'a>> {
    if !value.is_table() {
        return Some(Secret { text: value.text()?.to_owned(), source: value.clone(), direct: true });
    }
    let table = value.table(&["env", "file"])?;
    let (source, secret) = match (table.value("env"), table.value("file")) {
        (Some(env), None) => (env.clone(), from_variable(&env, surroundings)?),
        (None, Some(file)) => (file.clone(), from_file(&file, surroundings)?),
        _ => {
            table.wrong("needs either `env` or `file`");
            return None;
        }
    };
    Some(Secret { text: secret.trim().to_owned(), source, direct: false })
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
