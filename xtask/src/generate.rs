//! `cargo xtask gen`: rewrites the generated files, then fails when one changed, so the fix is always "commit it".
//!
//! Never writes a generated text itself: the binary prints what it knows about itself.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo};

/// A committed file, and the words after `watchkeeper` that print it.
const GENERATED: &[(&str, &[&str])] = &[
    ("docs/reference/cli.md", &["reference", "cli"]),
    ("docs/reference/config.md", &["reference", "config"]),
    ("docs/reference/detection.md", &["reference", "detection"]),
    ("docs/reference/formats.md", &["reference", "formats"]),
    ("docs/reference/notifiers.md", &["reference", "notifiers"]),
    ("docs/reference/openapi.json", &["reference", "openapi"]),
];

pub(crate) fn run(_: &[String]) -> Result<()> {
    process::run(&mut cargo(&["build", "--locked", "--workspace", "--bin", "watchkeeper"]))?;
    let mut changed = Vec::new();
    for (path, words) in GENERATED {
        let text = process::output(Command::new(process::watchkeeper()).args(*words))?;
        if rewrite(path, &text)? {
            changed.push(*path);
        }
    }
    if !changed.is_empty() {
        bail!("generated files were out of date and are rewritten; commit them: {}", changed.join(", "));
    }
    eprintln!("{} generated files are up to date", GENERATED.len());
    Ok(())
}

/// Writes the file when it differs; says whether it did.
fn rewrite(path: &str, text: &str) -> Result<bool> {
    if std::fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(false);
    }
    if let Some((folder, _)) = path.rsplit_once('/') {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{folder}`"))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write `{path}`"))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_rewritten_once() {
        let folder = std::env::temp_dir().join(format!("watchkeeper-gen-{}", std::process::id()));
        let path = folder.join("deep/file.md");
        let path = path.to_str().unwrap();
        assert!(rewrite(path, "one").unwrap());
        assert!(!rewrite(path, "one").unwrap());
        assert!(rewrite(path, "two").unwrap());
        assert_eq!(std::fs::read_to_string(path).unwrap(), "two");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
