//! Every outside library has its one line of why in the root manifest.
//!
//! Never judges whether the reason is a good one.

use super::{Finding, Tree};

pub(super) fn reasons(tree: &Tree) -> Vec<Finding> {
    let Some(manifest) = tree.file("Cargo.toml") else { return Vec::new() };
    let mut findings = Vec::new();
    let mut inside = false;
    let mut previous = "";
    for (number, line) in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if inside && is_outside(line) && !has_reason(previous) {
            let name = line.split(['=', ' ', '.']).next().unwrap_or(line);
            findings.push(manifest.finding(number, format!("`{name}` has no line `# why: …` above it")));
        }
        previous = line;
    }
    findings
}

/// A line that names a library which is not one of our own folders.
fn is_outside(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_alphanumeric())
        && line.contains('=')
        && !line.contains("path =")
}

fn has_reason(line: &str) -> bool {
    line.strip_prefix("# why:").is_some_and(|reason| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::example::{lines, tree};
    use super::*;

    #[test]
    fn a_library_without_a_reason_is_found() {
        let text = "[workspace.dependencies]\ndomain = { path = \"crates/domain\" }\n# why: errors\nanyhow = \"1\"\n\
            url = \"2\"\n# why:\ntoml = \"1\"\n[profile.dev]\ndebug = 1\n";
        assert_eq!(
            lines(reasons(&tree(&[("Cargo.toml", text)]))),
            [
                "Cargo.toml:5: `url` has no line `# why: …` above it",
                "Cargo.toml:7: `toml` has no line `# why: …` above it"
            ]
        );
    }
}
