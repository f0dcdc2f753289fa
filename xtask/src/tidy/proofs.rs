//! A promise names the test that holds it, and the test is there: the tables of `docs/security.md` and
//! `docs/promises.md`, whose last column lists tests in backticks.
//!
//! Never runs a test; that it can fail is for whoever writes it to see.

use super::{File, Finding, Tree};

const DOCUMENTS: &[&str] = &["docs/security.md", "docs/promises.md"];

/// Each row of a table names a test, and every test that it names exists.
pub(super) fn tests_exist(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in DOCUMENTS.iter().filter_map(|path| tree.file(path)) {
        for (number, row) in document.lines().filter(|(number, line)| is_row(document, *number, line)) {
            let last = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
            let names: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
            if names.is_empty() {
                findings.push(document.finding(number, "names no test in its last column".to_owned()));
            }
            for name in names.into_iter().filter(|name| !tree.files.iter().any(|file| tests(file, name))) {
                findings.push(document.finding(number, format!("`{name}` is no test")));
            }
        }
    }
    findings
}

/// A line of a table below its head.
fn is_row(document: &File, number: usize, line: &str) -> bool {
    let is_table = |line: &str| line.starts_with('|');
    let is_rule = |line: &str| is_table(line) && line.chars().all(|letter| "|- :".contains(letter));
    let is_head = document.lines().any(|(other, line)| other == number + 1 && is_rule(line));
    is_table(line) && !is_rule(line) && !is_head
}

/// Whether a file has a test of that name, in Rust, Python or JavaScript.
fn tests(file: &File, name: &str) -> bool {
    let written = match super::ending(&file.path) {
        "rs" => format!("fn {name}("),
        "py" => format!("def {name}("),
        "mjs" => format!("\"{name}\""),
        _ => return false,
    };
    file.text.contains(&written)
}

#[cfg(test)]
mod tests {
    use super::super::example::{lines, tree};
    use super::*;

    #[test]
    fn a_test_that_is_gone_and_a_row_without_one_are_found() {
        let table = "| attack | guard | tests |\n|---|---|---|\n| a | `b` | `holds`, `reads`, `looks well` |\n\
                     | c | d | `gone` |\n| e | `holds` | none yet |\nprose `with` code";
        let tree = tree(&[
            ("docs/security.md", table),
            ("a.rs", "fn holds() {}"),
            ("b.py", "def reads(site):"),
            ("c.mjs", "it(\"looks well\", async () => {});"),
            ("d.md", "fn gone() {}"),
        ]);
        assert_eq!(
            lines(tests_exist(&tree)),
            ["docs/security.md:4: `gone` is no test", "docs/security.md:5: names no test in its last column",]
        );
    }
}
