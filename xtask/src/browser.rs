//! The browser tests of `e2e/`: a real Chromium looks at every page of a running demo.
//!
//! The tests start and stop the demo themselves; this file never knows a page.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::mongod;
use crate::packages::{self, Program};
use crate::process;

/// What the browser tests need.
pub(crate) const PROGRAMS: &[Program] = &[
    Program { name: "chromium", package: "chromium", purpose: "pages are tested in a real browser" },
    Program { name: "node", package: "nodejs", purpose: "it drives the browser" },
    Program { name: "npm", package: "npm", purpose: "it fetches the browser's test libraries" },
    Program {
        name: "java",
        package: "default-jre-headless",
        purpose: "the W3C's checker reads pages and feeds",
    },
];

/// The libraries of `e2e/package-lock.json`, exactly those, and nothing that they would fetch besides.
pub(crate) fn install() -> Result<()> {
    let npm = packages::find("npm").context("`npm` is missing")?;
    let words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    process::run(Command::new(npm).args(words).current_dir(folder()))
}

/// All of `e2e/*.test.mjs`, against the binary that the Rust tests have just built; the demo's databases run `mongod`.
pub(crate) fn test(mongod: &Path) -> Result<()> {
    let binary = process::watchkeeper();
    if !binary.is_file() {
        bail!("`{}` is not built; the Rust tests build it", binary.display());
    }
    let node = packages::find("node").context("`node` is missing")?;
    let chromium = packages::find("chromium").context("`chromium` is missing")?;
    let mut command = Command::new(node);
    command.args(["--test", "--test-reporter=spec"]).args(test_files()?).current_dir(folder());
    command.env("WATCHKEEPER_BINARY", binary).env("CHROMIUM", chromium).env(mongod::VARIABLE, mongod);
    process::run(&mut command)
}

fn folder() -> PathBuf {
    process::root().join("e2e")
}

/// By name, because versions of Node.js disagree about what a folder on the command line means.
fn test_files() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder()).context("cannot list `e2e`")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            names.push(name);
        }
    }
    names.sort();
    if names.is_empty() {
        bail!("there is no test in `e2e`");
    }
    Ok(names)
}
