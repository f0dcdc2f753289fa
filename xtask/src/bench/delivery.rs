//! A hundred thousand subscribers told while the node is killed every few seconds, beside what the sinks take alone.

use anyhow::Result;

use crate::process::{self, cargo};

pub(super) fn run(mails: u32, webhooks: u32) -> Result<()> {
    super::build()?;
    let (mails, webhooks) = (mails.to_string(), webhooks.to_string());
    let run = [
        "run",
        "--locked",
        "--profile",
        "bench",
        "--package",
        "watchkeeper",
        "--example",
        "deliveries",
        "--",
    ];
    let program = process::target().join("release/watchkeeper");
    let program = program.to_string_lossy();
    let rest = [&*program, "--mails", &mails, "--webhooks", &webhooks];
    process::run(&mut cargo(&[&run[..], &rest].concat()))
}
