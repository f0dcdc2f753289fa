//! `cargo xtask tidy`: the rules of this repository that no other tool checks.
//!
//! Each rule is a function over a [`Tree`] in memory, with its own bad example in its tests, and all findings are
//! printed at once. Never changes a file.

mod crates;
mod decisions;
mod documents;
mod manifest;
mod migrations;
mod needles;
mod proofs;
mod sources;

use std::fmt;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{self, cargo};

/// In the order of the table in STYLE.md.
const RULES: &[fn(&Tree) -> Vec<Finding>] = &[
    crates::layers,
    crates::purity,
    manifest::reasons,
    documents::paths_exist,
    documents::links_lead_somewhere,
    documents::crates_are_named,
    documents::lengths,
    sources::names,
    sources::lengths,
    sources::promises,
    sources::programs,
    migrations::same_numbers,
    needles::places,
    decisions::form,
    proofs::tests_exist,
];

/// What the rules look at.
struct Tree {
    files: Vec<File>,
    /// The answer of `cargo metadata --no-deps`.
    metadata: Value,
}

struct File {
    /// From the top of the repository, with `/`.
    path: String,
    /// Empty for a file that is not text.
    text: String,
}

impl Tree {
    fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// The lines with their numbers, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    fn finding(&self, line: usize, sentence: String) -> Finding {
        Finding { path: self.path.clone(), line, sentence }
    }
}

/// What follows the last dot of a file's name; nothing for a name without one.
fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.sentence)
    }
}

pub(crate) fn run(_: &[String]) -> Result<()> {
    let tree = read()?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy has {} findings", findings.len());
    }
    eprintln!("tidy: {} files keep {} rules", tree.files.len(), RULES.len());
    Ok(())
}

/// Everything git tracks, and what it would track after `git add`.
fn read() -> Result<Tree> {
    // On a CI machine the checkout may belong to another user, which git distrusts; listing names is harmless.
    let list = [
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ];
    let paths =
        process::output(Command::new("git").args(list)).context("tidy reads the files that git lists")?;
    let mut files = Vec::new();
    for path in paths.split_terminator('\0') {
        // A file deleted but still in the index is not there to be read.
        let Ok(bytes) = std::fs::read(path) else { continue };
        let text =
            if bytes.contains(&0) { String::new() } else { String::from_utf8_lossy(&bytes).into_owned() };
        files.push(File { path: path.to_owned(), text });
    }
    let metadata =
        process::output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"]))?;
    let metadata = serde_json::from_str(&metadata).context("cannot parse the answer of `cargo metadata`")?;
    Ok(Tree { files, metadata })
}

/// What the tests of the rules share: a tree from a few words, findings as lines.
#[cfg(test)]
mod example {
    use super::{File, Finding, Tree};

    pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Tree { files: files.iter().map(file).collect(), metadata: serde_json::Value::Null }
    }

    pub(super) fn lines(findings: Vec<Finding>) -> Vec<String> {
        findings.into_iter().map(|finding| finding.to_string()).collect()
    }
}
