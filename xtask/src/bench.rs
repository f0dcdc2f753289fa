//! `cargo xtask bench serving|fleet`: speed as ratios against a peer or a limit measured in the same run.
//!
//! Never judges: it prints what it saw. Run it on a machine that does nothing else.

mod children;
mod serving;
mod watching;

use anyhow::{Result, bail};

use crate::process::{self, cargo};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serving"] => serving::run(),
        ["fleet"] => watching::run(300),
        ["fleet", seconds] => watching::run(seconds.parse()?),
        _ => {
            bail!("say what to measure: `serving` (a page beside nginx) or `fleet [SECONDS]` (2,000 vendors)")
        }
    }
}

/// Builds the optimised binary and the fleet of vendors.
fn build() -> Result<()> {
    process::run(&mut cargo(&[
        "build",
        "--locked",
        "--profile",
        "bench",
        "--package",
        "watchkeeper",
        "--bins",
    ]))?;
    process::run(&mut cargo(&[
        "build",
        "--locked",
        "--profile",
        "bench",
        "--package",
        "watchkeeper",
        "--example",
        "fleet",
    ]))
}
