//! Words that must not be in any file: hosts of package registries, and folders of somebody's machine.
//!
//! Never looks into binary files.

use super::{Finding, Tree};

/// Spelled in two halves, so that this file does not find itself.
const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
    concat!("py", "pi.org"),
];

/// The beginnings of absolute paths that exist on one machine only.
const FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

pub(super) fn places(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (number, line) in file.lines() {
            for host in HOSTS.iter().filter(|host| line.contains(**host)) {
                findings.push(file.finding(number, format!("`{host}` ties us to one registry")));
            }
            for folder in FOLDERS.iter().filter(|folder| begins_a_path(line, folder)) {
                findings.push(file.finding(number, format!("`{folder}` is a folder of one machine")));
            }
        }
    }
    findings
}

/// The folder stands at the start of a path, not in the middle of a longer one or of an address.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let inside_path = |letter: char| letter.is_alphanumeric() || "._-/}*".contains(letter);
    line.match_indices(folder).any(|(at, _)| !line[..at].chars().next_back().is_some_and(inside_path))
}

#[cfg(test)]
mod tests {
    use super::super::example::{lines, tree};
    use super::*;

    #[test]
    fn a_registry_host_is_found() {
        let text = format!("first\nresolved: https://{}/x.tgz\n", HOSTS[0]);
        let found = lines(places(&tree(&[("e2e/lock.json", &text)])));
        assert_eq!(found, [format!("e2e/lock.json:2: `{}` ties us to one registry", HOSTS[0])]);
    }

    #[test]
    fn a_folder_of_one_machine_is_found_but_not_inside_a_longer_path() {
        let folder = FOLDERS[0];
        let text = format!("cd {folder}main\nhttps://example.com{folder}x\nnet{folder}y\n");
        assert_eq!(
            lines(places(&tree(&[("a.md", &text)]))),
            [format!("a.md:1: `{folder}` is a folder of one machine")]
        );
    }
}
