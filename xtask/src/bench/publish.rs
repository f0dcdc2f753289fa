//! From the decision to publish until others see it, while a thousand readers a second load the page.

use anyhow::Result;

use super::run_example;

pub(super) fn run() -> Result<()> {
    super::build()?;
    run_example("publish", &[])
}
