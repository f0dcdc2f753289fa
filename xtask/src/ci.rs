//! `cargo xtask ci`: what the CI machine runs, and what to run before asking for a review.
//!
//! Never checks anything that a developer cannot check at home with one of the other commands.

use anyhow::Result;

use crate::process::{self, cargo};
use crate::steps::Steps;
use crate::{deny, generate, test, tidy};

pub(crate) fn run(_: &[String]) -> Result<()> {
    let mut steps = Steps::of(7);
    steps.step("fmt", || process::run(&mut cargo(&["fmt", "--all", "--check"])));
    steps.step("tidy", || tidy::run(&[]));
    steps.step("deny", || deny::run(&[]));
    steps.step("clippy", || {
        let flags = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
        process::run(&mut cargo(&flags))
    });
    steps.step("doc", || {
        let flags = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
        process::run(cargo(&flags).env("RUSTDOCFLAGS", "--deny warnings"))
    });
    steps.step("test", || test::run(&[]));
    steps.step("gen", || generate::run(&[]));
    steps.finish()
}
