//! What being watched costs a server: the throughput of a closed loop of reads and writes with a watcher and without,
//! in pairs of rounds whose order is drawn.
//!
//! All three share this machine, so the throughput also pays for the watcher's own computing, which is another
//! machine's in life. What the server itself spends is told apart, as its processor time per operation.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::children::{Running, node};
use super::database::{self, Mongod};
use crate::process;

/// Fewer tell nothing about the spread.
const FEWEST_PAIRS: usize = 8;
const CLIENTS: &str = "8";
/// The collection that `load` reads and writes, and so the one worth watching.
const NAMESPACE: &str = "load.items";
/// A watcher has connected and learned the server's version by then; the rounds without one wait as long.
const SETTLING: Duration = Duration::from_secs(5);

/// What one round showed.
struct Round {
    operations_per_second: f64,
    /// Processor time of the server for one operation.
    server_seconds: f64,
    /// Share of one core that the watcher used.
    watcher_share: f64,
}

pub(super) fn run(pairs: usize, seconds: u64) -> Result<()> {
    ensure!(pairs >= FEWEST_PAIRS, "`{pairs}` pairs tell nothing; {FEWEST_PAIRS} is the least");
    ensure!(seconds > 0, "a round must last a second");
    super::build()?;
    super::build_example("engines", "load")?;
    super::in_temporary_folder(|folder| measure(folder, pairs, seconds))
}

fn measure(folder: &Path, pairs: usize, seconds: u64) -> Result<()> {
    let mongod = Mongod::start(folder)?;
    let bench = Bench { config: database::config(folder, &mongod.uri, 1, NAMESPACE)?, mongod, seconds };
    // Makes the data, and is not counted.
    bench.round(false)?;
    let (mut throughput, mut cost, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 1..=pairs {
        let watched_first = coin()?;
        let first = bench.round(watched_first)?;
        let second = bench.round(!watched_first)?;
        let (watched, alone) = if watched_first { (first, second) } else { (second, first) };
        let ratio = watched.operations_per_second / alone.operations_per_second;
        println!(
            "pair {pair}: watched {:.0}/s, alone {:.0}/s, ratio {ratio:.4}",
            watched.operations_per_second, alone.operations_per_second
        );
        throughput.push(ratio);
        cost.push(watched.server_seconds / alone.server_seconds);
        shares.push(watched.watcher_share * 100.0);
    }
    println!("throughput watched / alone: {}", spread(&throughput));
    println!("server's processor time per operation, watched / alone: {}", spread(&cost));
    println!("watcher's share of one core in %: {}", spread(&shares));
    Ok(())
}

struct Bench {
    mongod: Mongod,
    config: PathBuf,
    seconds: u64,
}

impl Bench {
    fn round(&self, with_watcher: bool) -> Result<Round> {
        let mut watcher = if with_watcher { Some(node(&self.config)?.0) } else { None };
        std::thread::sleep(SETTLING);
        let server_before = self.mongod.running.processor_seconds()?;
        let watcher_before = watcher.as_ref().map_or(Ok(0.0), Running::processor_seconds)?;
        let (operations, operations_per_second) = self.load()?;
        let server = self.mongod.running.processor_seconds()? - server_before;
        if let Some(watcher) = &mut watcher {
            ensure!(watcher.0.try_wait()?.is_none(), "the watcher ended while it was measured");
            ensure!(watcher.connections(self.mongod.port)? > 0, "the watcher is not connected");
        }
        let watcher = watcher.as_ref().map_or(Ok(0.0), Running::processor_seconds)? - watcher_before;
        #[expect(clippy::cast_precision_loss, reason = "a round lasts seconds, not centuries")]
        let seconds = self.seconds as f64;
        Ok(Round {
            operations_per_second,
            server_seconds: server / operations,
            watcher_share: watcher / seconds,
        })
    }

    /// How many operations the load generator was served, and how many of them in a second.
    fn load(&self) -> Result<(f64, f64)> {
        let program = process::target().join("release/examples/load");
        let seconds = self.seconds.to_string();
        let mut command = Command::new(program);
        command.args(["--uri", &self.mongod.uri, "--seconds", &seconds, "--clients", CLIENTS]);
        let printed = process::output(command.stdin(Stdio::null()))?;
        let answer: Value = serde_json::from_str(printed.trim()).context("`load` printed no JSON")?;
        let number =
            |name: &str| answer[name].as_f64().with_context(|| format!("`load` printed no `{name}`"));
        Ok((number("operations")?, number("per_second")?))
    }
}

/// Heads or tails, from the operating system.
fn coin() -> Result<bool> {
    let mut byte = [0];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut byte)?;
    Ok(byte[0] % 2 == 0)
}

/// Mean with its standard error, and the least and greatest.
fn spread(ratios: &[f64]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "dozens of rounds")]
    let count = ratios.len() as f64;
    let mean = ratios.iter().sum::<f64>() / count;
    let squares: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    let mut sorted = ratios.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, greatest) = (sorted[0], sorted[sorted.len() - 1]);
    let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    format!("mean {mean:.4} ± {error:.4} (standard error), median {median:.4}, {least:.4} to {greatest:.4}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_known_ratios_is_known() {
        assert_eq!(
            spread(&[0.98, 1.02, 1.00, 1.00]),
            "mean 1.0000 ± 0.0082 (standard error), median 1.0000, 0.9800 to 1.0200"
        );
    }
}
