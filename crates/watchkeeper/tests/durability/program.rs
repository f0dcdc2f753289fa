//! The real binary as a child process.

use crate::support::configuration::{self, Watched};
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::vendor::FakeVendor;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// Between two tries to reach a program that is starting.
const PAUSE: Duration = Duration::from_millis(2);
/// Longest start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the program keeps what it keeps, and how it is started.
pub(crate) struct Place {
    pub(crate) database: Database,
    folder: TempDir,
    listen: SocketAddr,
}

/// The program, running.
pub(crate) struct Program {
    child: Child,
    pub(crate) reader: Reader,
    /// From the start of the process to the first good answer.
    pub(crate) ready_after: Duration,
}

impl Place {
    /// A place with nothing in it yet.
    pub(crate) fn new(database: Database) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let listen = port.local_addr().expect("an address");
        Self { database, folder: tempfile::tempdir().expect("a folder"), listen }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("watchkeeper.toml")
    }

    /// Writes the configuration. Vendors whose interval is another than before are due at once.
    pub(crate) fn configure(&self, vendors: &[FakeVendor], interval_seconds: u32) {
        let names: Vec<String> = (0..vendors.len()).map(|number| format!("V{number}")).collect();
        let watched: Vec<Watched<'_>> = names
            .iter()
            .zip(vendors)
            .map(|(name, vendor)| Watched { name, url: &vendor.url, components: &[], interval_seconds })
            .collect();
        let text = configuration::text(self.listen, &self.database.address(), &watched, "");
        std::fs::write(self.file(), text).expect("a file");
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchkeeper"));
        command.args(arguments).arg("--config").arg(self.file()).output().expect("it runs")
    }

    /// A token that may write.
    pub(crate) fn token(&self) -> String {
        let output = self.run(&["token", "create", "--name", "ledger", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        made["token"].as_str().expect("a token").to_owned()
    }

    /// Starts it, and waits until this path answers well.
    pub(crate) async fn start(&self, path: &str) -> Program {
        let reader = Reader::of(self.listen);
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchkeeper"));
        command.args(["serve", "--config"]).arg(self.file()).stdin(Stdio::null()).stdout(Stdio::null());
        let mut program = Program {
            child: command.spawn().expect("it starts"),
            reader: reader.clone(),
            ready_after: Duration::ZERO,
        };
        let answering = async {
            while !reader.try_get(path).await.is_ok_and(|answer| answer.status.is_success()) {
                assert_eq!(program.child.try_wait().expect("a child"), None, "it ended by itself");
                tokio::time::sleep(PAUSE).await;
            }
        };
        let ready = tokio::time::timeout(PATIENCE, answering).await;
        assert!(ready.is_ok(), "not ready within {} s", PATIENCE.as_secs());
        program.ready_after = began.elapsed();
        program
    }
}

impl Program {
    /// Ends it at once; it notices nothing.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("a child");
    }

    /// Asks it to end, and says how it did and how long it took.
    pub(crate) async fn terminate(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("`kill` runs").success());
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ended already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
