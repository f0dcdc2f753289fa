//! `cargo xtask bench NAME`: speed as ratios against a peer or a limit measured in the same run.
//!
//! Never judges: it prints what it saw. Run it on a machine that does nothing else.

mod children;
mod database;
mod delivery;
mod nodes;
mod overhead;
mod publish;
mod restore;
mod serving;
mod watching;

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{self, cargo};

const USAGE: &str = "  serving                     a page beside nginx
  fleet [SECONDS]             one node that watches 2,000 vendors
  nodes [COUNT]               one process that watches 50 nodes of databases
  overhead [PAIRS [SECONDS]]  a server's throughput with a watcher and without
  delivery [MAILS WEBHOOKS]   subscribers told while the node is killed every few seconds
  publish                     from the command to page, API and first message, under readers
  restore [MEGABYTES]         a database copied while it is written, drilled and restored";

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serving"] => serving::run(),
        ["fleet"] => watching::run(300),
        ["fleet", seconds] => watching::run(seconds.parse()?),
        ["nodes"] => nodes::run(50),
        ["nodes", count] => nodes::run(count.parse()?),
        ["overhead"] => overhead::run(12, 10),
        ["overhead", pairs] => overhead::run(pairs.parse()?, 10),
        ["overhead", pairs, seconds] => overhead::run(pairs.parse()?, seconds.parse()?),
        ["delivery"] => delivery::run(100_000, 10_000),
        ["delivery", mails, webhooks] => delivery::run(mails.parse()?, webhooks.parse()?),
        ["publish"] => publish::run(),
        ["restore"] => restore::run(1_000),
        ["restore", megabytes] => restore::run(megabytes.parse()?),
        _ => bail!("say what to measure:\n{USAGE}"),
    }
}

/// Builds the optimised binary.
fn build() -> Result<()> {
    process::run(&mut cargo(&[&BUILD[..], &["watchkeeper", "--bins"]].concat()))
}

/// Builds an optimised example: a load or a fleet to measure against.
fn build_example(package: &str, name: &str) -> Result<()> {
    process::run(&mut cargo(&[&BUILD[..], &[package, "--example", name]].concat()))
}

/// Runs an optimised example of the program, which is told where the program is.
fn run_example(name: &str, options: &[&str]) -> Result<()> {
    build_example("watchkeeper", name)?;
    let mut command = Command::new(process::target().join("release/examples").join(name));
    process::run(command.arg(process::target().join("release/watchkeeper")).args(options))
}

const BUILD: [&str; 5] = ["build", "--locked", "--profile", "bench", "--package"];

/// Measures in a folder that is gone afterwards.
fn in_temporary_folder(measure: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("watchkeeper-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(&folder);
    // What is left behind lies where the system tidies up by itself.
    let _ = std::fs::remove_dir_all(&folder);
    result
}
