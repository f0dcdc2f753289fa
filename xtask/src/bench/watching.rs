//! 2,000 vendors looked at every 60 s by one node: processor, memory, lateness.

use std::io::Read;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::children::{fleet, node};

const VENDORS: usize = 2_000;
/// The first looks, which take in every vendor's history, are over by then.
const SETTLING: Duration = Duration::from_secs(75);

pub(super) fn run(seconds: u64) -> Result<()> {
    super::build()?;
    super::build_example("watchkeeper", "fleet")?;
    super::in_temporary_folder(|folder| measure(folder, seconds))
}

fn measure(folder: &std::path::Path, seconds: u64) -> Result<()> {
    let (mut fleet, config) = fleet(folder, VENDORS, SETTLING.as_secs() + seconds)?;
    let (node, _) = node(&config)?;
    std::thread::sleep(SETTLING);
    let (begun, before) = (Instant::now(), node.processor_seconds()?);
    let mut most: f64 = 0.0;
    let mut report = String::new();
    println!("watching {VENDORS} vendors for {seconds} s, after {} s of settling", SETTLING.as_secs());
    while fleet.0.try_wait()?.is_none() {
        most = most.max(node.megabytes()?);
        if begun.elapsed().as_secs() >= seconds {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    let share = (node.processor_seconds()? - before) / begun.elapsed().as_secs_f64() * 100.0;
    fleet.0.stdout.take().context("the fleet prints nowhere")?.read_to_string(&mut report)?;
    println!("{}", report.trim());
    println!("node: {share:.1} % of one core, at most {most:.1} MB resident");
    Ok(())
}
