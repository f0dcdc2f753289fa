//! `cargo xtask test`: every test there is, on a machine that has nothing yet.
//!
//! Arguments go to `cargo test`; then only that part runs, still with PostgreSQL and MongoDB at hand.
//! Never skips a test because something is missing: it installs it, or fails and says what to install.

use anyhow::{Context, Result};

use crate::browser;
use crate::mongod;
use crate::outside;
use crate::packages::{self, Program};
use crate::postgres::{self, Server};
use crate::process::{self, cargo};
use crate::steps::Steps;

/// What the Rust tests need besides cargo.
const SERVER_PROGRAMS: &[Program] = &[
    Program { name: "initdb", package: "postgresql", purpose: "the store is tested on both databases" },
    Program { name: "strace", package: "strace", purpose: "the power-cut test records system calls" },
    Program { name: "openssl", package: "openssl", purpose: "the engines are tested over TLS" },
];

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let everything = arguments.is_empty();
    let mut steps = Steps::of(if everything { 8 } else { 4 });
    steps.step("looking for the programs that the tests need", || {
        let [browser, outside] =
            if everything { [browser::PROGRAMS, outside::PROGRAMS] } else { Default::default() };
        packages::ensure(&[SERVER_PROGRAMS, browser, outside].concat())
    });
    let mongod = steps.step("looking for a mongod", mongod::binary);
    let server = steps.step("starting PostgreSQL", database);
    steps.step("running the Rust tests on SQLite, PostgreSQL and MongoDB", || {
        let server = server.as_ref().context("there is no PostgreSQL to test on")?;
        let mongod = mongod.as_ref().context("there is no mongod to test on")?;
        let mut command = cargo_test(arguments);
        command.env(postgres::ADDRESS_VARIABLE, server.address()).env(mongod::VARIABLE, mongod);
        process::run(&mut command)
    });
    drop(server);
    if everything {
        steps.step("fetching the browser's test libraries", browser::install);
        steps.step("running the browser tests", || {
            browser::test(mongod.as_ref().context("there is no mongod for the demo that is tested")?)
        });
        steps.step("fetching the judges that others wrote", outside::install);
        steps.step("asking them about the API, feeds, webhooks and mails", outside::test);
    } else {
        eprintln!("\nthe arguments choose among the Rust tests; the browser tests did not run");
    }
    steps.finish()
}

/// `cargo test` of the whole workspace, or of what the arguments select.
fn cargo_test(arguments: &[String]) -> std::process::Command {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast"]);
    if !selects_packages(arguments) {
        command.arg("--workspace");
    }
    command.args(arguments);
    command
}

fn selects_packages(arguments: &[String]) -> bool {
    let ours = arguments.iter().take_while(|argument| *argument != "--");
    ours.into_iter().any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

fn database() -> Result<Server> {
    let server = Server::start()?;
    eprintln!("PostgreSQL answers at {}", server.address());
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_whole_workspace_is_tested_unless_a_package_is_chosen() {
        assert!(!selects_packages(&words("")));
        assert!(!selects_packages(&words("-- -p")));
        assert!(selects_packages(&words("-p store outbox")));
        assert!(selects_packages(&words("--package=store -- outbox")));
    }
}
