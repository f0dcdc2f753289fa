//! Programs under measurement: started, watched through `/proc`, ended by their process id.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process;

/// Where the node listens while it is measured.
pub(super) const NODE: &str = "127.0.0.1:18080";
/// Clock ticks of `/proc/PID/stat` in a second, on every Linux.
const TICKS: f64 = 100.0;

/// A program that is ended when this is dropped.
pub(super) struct Running(pub(super) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Resident memory in megabytes.
    pub(super) fn megabytes(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Processor time so far, in seconds.
    pub(super) fn processor_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| -> Result<f64> { Ok(fields.get(index).context("short stat")?.parse()?) };
        Ok((ticks(11)? + ticks(12)?) / TICKS)
    }

    /// How many connections it holds to that port of loopback.
    pub(super) fn connections(&self, port: u16) -> Result<usize> {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.0.id()))?;
        // One that is closed between listing and looking is not open.
        let links = open.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok());
        let ours: Vec<String> = links.map(|link| link.to_string_lossy().into_owned()).collect();
        let table = std::fs::read_to_string("/proc/net/tcp")?;
        Ok(inodes_of_connections(&table, port)
            .filter(|inode| ours.contains(&format!("socket:[{inode}]")))
            .count())
    }
}

/// The inodes in `/proc/net/tcp` of established connections to that port of 127.0.0.1.
fn inodes_of_connections(table: &str, port: u16) -> impl Iterator<Item = &str> {
    let remote = format!("0100007F:{port:04X}");
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(move |row| row.get(2) == Some(&remote.as_str()) && row.get(3) == Some(&"01"))
        .filter_map(|row| row.get(9).copied())
}

/// A folder for one measurement, with the fleet's configuration in it.
pub(super) fn fleet(folder: &Path, vendors: usize, seconds: u64) -> Result<(Running, PathBuf)> {
    std::fs::create_dir_all(folder)?;
    let config = folder.join("fleet.toml");
    let mut command = Command::new(process::target().join("release/examples/fleet"));
    command.arg(&config).args([
        "--vendors",
        &vendors.to_string(),
        "--for",
        &seconds.to_string(),
        "--node",
        NODE,
    ]);
    let fleet = Running(command.stdout(Stdio::piped()).spawn().context("cannot start the fleet")?);
    until("the fleet to write its configuration", || config.is_file().then_some(()))?;
    Ok((fleet, config))
}

/// Starts the node and waits for its first page; returns how long that took.
pub(super) fn node(config: &Path) -> Result<(Running, Duration)> {
    let begun = Instant::now();
    let mut command = Command::new(process::target().join("release/watchkeeper"));
    command.args(["serve", "--config"]).arg(config).stderr(Stdio::null());
    let node = Running(command.spawn().context("cannot start the node")?);
    until("the first page", || get(NODE, "/", false).ok())?;
    Ok((node, begun.elapsed()))
}

/// The body of a page; `gzip` asks for it compressed and leaves it so.
pub(super) fn get(address: &str, path: &str, gzip: bool) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    let accept = if gzip { "Accept-Encoding: gzip\r\n" } else { "" };
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{accept}Connection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        bail!("`{path}` answers {}", String::from_utf8_lossy(&answer[..end.min(40)]));
    }
    Ok(answer[end + 4..].to_vec())
}

/// Asks until there is an answer, for up to two minutes.
pub(super) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(2) {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    bail!("waited two minutes for {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_established_connections_to_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:6987 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1\n\
            1: 0100007F:9C40 0100007F:6987 01 00000000:00000000 00:00000000 00000000     0        0 12 1\n\
            2: 0100007F:6987 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 13 1\n\
            3: 0100007F:9C41 0100007F:6987 06 00000000:00000000 00:00000000 00000000     0        0 14 1\n";
        assert_eq!(inodes_of_connections(table, 0x6987).collect::<Vec<_>>(), ["12"]);
    }
}
