//! `cargo xtask <command>`: everything a developer or the CI machine runs, in plain Rust.
//!
//! It is the first thing a stranger compiles, so it depends on next to nothing and builds in seconds.
//! It never becomes part of the product: no other crate depends on it.

mod bench;
mod browser;
mod ci;
mod demo;
mod deny;
mod fuzz;
mod generate;
mod hook;
mod mongod;
mod outside;
mod packages;
mod postgres;
mod process;
mod steps;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

/// One sub-command: its name, one line of help, and what it does with the arguments that follow.
struct Command {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command { name: "demo", help: "build Watchkeeper and show an outage on this machine", run: demo::run },
    Command {
        name: "test",
        help: "every test; brings up PostgreSQL, MongoDB and a browser by itself",
        run: test::run,
    },
    Command { name: "ci", help: "what CI runs: fmt, clippy, doc, deny, tidy, gen, test", run: ci::run },
    Command { name: "tidy", help: "the rules of this repository that no other tool checks", run: tidy::run },
    Command { name: "deny", help: "licences, sources and banned dependencies", run: deny::run },
    Command { name: "gen", help: "rewrite the generated files; fails when one changed", run: generate::run },
    Command { name: "fuzz", help: "run every fuzz target: [--seconds N]", run: fuzz::run },
    Command {
        name: "bench",
        help: "speed beside a peer or a limit: serving, fleet, nodes, overhead, delivery",
        run: bench::run,
    },
    Command { name: "hook", help: "install a pre-commit hook: fmt and tidy", run: hook::run },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    std::env::set_current_dir(process::root()).context("cannot enter the repository")?;
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = arguments.collect();
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        bail!("no command `{name}`\n\n{}", help());
    };
    (command.run)(&rest)
}

fn help() -> String {
    let lines =
        COMMANDS.iter().map(|command| format!("  cargo xtask {:<5} {}\n", command.name, command.help));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_listed_once_with_one_line_of_help() {
        for command in COMMANDS {
            assert_eq!(COMMANDS.iter().filter(|other| other.name == command.name).count(), 1);
            assert!(!command.help.is_empty() && !command.help.contains('\n'), "{}", command.name);
        }
    }
}
