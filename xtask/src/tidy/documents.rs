//! Prose is checked like code: what it names exists, and it stays short enough to be read.
//!
//! Never checks a link that leaves the repository.

use super::{File, Finding, Tree, ending};

/// Documents that describe the tree itself, so every path in them must be there.
const MAPS: &[&str] = &["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Documents with a limit, and the most lines they may have.
const LIMITS: &[(&str, usize)] = &[("README.md", 150), ("ARCHITECTURE.md", 250)];

/// Endings that make a word with a slash a path, whatever its first folder.
const ENDINGS: &[&str] = &["rs", "md", "sql", "toml", "html", "css", "js", "mjs", "sh"];

/// Every word in backticks that looks like a path leads to a file or folder.
pub(super) fn paths_exist(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for map in MAPS.iter().filter_map(|path| tree.file(path)) {
        for (number, line) in map.lines() {
            for word in backticked(line).filter(|word| looks_like_path(tree, word) && !exists(tree, word)) {
                findings.push(map.finding(number, format!("`{word}` does not exist")));
            }
        }
    }
    findings
}

/// Every link of a document to another file of the repository leads there.
pub(super) fn links_lead_somewhere(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in tree.files.iter().filter(|file| ending(&file.path) == "md") {
        for (number, line) in document.lines() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
                if is_relative(target) && !leads(tree, document, target) {
                    findings.push(document.finding(number, format!("the link to `{target}` leads nowhere")));
                }
            }
        }
    }
    findings
}

/// ARCHITECTURE.md names every crate of the workspace.
pub(super) fn crates_are_named(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.file("ARCHITECTURE.md") else { return Vec::new() };
    let packages = tree.metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .filter(|name| !map.text.contains(&format!("`{name}`")))
        .map(|name| map.finding(1, format!("crate `{name}` is not named")))
        .collect()
}

/// The documents a stranger reads first are there and short.
pub(super) fn lengths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, most) in LIMITS {
        let lines = tree.file(path).map(|file| file.lines().count());
        let sentence = match lines {
            None => "is missing".to_owned(),
            Some(lines) if lines > *most => format!("has {lines} lines; {most} is the most"),
            Some(_) => continue,
        };
        findings.push(Finding { path: (*path).to_owned(), line: lines.unwrap_or(1), sentence });
    }
    findings
}

fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Not a placeholder, a flag, an address or a media type: a path from the root, from a crate, or a bare source file.
fn looks_like_path(tree: &Tree, word: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    if word.is_empty()
        || !word.chars().all(plain)
        || word.starts_with(['/', '-', '~'])
        || word.contains("NNNN")
    {
        return false;
    }
    match word.split_once('/') {
        None => ["rs", "md"].contains(&ending(word)),
        Some((first, _)) => ENDINGS.contains(&ending(word)) || exists_below_root_or_crates(tree, first),
    }
}

fn exists_below_root_or_crates(tree: &Tree, folder: &str) -> bool {
    let inside = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    tree.files.iter().any(|file| inside(&file.path) || file.path.strip_prefix("crates/").is_some_and(inside))
}

/// A file or folder of that name, from the root or further down.
fn exists(tree: &Tree, word: &str) -> bool {
    let word = word.trim_end_matches('/');
    let (file_below, folder, folder_below) = (format!("/{word}"), format!("{word}/"), format!("/{word}/"));
    tree.files.iter().any(|File { path, .. }| {
        path == word
            || path.ends_with(&file_below)
            || path.starts_with(&folder)
            || path.contains(&folder_below)
    })
}

fn is_relative(target: &str) -> bool {
    !target.is_empty()
        && !target.contains("://")
        && !target.starts_with("mailto:")
        && !target.starts_with('/')
}

/// Resolves `..` and `.` against the folder of the document.
fn leads(tree: &Tree, document: &File, target: &str) -> bool {
    let mut parts: Vec<&str> = document.path.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return false;
                }
            }
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let folder = format!("{path}/");
    tree.files.iter().any(|file| file.path == path || file.path.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::example::{lines, tree};
    use super::*;

    #[test]
    fn a_path_that_is_gone_is_found_in_prose() {
        let text = "See `crates/domain/src/gone.rs`,\n`domain/src/`, `clock.rs`, `lost.rs`, `domain::gone`, `text/html`,\n\
            `/api/v1/gone.rs`, `feeds/src/<format>.rs`, `docs/adr/NNNN-title.md` and `docs/reference/none.json`.";
        let tree = tree(&[
            ("ARCHITECTURE.md", text),
            ("crates/domain/src/lib.rs", ""),
            ("crates/watchkeeper/src/clock.rs", ""),
            ("docs/guide.md", ""),
        ]);
        assert_eq!(
            lines(paths_exist(&tree)),
            [
                "ARCHITECTURE.md:1: `crates/domain/src/gone.rs` does not exist",
                "ARCHITECTURE.md:2: `lost.rs` does not exist",
                "ARCHITECTURE.md:3: `docs/reference/none.json` does not exist",
            ]
        );
    }

    #[test]
    fn a_link_is_followed_from_its_own_folder() {
        let text = "[up](../README.md#start) [here](other.md) [web](https://example.com/x) [top](#top)\n[no](gone.md)";
        let tree = tree(&[("docs/guide.md", text), ("docs/other.md", ""), ("README.md", "")]);
        assert_eq!(
            lines(links_lead_somewhere(&tree)),
            ["docs/guide.md:2: the link to `gone.md` leads nowhere"]
        );
    }

    #[test]
    fn a_crate_that_the_map_forgot_is_found() {
        let mut tree = tree(&[("ARCHITECTURE.md", "The crate `web`.")]);
        tree.metadata = json!({ "packages": [{ "name": "web" }, { "name": "store" }] });
        assert_eq!(lines(crates_are_named(&tree)), ["ARCHITECTURE.md:1: crate `store` is not named"]);
    }

    #[test]
    fn a_long_or_missing_document_is_found() {
        let tree = tree(&[("README.md", &"line\n".repeat(151))]);
        assert_eq!(
            lines(lengths(&tree)),
            ["README.md:151: has 151 lines; 150 is the most", "ARCHITECTURE.md:1: is missing"]
        );
    }
}
