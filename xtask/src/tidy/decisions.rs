//! Records of decisions: numbered without gaps, one shape, one status.
//!
//! Never judges a decision.

use super::{File, Finding, Tree};

const FOLDER: &str = "docs/adr/";

/// Each begins a line, as a heading or in bold.
const PARTS: [&str; 3] = ["Context", "Decision", "Price"];

pub(super) fn form(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut next = 1;
    let mut records: Vec<&File> = tree.files.iter().filter(|file| file.path.starts_with(FOLDER)).collect();
    records.sort_by_key(|file| &file.path);
    for record in records {
        match number(&record.path[FOLDER.len()..]) {
            None => findings.push(record.finding(1, "is not named `NNNN-title.md`".to_owned())),
            Some(number) if number != next => {
                findings.push(record.finding(1, format!("is number {number:04} where {next:04} is due")));
                next = number + 1;
            }
            Some(_) => next += 1,
        }
        findings.extend(
            missing(record).map(|part| record.finding(1, format!("has no line that begins with `{part}`"))),
        );
        if !record.text.lines().any(is_status) {
            findings.push(record.finding(1, "has no `Status: Accepted` or `Superseded by …`".to_owned()));
        }
    }
    findings
}

/// 7 of `0007-effects-as-rows.md`.
fn number(name: &str) -> Option<u32> {
    let (number, title) = name.strip_suffix(".md")?.split_once('-')?;
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (number.len() == 4 && !title.is_empty() && title.chars().all(plain))
        .then(|| number.parse().ok())
        .flatten()
}

fn missing(record: &File) -> impl Iterator<Item = &'static str> {
    PARTS.into_iter().filter(|part| !record.text.lines().any(|line| bare(line).starts_with(part)))
}

fn is_status(line: &str) -> bool {
    let line = bare(line).replace("**", "");
    line.starts_with("Status: Accepted")
        || line.starts_with("Status: Superseded by")
        || line.starts_with("Superseded by")
}

/// The line without the marks of a heading, of bold text or of a list.
fn bare(line: &str) -> &str {
    line.trim_start_matches(['#', '*', '-', ' '])
}

#[cfg(test)]
mod tests {
    use super::super::example::{lines, tree};
    use super::*;

    const GOOD: &str = "# Crates by ban\n\nStatus: Accepted\n\n## Context\n\n**Decision.** x\n\nPrice: y\n";

    #[test]
    fn a_good_record_has_nothing_to_find() {
        assert!(form(&tree(&[("docs/adr/0001-crates-by-ban.md", GOOD)])).is_empty());
        let superseded = GOOD.replace("Accepted", "Superseded by 0002");
        assert!(form(&tree(&[("docs/adr/0001-x.md", &superseded), ("docs/adr/0002-y.md", GOOD)])).is_empty());
    }

    #[test]
    fn a_gap_and_a_bad_name_are_found() {
        let tree =
            tree(&[("docs/adr/0001-a.md", GOOD), ("docs/adr/0003-b.md", GOOD), ("docs/adr/notes.md", GOOD)]);
        assert_eq!(
            lines(form(&tree)),
            [
                "docs/adr/0003-b.md:1: is number 0003 where 0002 is due",
                "docs/adr/notes.md:1: is not named `NNNN-title.md`"
            ]
        );
    }

    #[test]
    fn a_part_and_a_status_that_are_missing_are_found() {
        let text = "# X\n\nStatus: Proposed\n\n## Context\n\n## Decision\n";
        assert_eq!(
            lines(form(&tree(&[("docs/adr/0001-x.md", text)]))),
            [
                "docs/adr/0001-x.md:1: has no line that begins with `Price`",
                "docs/adr/0001-x.md:1: has no `Status: Accepted` or `Superseded by …`"
            ]
        );
    }
}
