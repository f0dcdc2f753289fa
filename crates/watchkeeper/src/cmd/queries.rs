//! `watchkeeper queries`: what queries of the watched databases cost, by shape.
//!
//! It speaks to a running server and judges nothing itself. It never opens the database.

use super::server::{Access, Server};
use super::{Failure, terminal};
use anyhow::Context as _;
use clap::Subcommand;
use domain::Timestamp;
use serde_json::Value;
use std::fmt::Write as _;
use url::form_urlencoded::Serializer;

/// Tells what queries of the watched databases cost
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the costliest query shapes of the last day, beside the same hours a week before
    #[command(after_help = "\
A token of scope `read` is needed; `watchkeeper token create` makes one. On the command line it is seen by
everybody on the machine; WATCHKEEPER_TOKEN is not.

Examples:
  WATCHKEEPER_TOKEN=wk_… watchkeeper queries top
  watchkeeper queries top --database crm --from 2025-02-12T09:00:00Z --sort growth --json
  watchkeeper queries top --search COLLSCAN

Exit codes: 0 it is told, 1 the server does not answer, 2 it does not accept what it was asked")]
    Top(Top),
}

#[derive(Debug, clap::Args)]
struct Top {
    /// Of this database only, by its identifier
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Beginning, as RFC 3339, taken down to the hour; a day before the end if nothing is said
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// End, as RFC 3339; now if nothing is said
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Order
    #[arg(long, value_parser = ["time", "count", "p99", "examined", "growth"], default_value = "time")]
    sort: String,
    /// With these words in namespace, shape, plan or application
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Most that are listed
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    access: Access,
    /// Print the list as JSON on standard output
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Command::Top(top) = self.command;
        let server = Server::new(&top.access)?;
        let answer = server.get(&top.path()).await?;
        let told: Value = serde_json::from_slice(&answer).context("the answer is no JSON")?;
        if top.json {
            return Ok(terminal::print_json(&told)?);
        }
        Ok(terminal::print(&table(&told))?)
    }
}

impl Top {
    fn path(&self) -> String {
        let fields = [
            ("database", self.database.clone()),
            ("from", self.from.map(|at| at.to_string())),
            ("to", self.to.map(|at| at.to_string())),
            ("sort", Some(self.sort.clone())),
            ("q", self.search.clone()),
            ("limit", Some(self.limit.to_string())),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
        format!("/api/v1/queries?{}", Serializer::new(String::new()).extend_pairs(fields).finish())
    }
}

fn table(told: &Value) -> String {
    let rows = told["queries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        return "nothing was seen in that time\n".to_owned();
    }
    let mut text = format!(
        "{:>10} {:>10} {:>8} {:>8} {:>10}  what\n",
        "time ms", "week ago", "count", "p99 ms", "examined"
    );
    for row in rows {
        let number = |field: &str| row[field].as_i64().map_or_else(|| "-".to_owned(), |it| it.to_string());
        let word = |field: &str| terminal::plain(row[field].as_str().unwrap_or_default());
        let (time, week, count) = (number("time_ms"), number("week_before_ms"), number("count"));
        let (p99, examined) = (number("p99_ms"), number("docs_examined"));
        let what = format!("{} {} {}", word("database"), word("namespace"), word("shape"));
        let _ = writeln!(text, "{time:>10} {week:>10} {count:>8} {p99:>8} {examined:>10}  {what}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes_stand_on_one_line_each_and_steer_no_terminal() {
        let told = json!({ "queries": [ { "database": "crm", "namespace": "crm.messages", "shape": "find filter{a:?}\u{1b}[2J",
            "time_ms": 4_100, "week_before_ms": null, "count": 12, "p99_ms": 900, "docs_examined": 36_000 } ] });
        let text = table(&told);
        assert!(
            text.ends_with(
                "      4100          -       12      900      36000  crm crm.messages find filter{a:?} [2J\n"
            ),
            "{text}"
        );
        assert_eq!(table(&json!({ "queries": [] })), "nothing was seen in that time\n");
    }
}
