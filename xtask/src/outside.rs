//! `e2e/outside`: programs that others wrote read what a running Watchkeeper says.
//!
//! They live in an environment of their own below `target`; nothing is installed for the machine.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::packages::{self, Program};
use crate::process;

const PYTHON: Program = Program {
    name: "python3",
    package: "python3-venv",
    purpose: "judges from PyPI read API, feeds and mails",
};

/// What the judges need besides their libraries.
pub(crate) const PROGRAMS: &[Program] = &[PYTHON];

/// The libraries of `e2e/outside/requirements.txt`, exactly those.
pub(crate) fn install() -> Result<()> {
    let python = packages::find(PYTHON.name).context("`python3` is missing")?;
    // Debian's Python comes without the part that makes environments.
    if process::output(Command::new(&python).args(["-c", "import ensurepip"])).is_err() {
        packages::install(&[&PYTHON])?;
    }
    process::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(environment()))?;
    let mut pip = Command::new(program("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    process::run(pip.arg("--requirement").arg(folder().join("requirements.txt")))
}

/// All of `e2e/outside`, against the binary that the Rust tests have just built.
pub(crate) fn test() -> Result<()> {
    let mut command = Command::new(program("pytest"));
    command.args(["-p", "no:cacheprovider", "--quiet"]).current_dir(folder());
    command.env("WATCHKEEPER_BINARY", process::watchkeeper()).env("PYTHONDONTWRITEBYTECODE", "1");
    process::run(&mut command)
}

fn program(name: &str) -> PathBuf {
    environment().join("bin").join(name)
}

fn environment() -> PathBuf {
    process::target().join("outside")
}

fn folder() -> PathBuf {
    process::root().join("e2e/outside")
}
