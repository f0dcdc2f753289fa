//! `watchkeeper audit`: reads the log of what was done, and checks that nobody changed it.

use super::config_file::{self, ConfigFile};
use super::{Failure, terminal};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use serde_json::{Value, json};
use store::{AuditFilter, AuditRow, Store};
use web::rendered::hex;

/// Stands at the end of the help.
const OF_THE_HEAD: &str = "\
Both may run while the server does. Each row holds the hash of its content and of the hash before it. Keep what
`audit verify` prints somewhere else: `--expect` later proves that the log still holds what it held then.

Examples:
  watchkeeper audit verify
  watchkeeper audit list --by ann --json";

/// Reads and checks the audit log
#[derive(Debug, clap::Args)]
#[command(after_help = OF_THE_HEAD)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks every row, and prints the number and the hash of the last one
    #[command(after_help = "\
Example:
  watchkeeper audit verify --expect 17:9f0c…

Exit codes: 0 the log is whole, 1 it is not")]
    Verify {
        /// A number and hash that were printed before: the log must still hold that row
        #[arg(long, value_name = "NUMBER:HASH")]
        expect: Option<String>,
    },
    /// Lists what was done, newest first
    #[command(after_help = "Example:\n  watchkeeper audit list --action signed_in --limit 20")]
    List {
        /// Name or id of who did it
        #[arg(long)]
        by: Option<String>,
        /// What, or how it begins
        #[arg(long)]
        action: Option<String>,
        /// To what
        #[arg(long)]
        subject: Option<String>,
        /// Rows at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Print the result as JSON on standard output
        #[arg(long)]
        json: bool,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        let store = config_file::open_for_reading(&config).await?;
        match self.command {
            Command::Verify { expect } => verify(&store, expect.as_deref()).await,
            Command::List { by, action, subject, limit, json } => {
                let filter = AuditFilter { by, action, subject, before: None };
                let rows = store.list_audit(&filter, limit).await.context("cannot read the log")?;
                list(&rows, json)
            }
        }
    }
}

async fn verify(store: &Store, expect: Option<&str>) -> Result<(), Failure> {
    let verified = store.verify_audit().await.context("cannot read the log")?;
    if let Some(broken) = verified.broken {
        let held = verified.rows;
        return Err(Failure::Failed(anyhow!(
            "the audit log is broken: {broken}; the {held} rows before it hold"
        )));
    }
    if let Some(expected) = expect {
        let (number, hash) = read_expected(expected)?;
        let rows = store.read_audit(number - 1, 1).await.context("cannot read the log")?;
        if rows.first().map(|row| (row.seq, hex(&row.hash))) != Some((number, hash)) {
            return Err(Failure::Failed(anyhow!("row {number} of the audit log is not what it was")));
        }
    }
    Ok(terminal::print(&format!("{}:{}\n", verified.rows, hex(&verified.head)))?)
}

fn read_expected(text: &str) -> Result<(u64, String), Failure> {
    let parsed = text.split_once(':').and_then(|(number, hash)| Some((number.parse::<u64>().ok()?, hash)));
    let parsed = parsed.filter(|(number, hash)| *number > 0 && hash.len() == 64);
    let (number, hash) = parsed.ok_or_else(|| {
        Failure::NotUnderstood(anyhow!("`{text}` is not what `audit verify` prints, a number and a hash"))
    })?;
    Ok((number, hash.to_lowercase()))
}

fn list(rows: &[AuditRow], json: bool) -> Result<(), Failure> {
    if json {
        return Ok(terminal::print_json(&Value::Array(rows.iter().map(listed).collect()))?);
    }
    let line = |row: &AuditRow| {
        let deed = &row.deed;
        let who = if deed.by.name.is_empty() { &deed.by.kind } else { &deed.by.name };
        let words = [who, &deed.action, &deed.subject, &deed.detail, &deed.address];
        let words: Vec<String> =
            words.iter().map(|word| terminal::plain(word)).filter(|word| !word.is_empty()).collect();
        format!("{:>6}  {}  {}\n", row.seq, deed.at, words.join("  "))
    };
    Ok(terminal::print(&rows.iter().map(line).collect::<String>())?)
}

fn listed(row: &AuditRow) -> Value {
    let deed = &row.deed;
    json!({
        "seq": row.seq,
        "at": deed.at.to_string(),
        "by": { "kind": deed.by.kind, "id": deed.by.id, "name": deed.by.name },
        "action": deed.action,
        "subject": deed.subject,
        "detail": deed.detail,
        "address": deed.address,
        "hash": hex(&row.hash),
    })
}
