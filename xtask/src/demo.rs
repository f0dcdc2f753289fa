//! `cargo xtask demo`: builds Watchkeeper and becomes `watchkeeper demo`.
//!
//! Arguments are passed on; the demo's own help explains them (`cargo xtask demo --help`). It is told of a mongod as the
//! tests are. Never refuses to start for want of one: then the demo shows what needs no database.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::mongod;
use crate::process::{self, cargo};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    eprintln!("building Watchkeeper; the first build compiles everything and takes some minutes");
    process::run(&mut cargo(&["build", "--locked", "--workspace", "--bin", "watchkeeper"]))?;
    let binary = process::watchkeeper();
    let mut demo = Command::new(&binary);
    demo.arg("demo").args(arguments);
    match mongod::binary() {
        Ok(mongod) => _ = demo.env(mongod::VARIABLE, mongod),
        Err(error) => eprintln!("the demo goes without a database of its own: {error:#}"),
    }
    eprintln!("$ watchkeeper demo {}", arguments.join(" "));
    // Replaces this process: Ctrl-C and the exit status belong to the demo.
    Err(demo.exec()).with_context(|| format!("cannot start `{}`", binary.display()))
}
