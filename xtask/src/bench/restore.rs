//! A database of a gigabyte copied while it is written, and restored.

use anyhow::Result;

use super::run_example;

pub(super) fn run(megabytes: u32) -> Result<()> {
    super::build()?;
    run_example("restore", &["--megabytes", &megabytes.to_string()])
}
