//! Programs of the operating system that the tests need: found, or installed, or asked for in one line.
//!
//! Installs only as root on a machine with `apt-get`; never changes a machine that already has the program.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// A program and the Debian package that brings it.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// Completes the sentence "`name` is missing: …".
    pub(crate) purpose: &'static str,
}

/// Makes sure that all of these programs are here, installing the missing ones in one go.
pub(crate) fn ensure(programs: &[Program]) -> Result<()> {
    let missing: Vec<&Program> = programs.iter().filter(|program| find(program.name).is_none()).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

/// Installs the packages of these programs, or fails with the line that asks for them.
pub(crate) fn install(missing: &[&Program]) -> Result<()> {
    let request = request(missing);
    if !is_root() || find("apt-get").is_none() {
        bail!("{request}");
    }
    eprintln!("{request}");
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    process::run(apt_get().args(["update", "-q"]))?;
    process::run(apt_get().args(["install", "-q", "-y", "--no-install-recommends"]).args(packages))?;
    for program in missing {
        if find(program.name).is_none() {
            bail!("package `{}` is installed but `{}` is still missing", program.package, program.name);
        }
    }
    Ok(())
}

/// The program's path: on `PATH`, or where Debian keeps what only administrators or servers use.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&on_path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.chain(postgres_folders()).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// `/usr/lib/postgresql/<version>/bin`, newest version first.
fn postgres_folders() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// Whether we may install packages, and whether PostgreSQL would refuse to run as us.
pub(crate) fn is_root() -> bool {
    user_number(&["-u"]).as_deref() == Some("0")
}

/// What `id` answers, for instance `id -u postgres`; nothing when there is no such user.
pub(crate) fn user_number(words: &[&str]) -> Option<String> {
    let answer = process::output(Command::new("id").args(words)).ok()?;
    Some(answer.trim().to_owned())
}

fn apt_get() -> Command {
    let mut command = Command::new(find("apt-get").unwrap_or_else(|| Path::new("apt-get").into()));
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(std::process::Stdio::null());
    command
}

/// One line: what is missing, what for, and how to get it.
fn request(missing: &[&Program]) -> String {
    let needs: Vec<String> =
        missing.iter().map(|program| format!("`{}` ({})", program.name, program.purpose)).collect();
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    format!("missing: {}; on Debian: apt-get install {}", needs.join(", "), packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_on_the_path_is_found() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }

    #[test]
    fn the_request_names_program_purpose_and_package() {
        let program = Program { name: "initdb", package: "postgresql", purpose: "the store's tests" };
        assert_eq!(
            request(&[&program]),
            "missing: `initdb` (the store's tests); on Debian: apt-get install postgresql"
        );
    }
}
