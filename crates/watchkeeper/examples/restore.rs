//! A database of a gigabyte is copied while it is written, drilled and restored, beside `cp` of the same bytes.
//!
//! ```text
//! cargo run --profile bench --example restore -- target/release/watchkeeper --megabytes 1000
//! ```
//!
//! It prints what it saw as Markdown and never judges it.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use anyhow::{Context as _, ensure};
use clap::Parser;
use domain::{
    Command as Wanted, Decision, Impact, Incident, IncidentId, Input, Kind, Slug, State, Timestamp,
    Visibility, decide,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use store::Store;
use tokio::task::JoinSet;

/// A database is copied and restored.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    program: PathBuf,
    /// Size of the database.
    #[arg(long, default_value_t = 1_000)]
    megabytes: u64,
}

/// Updates of one incident, and the text of each.
const UPDATES: u64 = 40;
const TEXT: &str = "We see that reads wait for the lock that the index build holds, and we look into it. ";
const TIMES: usize = 90;
/// Writers at a time, whose commits are flushed together.
const WRITERS: u64 = 64;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = std::env::temp_dir().join(format!("watchkeeper-restore-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(&options, &folder).await;
    // What is left behind lies where the system tidies up by itself.
    let _ = std::fs::remove_dir_all(&folder);
    println!("{}", result?);
    Ok(())
}

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<String> {
    let file = folder.join("watchkeeper.db");
    let store = Store::open(&format!("sqlite:{}", file.display()), "seed").await?;
    let (numbers, enough) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(store.clone(), Arc::clone(&numbers), Arc::clone(&enough)));
    }
    while megabytes(&file)? < options.megabytes {
        ensure!(writers.try_join_next().is_none(), "a writer ended early");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let config = configure(folder, "watchkeeper")?;
    let (copy, before) = (folder.join("copy.db"), numbers.load(Relaxed));
    let copied = timed(backup(options, &config, "create").arg("--to").arg(&copy))?;
    let during = numbers.load(Relaxed) - before;
    enough.store(true, Relaxed);
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    store.close().await;
    let plain = timed(Command::new("cp").arg(&copy).arg(folder.join("plain.db")))?
        + timed(Command::new("sync").arg(folder.join("plain.db")))?;
    std::fs::remove_file(folder.join("plain.db"))?;
    let restored = timed(backup(options, &configure(folder, "restored")?, "restore").arg(&copy))?;
    std::fs::remove_file(&copy)?;
    let drilled = timed(&mut backup(options, &config, "drill"))?;
    let size = megabytes(&folder.join("restored.db"))?;
    let mut text = format!(
        "{size} MB, {before} incidents of {UPDATES} updates, {during} incidents written during the copy\n\n\
         | | seconds | MB/s | of cp |\n|---|---|---|---|\n"
    );
    let rows = [
        ("`cp`, flushed", plain),
        ("backup create, checked, during writes", copied),
        ("backup restore, checked", restored),
        ("backup drill: both, opened and thrown away", drilled),
    ];
    for (what, took) in rows {
        let (took, size) = (took.as_secs_f64(), Duration::from_secs(size).as_secs_f64());
        let share = plain.as_secs_f64() / took;
        let _ = writeln!(text, "| {what} | {took:.1} | {:.0} | {share:.2} |", size / took);
    }
    Ok(text)
}

/// Writes incident after incident until there are enough.
async fn write(store: Store, numbers: Arc<AtomicU64>, enough: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !enough.load(Relaxed) {
        let number = numbers.fetch_add(1, Relaxed);
        let mut decision = opened(number)?;
        store.commit(&decision, None).await?;
        for update in 1..=UPDATES {
            if enough.load(Relaxed) {
                return Ok(());
            }
            decision = updated(&decision.next, update)?;
            store.commit(&decision, None).await?;
        }
    }
    Ok(())
}

fn opened(number: u64) -> anyhow::Result<Decision> {
    let command = Wanted::Open {
        environment: Slug::parse("prod").context("a slug")?,
        kind: Kind::Incident,
        title: format!("Reads stalled {number}"),
        impact: Impact::Minor,
        state: State::Investigating,
        update: ("u0".into(), TEXT.into()),
        components: Vec::new(),
        schedule: None,
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    };
    decided(&IncidentId::from_entropy(number), None, command, 0)
}

fn updated(incident: &Incident, update: u64) -> anyhow::Result<Decision> {
    let command = Wanted::Update {
        id: format!("u{update}"),
        state: State::Identified,
        body: format!("{update}: {}", TEXT.repeat(TIMES)),
        components: Vec::new(),
        next_update_at: None,
    };
    decided(&incident.id, Some(incident), command, update)
}

fn decided(
    id: &IncidentId,
    known: Option<&Incident>,
    command: Wanted,
    minute: u64,
) -> anyhow::Result<Decision> {
    let at = Timestamp::from_second(1_734_134_400 + i64::try_from(minute)? * 60)?;
    let decision = decide(id, known, &Input::Command { by: "bench".into(), command }, at);
    decision.map_err(|refused| anyhow::anyhow!("{refused:?}"))
}

/// A configuration whose database has that name; its path.
fn configure(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, format!("store = \"sqlite:{name}.db\"\n[page]\nname = \"Quay Bakery\"\n"))?;
    Ok(path)
}

fn backup(options: &Options, config: &Path, what: &str) -> Command {
    let mut command = Command::new(&options.program);
    command.arg("backup").arg(what).arg("--config").arg(config);
    command
}

fn timed(command: &mut Command) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let status = command.stdout(Stdio::null()).status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(began.elapsed())
}

fn megabytes(file: &Path) -> anyhow::Result<u64> {
    Ok(std::fs::metadata(file)?.len() / 1_000_000)
}
