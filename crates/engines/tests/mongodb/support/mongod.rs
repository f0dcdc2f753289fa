//! A mongod of our own, on a free port and in a folder that goes with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ::mongodb::Client;
use ::mongodb::bson::{Document, doc};
use ::mongodb::options::ClientOptions;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// A server that takes longer than this to start or to do as it is told does not do it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A running server; dropped, it is killed.
pub(crate) struct Mongod {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    pub(crate) folder: TempDir,
}

fn binary() -> PathBuf {
    std::env::var_os("WATCHKEEPER_TEST_MONGOD").map(PathBuf::from).expect(
        "`WATCHKEEPER_TEST_MONGOD` does not name a mongod; `cargo xtask test` fetches one and names it to the tests",
    )
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("a listener has an address").port()
}

impl Mongod {
    /// A standalone server, or whatever `arguments` make of it.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self::start_in(folder, arguments).await
    }

    pub(crate) async fn start_in(folder: TempDir, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let port = free_port();
        let child = spawn(&folder, port, &arguments);
        let server = Self { child, port, arguments, folder };
        server.ready().await;
        server
    }

    async fn ready(&self) {
        let answers = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                sleep(POLL).await;
            }
        };
        if timeout(PATIENCE, answers).await.is_err() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            panic!("mongod does not answer on port {}:\n{log}", self.port);
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn node(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.node())
    }

    pub(crate) async fn client(&self) -> Client {
        client(&self.uri()).await
    }

    /// A server with a collection that can be read from.
    pub(crate) async fn with_documents(arguments: &[&str]) -> Self {
        let server = Self::start(arguments).await;
        fill(&server.client().await, 200).await;
        server
    }

    fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &process]).status().expect("`kill` runs");
        assert!(done.success(), "cannot send {signal}");
    }

    /// How long it has computed so far, to a hundredth of a second.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux");
        let figures: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks = |place: usize| figures[place].parse::<u64>().expect("a number");
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Stops the process as a hanging machine would.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Starts it again on its port and its files.
    pub(crate) async fn restart(&mut self) {
        std::fs::remove_file(self.folder.path().join("data/mongod.lock")).ok();
        self.child = spawn(&self.folder, self.port, &self.arguments);
        self.ready().await;
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn spawn(folder: &TempDir, port: u16, arguments: &[String]) -> Child {
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).expect("a folder can be made");
    Command::new(binary())
        .args(["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "16"])
        .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
        .args(["--setParameter", "enableTestCommands=1"])
        .args(["--port", &port.to_string()])
        .arg("--dbpath")
        .arg(&data)
        .arg("--logpath")
        .arg(folder.path().join("log"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the mongod that `WATCHKEEPER_TEST_MONGOD` names starts")
}

pub(crate) async fn client(uri: &str) -> Client {
    let mut options = ClientOptions::parse(uri).await.expect("the tests' connection strings are good");
    options.app_name = Some("crm-web".to_owned());
    Client::with_options(options).expect("the tests' connection strings are good")
}

pub(crate) async fn fill(client: &Client, count: i32) {
    let documents = (0..count).map(|id| doc! { "_id": id, "text": "x".repeat(100) });
    client.database("crm").collection::<Document>("messages").insert_many(documents).await.expect("inserts");
}

pub(crate) async fn admin(client: &Client, command: Document) -> Document {
    let name = command.keys().next().cloned().unwrap_or_default();
    let answer = timeout(PATIENCE, client.database("admin").run_command(command)).await;
    answer
        .unwrap_or_else(|_| panic!("`{name}` does not end"))
        .unwrap_or_else(|error| panic!("`{name}`: {error}"))
}

/// Repeats a command until its answer is as wanted.
pub(crate) async fn until(
    client: &Client,
    command: Document,
    wanted: impl Fn(&Document) -> bool,
) -> Document {
    let ask = async {
        loop {
            if let Ok(answer) = client.database("admin").run_command(command.clone()).await
                && wanted(&answer)
            {
                return answer;
            }
            sleep(POLL).await;
        }
    };
    timeout(PATIENCE, ask).await.unwrap_or_else(|_| panic!("{command} never says what we wait for"))
}
