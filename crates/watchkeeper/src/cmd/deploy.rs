//! `watchkeeper deploy`: says that something was changed, so that a stall minutes later can be held against it.
//!
//! It speaks to a running server, because with SQLite only one process writes. It never opens the database.

use super::server::{Access, Server};
use super::{Failure, choose, terminal};
use anyhow::Context as _;
use clap::Subcommand;
use domain::Timestamp;
use serde_json::{Value, json};
use url::Url;

/// Marks that something was deployed
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tells a running server that something was deployed
    ///
    /// When reads of a database stall, deploys of the hour before are held against it, and their absence
    /// speaks against a code change. GitHub's and GitLab's deployment webhooks may be sent to
    /// `/api/v1/deploys` instead.
    #[command(after_help = "\
A token of scope `write` is needed; `watchkeeper token create` makes one. On the command line it is seen by
everybody on the machine; WATCHKEEPER_TOKEN is not.

Examples:
  WATCHKEEPER_TOKEN=wk_… watchkeeper deploy mark --environment PROD1 \"api 4.12\"
  watchkeeper deploy mark \"new certificates\" --at 2025-02-12T09:30:00Z --json

Exit codes: 0 it is marked, 1 the server does not answer, 2 it does not accept what it was told")]
    Mark(Mark),
}

#[derive(Debug, clap::Args)]
struct Mark {
    /// What was deployed
    what: String,
    /// Where, as the configuration calls it; everywhere if nothing is said
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Where to read more
    #[arg(long, value_name = "URL")]
    link: Option<Url>,
    /// When, as RFC 3339; now if nothing is said
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    access: Access,
    /// Print the mark as JSON on standard output
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Command::Mark(mark) = self.command;
        let server = Server::new(&mark.access)?;
        let environment = match &mark.environment {
            Some(name) => Some(choose::environment(&server, name).await?.slug),
            None => None,
        };
        let body = json!({
            "environment": environment,
            "what": mark.what,
            "link": mark.link.as_ref().map(Url::as_str),
            "at": mark.at.map(|at| at.to_string()),
        });
        let answer = server.post("/api/v1/deploys", &body).await?;
        let marked: Value = serde_json::from_slice(&answer).context("the answer is no JSON")?;
        if mark.json {
            return Ok(terminal::print_json(&marked)?);
        }
        Ok(terminal::print(&told(&marked))?)
    }
}

fn told(marked: &Value) -> String {
    let text = |field: &str| terminal::plain(marked[field].as_str().unwrap_or_default());
    let place = match text("environment") {
        place if place.is_empty() => "every environment".to_owned(),
        place => place,
    };
    format!("marked {}: {} in {place} at {}\n", text("id"), text("what"), text("at"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_told_on_one_line() {
        let marked =
            json!({ "id": "abc", "what": "api\n4.12", "environment": null, "at": "2025-02-12T09:30:00Z" });
        assert_eq!(told(&marked), "marked abc: api 4.12 in every environment at 2025-02-12T09:30:00Z\n");
    }
}
