//! Which files of diagnostic data belong to which node, and what is in them.
//!
//! This module never reads more of a file than it may hold.

use super::files;
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A server begins a new file after ten megabytes; this is what a foreign hand may have joined.
const MAX_FILE_BYTES: u64 = 512 << 20;
/// How deep folders are searched: `backup/node/data/diagnostic.data`.
const MAX_DEPTH: usize = 4;

/// The files of one node, in the order in which they were written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NodeFiles {
    /// What to call the node where its files do not say who it is.
    pub(super) place: String,
    pub(super) files: Vec<PathBuf>,
}

/// Finds the files: those of one folder are one node's, except where somebody has put a word before the name.
pub(super) fn find(paths: &[PathBuf]) -> anyhow::Result<Vec<NodeFiles>> {
    let mut nodes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let mut found = Vec::new();
        if path.is_dir() {
            search(path, MAX_DEPTH, &mut found)?;
        } else {
            found.push(path.clone());
        }
        anyhow::ensure!(!found.is_empty(), "there is no diagnostic data in `{}`", path.display());
        for file in found {
            let files = nodes.entry(place(&file)).or_default();
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    let mut list: Vec<NodeFiles> =
        nodes.into_iter().map(|(place, files)| NodeFiles { place, files }).collect();
    // What is not finished yet comes last, whatever its name says.
    for node in &mut list {
        node.files.sort_by_key(|file| (name(file).contains("interim"), name(file)));
    }
    Ok(list)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && depth > 0 {
            search(&path, depth - 1, found)?;
        } else if name(&path).contains("metrics.") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Folder and word before the name.
fn place(file: &Path) -> String {
    let folder = file.parent().map(Path::display).map(|folder| folder.to_string()).unwrap_or_default();
    let name = name(file);
    let word = name.split("metrics.").next().filter(|word| *word != name).unwrap_or_default();
    format!("{folder}/{}", word.trim_end_matches(['_', '-', '.'])).trim_end_matches('/').to_owned()
}

/// A whole file.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = files::open(file).and_then(|input| input.take(MAX_FILE_BYTES).read_to_end(&mut bytes));
    match read {
        // A compressed file that ends too early: what came before counts.
        Err(error) if bytes.is_empty() => {
            Err(error).with_context(|| format!("cannot read `{}`", file.display()))
        }
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_and_each_word_is_a_node() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path();
        for name in [
            "a/diagnostic.data/metrics.2026-03-02T17-00-00Z-00000",
            "a/diagnostic.data/metrics.interim",
            "a/diagnostic.data/metrics.2026-03-02T18-00-00Z-00000.gz",
            "b/metrics.2026-03-02T17-00-00Z-00000",
            "c/one_metrics.2026-03-02",
            "c/two_metrics.2026-03-02",
            "c/mongod.log",
        ] {
            let path = base.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        let nodes = find(&[base.to_owned()]).expect("found");
        let counts: Vec<usize> = nodes.iter().map(|node| node.files.len()).collect();
        assert_eq!(counts, [3, 1, 1, 1]);
        assert!(nodes[0].files[2].ends_with("metrics.interim"));
        assert!(nodes[3].place.ends_with("c/two"), "{}", nodes[3].place);
        assert!(find(&[base.join("nowhere")]).is_ok(), "opened and reported when it is read");
        std::fs::create_dir(base.join("empty")).expect("made");
        assert!(find(&[base.join("empty")]).is_err());
    }
}
