//! `cargo xtask deny`: licences, sources and banned dependencies, by cargo-deny with `deny.toml`.
//!
//! Never asks the advisory database: it lives on the network, and a build must not fail because the world changed.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::{self, cargo};

/// Pinned, so that two machines give one answer.
const VERSION: &str = "0.20.2";

pub(crate) fn run(_: &[String]) -> Result<()> {
    let tool = installed()?;
    process::run(Command::new(tool).args([
        "--workspace",
        "--locked",
        "check",
        "bans",
        "licenses",
        "sources",
    ]))?;
    eprintln!("advisories need the network: `cargo deny check advisories` where it is allowed");
    Ok(())
}

/// cargo-deny in `target/tools`, built there on the first call: a debug build, which takes a fraction of the time
/// of a release build and checks this workspace in seconds all the same.
fn installed() -> Result<PathBuf> {
    let root = process::target().join("tools");
    let tool = root.join("bin/cargo-deny");
    let version = process::output(Command::new(&tool).arg("--version")).unwrap_or_default();
    if !version.trim().ends_with(VERSION) {
        eprintln!("building cargo-deny {VERSION} once");
        let mut install =
            cargo(&["install", "cargo-deny", "--version", VERSION, "--locked", "--debug", "--force"]);
        process::run(install.arg("--root").arg(&root))?;
    }
    Ok(tool)
}
