//! `watchkeeper evidence`: what was captured of an incident, to look at and to hand on.
//!
//! Reads the database and the archive and writes to neither, so it may run beside the server.

use super::config_file::{self, ConfigFile};
use super::{Failure, terminal};
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::Config;
use crate::evidence;
use crate::evidence::export::{Unpacked, export};
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use domain::IncidentId;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use store::EvidenceRow;

/// Shows and exports what was captured while a database stalled
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigFile,
    /// Tell it as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists what was captured of an incident
    #[command(after_help = "\
Examples:
  watchkeeper evidence list 0b5c2f9e
  watchkeeper evidence list 0b5c2f9e --json")]
    List {
        /// Identifier of the incident
        #[arg(value_name = "INCIDENT")]
        incident: String,
    },
    /// Tells what each bundle of an incident holds, and what could not be had
    #[command(after_help = "\
Each bundle is read from the archive and checked against its hash.

Examples:
  watchkeeper evidence show 0b5c2f9e
  watchkeeper evidence show 0b5c2f9e --json")]
    Show {
        /// Identifier of the incident
        #[arg(value_name = "INCIDENT")]
        incident: String,
    },
    /// Writes everything that was captured of an incident into one file
    #[command(after_help = "\
The file is a `.tar.zst`: JSON and text files, a manifest with their hashes, and an `index.html` that a browser shows
without a network. Values of queries and documents are not in it: they were replaced by their types before they were
kept. Unpack it with `tar --zstd -xf FILE`.

Examples:
  watchkeeper evidence export 0b5c2f9e
  watchkeeper evidence export 0b5c2f9e --to for-support.tar.zst --json")]
    Export {
        /// Identifier of the incident
        #[arg(value_name = "INCIDENT")]
        incident: String,
        /// The file; `evidence-INCIDENT.tar.zst` if nothing is said
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (Command::List { incident } | Command::Show { incident } | Command::Export { incident, .. }) =
            &self.command;
        let id = IncidentId::parse(incident).ok_or_else(|| {
            Failure::NotUnderstood(anyhow!(
                "`{}` is no identifier of an incident; `watchkeeper incident list` shows them",
                terminal::plain(incident)
            ))
        })?;
        let config = self.config.load()?;
        let store = config_file::open_for_reading(&config).await?;
        let rows = store.list_evidence(&id).await;
        store.close().await;
        let rows = rows.context("cannot read what was captured")?;
        match &self.command {
            Command::List { .. } => {
                let list: Vec<Value> = rows.iter().map(listed).collect();
                let text = rows.iter().map(line).collect::<String>();
                self.told(&json!({ "incident": id.as_str(), "evidence": list }), &text)
            }
            Command::Show { .. } => {
                let bundles = load(&config, &rows).await?;
                let manifests: Vec<Value> =
                    bundles.iter().map(Unpacked::manifest).collect::<anyhow::Result<_>>()?;
                let text = manifests.iter().map(shown).collect::<String>();
                self.told(&json!({ "incident": id.as_str(), "captures": manifests }), &text)
            }
            Command::Export { to, .. } => {
                if rows.is_empty() {
                    return Err(Failure::Failed(anyhow!("nothing was captured of incident `{id}`")));
                }
                let to = to.clone().unwrap_or_else(|| PathBuf::from(format!("evidence-{id}.tar.zst")));
                let bundles = load(&config, &rows).await?;
                let bytes = export(&id, &bundles, Clock::System.now())?;
                std::fs::write(&to, &bytes).with_context(|| format!("cannot write `{}`", to.display()))?;
                let (file, captures) = (to.display().to_string(), bundles.len());
                let text = format!("{captures} captures of {id} in {file}, {} bytes\n", bytes.len());
                self.told(&json!({ "incident": id.as_str(), "file": file, "captures": captures, "bytes": bytes.len() }), &text)
            }
        }
    }

    fn told(&self, json: &Value, text: &str) -> Result<(), Failure> {
        Ok(if self.json { terminal::print_json(json) } else { terminal::print(text) }?)
    }
}

/// The bundles out of the archive, each checked against its hash.
async fn load(config: &Config, rows: &[EvidenceRow]) -> anyhow::Result<Vec<Unpacked>> {
    let archive = Archive::open(&config.archive.to, &config.fetch)?;
    let bar = terminal::progress_count(rows.len() as u64);
    let mut bundles = Vec::new();
    for row in rows {
        bundles.push(Unpacked::read(&row.sha256, &evidence::load(&archive, &row.sha256).await?)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(bundles)
}

fn listed(row: &EvidenceRow) -> Value {
    json!({
        "sha256": row.sha256,
        "occasion": row.occasion.as_str(),
        "database": row.database,
        "node": row.node,
        "captured_at": row.captured_at.to_string(),
        "took_ms": i64::try_from(row.took.as_millis()).unwrap_or(i64::MAX),
        "bytes": row.bytes,
        "files": row.pieces,
        "missing": row.missing,
    })
}

fn line(row: &EvidenceRow) -> String {
    format!(
        "{}  {:8}  {} on {}: {} files in {} ms, {} missing, {} bytes, {}\n",
        row.captured_at,
        row.occasion.as_str(),
        terminal::plain(&row.database),
        terminal::plain(&row.node),
        row.pieces,
        row.took.as_millis(),
        row.missing,
        row.bytes,
        row.sha256
    )
}

fn shown(manifest: &Value) -> String {
    let word = |value: &Value, name: &str| match &value[name] {
        Value::String(text) => terminal::plain(text),
        other => other.to_string(),
    };
    let mut text = format!(
        "{} of {} on {} at {}, {} ms\n  {}\n",
        word(manifest, "occasion"),
        word(manifest, "database"),
        word(manifest, "node"),
        word(manifest, "captured_at"),
        word(manifest, "took_ms"),
        word(manifest, "sentence")
    );
    // Writing to a string cannot fail.
    for file in manifest["files"].as_array().into_iter().flatten() {
        let _ = writeln!(
            text,
            "  {:30} {:>9} bytes {:>6} ms  {}",
            word(file, "path"),
            word(file, "bytes"),
            word(file, "took_ms"),
            word(file, "about")
        );
    }
    for missing in manifest["missing"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  {:30} missing: {}", word(missing, "name"), word(missing, "why"));
    }
    text
}
