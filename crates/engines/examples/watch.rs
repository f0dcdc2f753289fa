//! Watches a MongoDB for a while and tells what the looks showed, and what they cost us.
//!
//! `watch --uri URI [--seconds N] [--times N] [--alert] [--every]`: watches the target `--times` over; with `--every`
//! prints each sample, else one line of JSON at the end.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use domain::reads::{Look, Moment, Sample};
use engines::mongodb::{Clock, Pace, Target, Watch};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

#[derive(Default)]
struct Path {
    answered: usize,
    failed: usize,
    worst_us: i64,
    last_failure: String,
}

fn option(name: &str, otherwise: &str) -> String {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).unwrap_or_else(|| otherwise.to_owned())
}

fn flag(name: &str) -> bool {
    std::env::args().any(|argument| argument == name)
}

/// Processor time of this process in milliseconds, and its memory in kilobytes.
fn cost() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    ((ticks(11) + ticks(12)) * 10, memory.unwrap_or(0))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let seconds: u64 = option("--seconds", "10").parse()?;
    let times: usize = option("--times", "1").parse()?;
    let pace = if flag("--alert") { Pace::Alert } else { Pace::Calm };
    let start = Instant::now();
    let clock: Clock =
        Arc::new(move || Moment(i64::try_from(start.elapsed().as_micros()).unwrap_or(i64::MAX)));
    let (sender, mut samples) = mpsc::channel::<Sample>(10_000);
    let (_keep, pace) = watch::channel(pace);
    let mut watches = Vec::new();
    for _ in 0..times {
        let target = Target::new(&option("--uri", "mongodb://127.0.0.1:27017"), None, Vec::new())?;
        watches.push(Watch::start(target, Arc::clone(&clock), sender.clone(), pace.clone(), |_| None));
    }
    drop(sender);
    let mut paths: BTreeMap<String, Path> = BTreeMap::new();
    let end = start + Duration::from_secs(seconds);
    while let Ok(Some(sample)) = timeout_at(end, samples.recv()).await {
        if flag("--every") {
            println!("{sample:?}");
        }
        let path = paths.entry(format!("{} {}", sample.node, sample.path.name())).or_default();
        match sample.look {
            Look::Began => {}
            Look::Answered(took, _) => {
                path.answered += 1;
                path.worst_us = path.worst_us.max(took);
            }
            Look::Failed(took, failure) => {
                path.failed += 1;
                path.worst_us = path.worst_us.max(took);
                path.last_failure = failure.to_string();
            }
        }
    }
    let (cpu_ms, memory_kb) = cost();
    let dropped: u64 = watches.iter().map(Watch::dropped).sum();
    for watch in watches {
        watch.stop().await;
    }
    for (name, path) in &paths {
        eprintln!(
            "{name}: {} answered, {} failed, worst {} us {}",
            path.answered, path.failed, path.worst_us, path.last_failure
        );
    }
    println!(
        "{{\"times\":{times},\"seconds\":{seconds},\"cpu_ms\":{cpu_ms},\"memory_kb\":{memory_kb},\"dropped\":{dropped}}}"
    );
    Ok(())
}
