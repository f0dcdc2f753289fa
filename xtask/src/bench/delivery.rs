//! A hundred thousand subscribers told while the node is killed every few seconds, beside what the sinks take alone.

use anyhow::Result;

use super::run_example;

pub(super) fn run(mails: u32, webhooks: u32) -> Result<()> {
    super::build()?;
    let (mails, webhooks) = (mails.to_string(), webhooks.to_string());
    run_example("deliveries", &["--mails", &mails, "--webhooks", &webhooks])
}
