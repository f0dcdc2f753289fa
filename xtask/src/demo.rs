//! `cargo xtask demo`: builds Watchkeeper and becomes `watchkeeper demo`.
//!
//! Arguments are passed on; the demo's own help explains them (`cargo xtask demo --help`).

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{self, cargo};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    eprintln!("building Watchkeeper; the first build compiles everything and takes some minutes");
    process::run(&mut cargo(&["build", "--locked", "--workspace", "--bin", "watchkeeper"]))?;
    let binary = process::watchkeeper();
    eprintln!("$ watchkeeper demo {}", arguments.join(" "));
    // Replaces this process: Ctrl-C and the exit status belong to the demo.
    Err(Command::new(&binary).arg("demo").args(arguments).exec())
        .with_context(|| format!("cannot start `{}`", binary.display()))
}
