//! Many nodes of databases watched by one process: processor and memory. One server stands for all of them, so what
//! is measured is the watcher alone.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::children::{Running, node};
use super::database::{self, Mongod};

/// Connections are made, and what is learned in the first seconds is learned.
const SETTLING: Duration = Duration::from_secs(15);
const SECONDS: u64 = 60;

pub(super) fn run(nodes: usize) -> Result<()> {
    ensure!(nodes > 0, "there must be a node to watch");
    super::build()?;
    super::in_temporary_folder(|folder| measure(folder, nodes))
}

fn measure(folder: &Path, nodes: usize) -> Result<()> {
    let mongod = Mongod::start(folder)?;
    let config = database::config(folder, &mongod.uri, nodes, "load.items")?;
    let (mut node, _) = node(&config)?;
    std::thread::sleep(SETTLING);
    println!("watching {nodes} nodes for {SECONDS} s, after {} s of settling", SETTLING.as_secs());
    let (begun, before, server) = (Instant::now(), node.processor_seconds()?, &mongod.running);
    let server_before = server.processor_seconds()?;
    let most = most_megabytes(&mut node)?;
    let took = begun.elapsed().as_secs_f64();
    let share = (node.processor_seconds()? - before) / took * 100.0;
    let server_share = (server.processor_seconds()? - server_before) / took * 100.0;
    let connections = node.connections(mongod.port)?;
    ensure!(connections >= nodes, "the node holds {connections} connections to {nodes} databases");
    println!(
        "watchkeeper: {share:.1} % of one core, at most {most:.1} MB resident, {connections} connections"
    );
    println!("mongod, which answers for all {nodes}: {server_share:.1} % of one core");
    Ok(())
}

/// The most memory the node had in any second of the time; an error when it ended early.
fn most_megabytes(node: &mut Running) -> Result<f64> {
    let mut most: f64 = 0.0;
    for _ in 0..SECONDS {
        std::thread::sleep(Duration::from_secs(1));
        ensure!(node.0.try_wait()?.is_none(), "the node ended while it was measured");
        most = most.max(node.megabytes()?);
    }
    Ok(most)
}
