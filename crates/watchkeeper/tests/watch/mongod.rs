//! A mongod of our own, on a free port and in a folder that goes with it.

use crate::support::until;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running server; dropped, it is killed.
pub(crate) struct Mongod {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Mongod {
    pub(crate) async fn start() -> Self {
        let binary = std::env::var_os("WATCHKEEPER_TEST_MONGOD").expect(
            "there is no mongod to watch: run `cargo xtask test`, which fetches one and sets \
             WATCHKEEPER_TEST_MONGOD",
        );
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = port.local_addr().expect("an address").port();
        let child = Command::new(binary)
            .args(["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25"])
            .args(["--port", &port.to_string()])
            .arg("--dbpath")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the mongod that `WATCHKEEPER_TEST_MONGOD` names starts");
        until("mongod listens", async || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()).await;
        Self { child, port, folder }
    }

    /// A folder for evidence, which goes with the server.
    pub(crate) fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    pub(crate) fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    /// Stops the process as a hanging machine would.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &process]).status().expect("`kill` runs");
        assert!(done.success(), "cannot send {signal}");
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        // What is gone already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
