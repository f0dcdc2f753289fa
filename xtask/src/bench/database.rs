//! A mongod of its own for one measurement, and the configuration of a node that watches it.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::children::{NODE, Running, until};
use crate::mongod;

/// A server on loopback with temporary files, standalone, of any free port.
pub(super) struct Mongod {
    pub(super) running: Running,
    pub(super) port: u16,
    pub(super) uri: String,
}

impl Mongod {
    /// Starts it with its files in `folder`, and waits until it takes connections.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let files = folder.join("mongod");
        std::fs::create_dir_all(&files)?;
        // Free now; another program may take it before the server does, and then the start fails loudly.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(mongod::binary()?);
        command.arg("--dbpath").arg(&files).arg("--logpath").arg(folder.join("mongod.log"));
        command.args(["--bind_ip", "127.0.0.1", "--port", &port.to_string(), "--nounixsocket"]);
        command.args(["--wiredTigerCacheSizeGB", "0.5"]).stdout(Stdio::null());
        let running = Running(command.spawn().context("cannot start mongod")?);
        let address = format!("127.0.0.1:{port}");
        until("mongod to take connections", || std::net::TcpStream::connect(&address).ok())?;
        Ok(Self { running, port, uri: format!("mongodb://{address}/?directConnection=true") })
    }
}

/// Writes the configuration of a node that watches `uri` as so many databases of one node each.
pub(super) fn config(folder: &Path, uri: &str, databases: usize, namespace: &str) -> Result<PathBuf> {
    let path = folder.join("watch.toml");
    std::fs::write(&path, text(uri, databases, namespace))
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(path)
}

fn text(uri: &str, databases: usize, namespace: &str) -> String {
    let mut text = format!(
        "listen = \"{NODE}\"\n\n[page]\nname = \"Measured\"\n\n\
         [[environment]]\nname = \"PROD1\"\ncomponents = [\"API\"]\n"
    );
    for number in 1..=databases {
        let _ = write!(
            text,
            "\n[[database]]\nname = \"node {number:02}\"\nenvironment = \"PROD1\"\nuri = \"{uri}\"\n\
             app_uri = \"{uri}\"\nnamespaces = [\"{namespace}\"]\naffects = [\"API\"]\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_of_the_configuration_has_a_name_of_its_own() {
        let text = text("mongodb://127.0.0.1:1/", 50, "load.items");
        assert_eq!(text.matches("[[database]]").count(), 50);
        for number in 1..=50 {
            assert_eq!(text.matches(&format!("\nname = \"node {number:02}\"\n")).count(), 1, "{number}");
        }
    }
}
