//! The list of the files that were made, one line each: SHA-256 and path, as `sha256sum` writes them. A hash of dashes
//! stands for a file that is about to be written.
//!
//! Never names a file that this program did not make, unless somebody has edited it.

use super::Files;
use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};

/// Where it lies.
pub(super) const LIST: &str = ".watchkeeper-export";
/// The hash of what is not known.
const UNKNOWN: &str = "----------------------------------------------------------------";

/// Files by path, with the hashes of what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List(BTreeMap<String, String>);

impl List {
    /// The list of an earlier run, if there was one.
    pub(super) async fn load(from: &Files) -> Result<Self> {
        let Some(bytes) = from.load(LIST).await? else { return Ok(Self::default()) };
        let text = std::str::from_utf8(&bytes).with_context(|| format!("`{LIST}` is no list of ours"))?;
        Ok(Self::parse(text))
    }

    fn parse(text: &str) -> Self {
        let is_hash = |word: &str| word.len() == UNKNOWN.len();
        let line = |line: &str| match line.split_once("  ") {
            Some((hash, path)) if is_hash(hash) => (path.to_owned(), hash.to_owned()),
            _ => (line.to_owned(), UNKNOWN.to_owned()),
        };
        Self(text.lines().filter(|text| !text.is_empty()).map(line).collect())
    }

    /// Puts these files on the list before they are there, and forgets what they were: a run that ends early leaves
    /// nothing that nobody knows of, and nothing that is taken for the same. What the list was.
    pub(super) async fn begin(&mut self, names: impl Iterator<Item = String>, to: &Files) -> Result<Self> {
        let before = self.clone();
        self.0.extend(names.map(|name| (name, UNKNOWN.to_owned())));
        self.save(to).await?;
        Ok(before)
    }

    pub(super) fn hash(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    pub(super) fn note(&mut self, path: &str, hash: String) {
        self.0.insert(path.to_owned(), hash);
    }

    pub(super) fn forget(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// Those that are not among `names`.
    pub(super) fn others(&self, names: &BTreeSet<String>) -> Vec<String> {
        self.0.keys().filter(|path| !names.contains(*path)).cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) async fn save(&self, to: &Files) -> Result<()> {
        let text = self.0.iter().fold(String::new(), |text, (path, hash)| text + hash + "  " + path + "\n");
        to.put(LIST, text.into()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::hash;

    #[test]
    fn lists_of_earlier_releases_are_read_and_know_no_hash() {
        let known = hash(b"x");
        let list = List::parse(&format!("index.html\n{known}  incidents/a b.html\n"));
        assert_eq!((list.len(), list.hash("incidents/a b.html")), (2, Some(known.as_str())));
        assert_eq!(list.hash("index.html"), Some(UNKNOWN));
    }
}
