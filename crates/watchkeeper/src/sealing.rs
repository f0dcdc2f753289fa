//! The key with which secrets are sealed: the configured one, or one beside the database that the first start
//! made. The database remembers by its fingerprint which key it was.
//!
//! Never writes a key into a database or a log, and never overwrites a file.

use crate::config::{Config, Storage};
use anyhow::{Context as _, bail};
use std::ffi::OsString;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use store::Store;
use web::entropy::Entropy;
use web::seal::Seal;

/// The seal of this installation. None where a database that several nodes share has no key: what needs one says
/// so when it is asked for.
pub(crate) async fn open(config: &Config, store: &Store, entropy: &Entropy) -> anyhow::Result<Option<Seal>> {
    let seal = match (&config.secrets.seal, &config.server.store) {
        (Some(seal), _) => seal.clone(),
        (None, Storage::Sqlite(database)) => beside(&key_file(database), entropy)?,
        (None, Storage::Memory) => Seal::new(&entropy.bytes()),
        (None, Storage::Postgres(_)) => return Ok(None),
    };
    let kept = store.keep_sealing_key(seal.fingerprint()).await.context("cannot read which key was used")?;
    if !kept {
        bail!(
            "the key is not the one with which the secrets of this database are sealed; put the old one back \
             (`[secrets] key`, or the file beside the database)"
        );
    }
    Ok(Some(seal))
}

fn key_file(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(".key");
    PathBuf::from(name)
}

/// Reads the key in the file, or makes one where there is no file.
fn beside(file: &Path, entropy: &Entropy) -> anyhow::Result<Seal> {
    let shown = file.display();
    let text = match std::fs::File::open(file) {
        Ok(open) => {
            let mut text = String::new();
            open.take(1_000).read_to_string(&mut text).with_context(|| format!("cannot read `{shown}`"))?;
            text
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(file, entropy).with_context(|| format!("cannot write a key into `{shown}`"))?
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read `{shown}`")),
    };
    Seal::parse(text.trim()).with_context(|| format!("`{shown}` holds no key of 64 hexadecimal digits"))
}

/// On the disk before the first secret is sealed with it.
fn make(file: &Path, entropy: &Entropy) -> std::io::Result<String> {
    let key = Seal::draw_key(entropy);
    let mut new = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(new, "{key}")?;
    new.sync_all()?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_reads_and_later_ones_keep_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = key_file(&folder.path().join("watchkeeper.db"));
        let first = beside(&file, &Entropy::of_the_system()).expect("a key");
        assert!(file.ends_with("watchkeeper.db.key"));
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        let second = beside(&file, &Entropy::of_the_system()).expect("the key");
        assert_eq!(first.fingerprint(), second.fingerprint());
        std::fs::write(&file, "no key\n").expect("written");
        let refused = beside(&file, &Entropy::of_the_system()).expect_err("no key").to_string();
        assert!(refused.contains("64 hexadecimal digits") && !refused.contains("no key\n"), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "no key\n", "and it is left alone");
    }

    #[tokio::test]
    async fn a_database_sealed_with_another_key_is_refused() {
        let store = Store::open("sqlite::memory:", "node").await.expect("a store");
        let config = |key: &str| {
            let text = format!("store = \"sqlite::memory:\"\n[secrets]\nkey = \"{key}\"\n");
            let surroundings =
                crate::config::reader::Surroundings { folder: PathBuf::new(), variable: |_| None };
            Config::read(&text, Path::new("watchkeeper.toml"), &surroundings).expect("a good file")
        };
        let (one, other) = ("1".repeat(64), "2".repeat(64));
        let entropy = Entropy::of_the_system();
        assert!(open(&config(&one), &store, &entropy).await.expect("the first key").is_some());
        assert!(open(&config(&one), &store, &entropy).await.is_ok());
        let refused = open(&config(&other), &store, &entropy).await.expect_err("another key").to_string();
        assert!(refused.contains("put the old one back") && !refused.contains(&other), "{refused}");
    }
}
