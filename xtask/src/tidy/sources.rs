//! Source files: names that say something, lengths one can read, no open promises.
//!
//! Never measures functions: clippy does.

use super::{File, Finding, Tree, ending};

/// Names under which anything could be put, so everything would be.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];

/// The most lines of a file before its tests begin.
const MOST_LINES: usize = 500;

/// Files that read better whole than split, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Files of the product that start other programs, each with its reason. The server itself starts none.
const STARTERS: &[(&str, &str)] = &[
    ("crates/watchkeeper/src/cmd/incident/body.rs", "the editor of whoever sits at the terminal"),
    ("crates/watchkeeper/src/demo/platform/server.rs", "the databases of the demo"),
];

/// Marks of unfinished work, spelled so that this file does not carry them.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// No `mod.rs`, and no file or folder whose name says nothing.
pub(super) fn names(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        // What several test programs share cannot be `tests/name.rs`: Cargo would take it for one more of them.
        let shared_by_tests = file.path.ends_with("/mod.rs") && file.path.contains("/tests/");
        if file.path.ends_with("/mod.rs") && !shared_by_tests {
            findings
                .push(file.finding(1, "is a `mod.rs`; write `name.rs` beside the folder `name`".to_owned()));
        }
        let empty = file.path.split('/').filter_map(|part| part.split('.').next());
        for name in empty.filter(|name| EMPTY_NAMES.contains(name)) {
            findings.push(file.finding(1, format!("`{name}` says nothing about what is inside")));
        }
    }
    findings
}

/// No Rust file is longer than the limit, unless it is listed with its reason, and nothing is listed in vain.
pub(super) fn lengths(tree: &Tree) -> Vec<Finding> {
    check_lengths(tree, LONG_FILES)
}

fn check_lengths(tree: &Tree, listed: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| is_production(&file.path)) {
        let lines = production_lines(file);
        let known = listed.iter().any(|(path, _)| *path == file.path);
        if lines > MOST_LINES && !known {
            findings.push(
                file.finding(lines, format!("has {lines} lines before its tests; {MOST_LINES} is the most")),
            );
        }
        if lines <= MOST_LINES && known {
            findings.push(file.finding(1, "is short again; take it off the list of long files".to_owned()));
        }
    }
    findings
}

/// Unfinished work has the number of an issue, like `NAME(#12)`.
pub(super) fn promises(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (number, line) in file.lines() {
            for mark in MARKS.iter().filter(|mark| is_open_promise(line, mark)) {
                findings.push(
                    file.finding(number, format!("{mark} without the number of an issue: `{mark}(#12)`")),
                );
            }
        }
    }
    findings
}

/// No file of the product starts a program, unless it is listed with its reason.
pub(super) fn programs(tree: &Tree) -> Vec<Finding> {
    let listed = |file: &&File| !STARTERS.iter().any(|(path, _)| *path == file.path);
    let product = |file: &&File| file.path.starts_with("crates/") && file.path.contains("/src/");
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(product).filter(listed).filter(|file| is_production(&file.path)) {
        let lines = file.lines().take(production_lines(file));
        for (number, _) in lines.filter(|(_, line)| line.contains("process::") && line.contains("Command")) {
            findings.push(file.finding(number, "starts a program; the server starts none".to_owned()));
        }
    }
    findings
}

fn is_production(path: &str) -> bool {
    ending(path) == "rs" && !["/tests/", "/benches/", "fuzz/"].iter().any(|part| path.contains(part))
}

fn production_lines(file: &File) -> usize {
    file.lines().take_while(|(_, line)| line.trim() != "#[cfg(test)]").count()
}

fn is_open_promise(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let inside_word =
            |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let rest = &line[at + mark.len()..];
        let stands_alone = !inside_word(line[..at].chars().next_back()) && !inside_word(rest.chars().next());
        stands_alone && !has_issue(rest)
    })
}

fn has_issue(rest: &str) -> bool {
    let number = rest.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(number, _)| number);
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::example::{lines, tree};
    use super::*;

    #[test]
    fn an_empty_name_is_found_as_file_and_as_folder() {
        let tree = tree(&[
            ("crates/web/src/utils.rs", ""),
            ("crates/web/src/common/mod.rs", ""),
            ("crates/web/tests/support/mod.rs", ""),
            ("a/community.rs", ""),
        ]);
        assert_eq!(
            lines(names(&tree)),
            [
                "crates/web/src/utils.rs:1: `utils` says nothing about what is inside",
                "crates/web/src/common/mod.rs:1: is a `mod.rs`; write `name.rs` beside the folder `name`",
                "crates/web/src/common/mod.rs:1: `common` says nothing about what is inside",
            ]
        );
    }

    #[test]
    fn a_long_file_is_found_but_tests_do_not_count() {
        let long = "x\n".repeat(501);
        let tested = format!("{}#[cfg(test)]\n{long}", "x\n".repeat(500));
        let tree = tree(&[("a/src/long.rs", &long), ("a/src/tested.rs", &tested), ("a/tests/all.rs", &long)]);
        let sentence = "has 501 lines before its tests; 500 is the most";
        assert_eq!(lines(lengths(&tree)), [format!("a/src/long.rs:501: {sentence}")]);
        assert!(check_lengths(&tree, &[("a/src/long.rs", "a table")]).is_empty());
    }

    #[test]
    fn a_program_started_outside_the_listed_files_is_found() {
        let starts = "use std::process::{Child, Command};\n";
        let tested = format!("use std::process::ExitCode;\n#[cfg(test)]\n{starts}");
        let tree = tree(&[
            (STARTERS[0].0, starts),
            ("crates/web/src/ping.rs", starts),
            ("crates/web/src/quiet.rs", &tested),
            ("crates/web/tests/all.rs", starts),
        ]);
        let found = lines(programs(&tree));
        assert_eq!(found, ["crates/web/src/ping.rs:1: starts a program; the server starts none"]);
    }

    #[test]
    fn a_short_file_leaves_the_list() {
        let tree = tree(&[("a/src/short.rs", "x\n")]);
        let found = lines(check_lengths(&tree, &[("a/src/short.rs", "was long once")]));
        assert_eq!(found, ["a/src/short.rs:1: is short again; take it off the list of long files"]);
    }

    #[test]
    fn a_promise_without_an_issue_is_found() {
        let mark = MARKS[0];
        let text = format!("// {mark}(#12): later\n// {mark}: some day\n// {mark}(me)\nlet {mark}S = 1;\n");
        let found = promises(&tree(&[("a.rs", &text)]));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2, 3]);
    }
}
