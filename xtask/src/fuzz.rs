//! `cargo xtask fuzz [--seconds N]`: every target of `fuzz/` for N seconds each.
//!
//! Needs cargo-fuzz and the nightly compiler; never installs them, because only those who fuzz want them.

use anyhow::{Context, Result, bail};

use crate::{packages, process};

const DEFAULT_SECONDS: u32 = 60;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let seconds = seconds(arguments)?;
    let targets = targets()?;
    if packages::find("cargo-fuzz").is_none() {
        bail!("cargo-fuzz is missing: cargo install cargo-fuzz --locked && rustup toolchain install nightly");
    }
    for target in targets {
        // The nightly toolchain is rustup's to choose, so this asks the `cargo` on the path and not our own.
        let mut command = std::process::Command::new("cargo");
        command.env_remove("RUSTUP_TOOLCHAIN").args(["+nightly", "fuzz", "run", &target, "--"]);
        process::run(command.arg(format!("-max_total_time={seconds}")))?;
    }
    Ok(())
}

fn seconds(arguments: &[String]) -> Result<u32> {
    match arguments {
        [] => Ok(DEFAULT_SECONDS),
        [flag, value] if flag == "--seconds" => {
            value.parse().with_context(|| format!("cannot parse `--seconds {value}`"))
        }
        _ => bail!("usage: cargo xtask fuzz [--seconds N]"),
    }
}

/// The names of the files in `fuzz/fuzz_targets`.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("fuzz/fuzz_targets").context("cannot list `fuzz/fuzz_targets`")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_each_target_can_be_chosen() {
        assert_eq!(seconds(&[]).unwrap(), 60);
        assert_eq!(seconds(&["--seconds".into(), "5".into()]).unwrap(), 5);
        assert!(seconds(&["--seconds".into(), "soon".into()]).is_err());
        assert!(seconds(&["5".into()]).is_err());
    }
}
