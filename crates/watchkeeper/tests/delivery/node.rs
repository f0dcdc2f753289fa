//! The program with channels: in process, or the real binary as a child that can be killed.

use crate::receivers::Receivers;
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::until;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use store::{Backlog, Doer, Store};
use tempfile::TempDir;
use watchkeeper::app::App;
use watchkeeper::clock::Clock;
use watchkeeper::config::Config;
use watchkeeper::config::reader::Surroundings;
use web::auth::{NewToken, Scope};

/// A configuration with these channels, each a path of `receivers`. Retries are short, so that days pass in seconds.
pub(crate) fn configuration(
    listen: SocketAddr,
    database: &Database,
    receivers: &Receivers,
    channels: &[String],
) -> String {
    let mut text = format!(
        "listen = \"{listen}\"\nstore = \"{}\"\n[page]\nname = \"Quay Bakery\"\n\
         [[environment]]\nname = \"PROD\"\ncomponents = [\"Shop\", \"Ovens\"]\n\
         [fetch]\nallow_hosts = [\"127.0.0.1\"]\n[log]\nlevel = \"error\"\n\
         [delivery]\nchannel_retries = [{}]\ntimeout = \"1s\"\nper_host = 64\nrate_per_host = 100000\n",
        database.address(),
        ["\"100ms\""; 100].join(", "),
    );
    for name in channels {
        let _ = write!(
            text,
            "[[channel]]\nname = \"{name}\"\nkind = \"webhook\"\n\
             settings = {{ url = \"http://{}/{name}\", secrets = [\"whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=\"] }}\n",
            receivers.address,
        );
    }
    text
}

/// The program in process, on the machine's clock.
pub(crate) struct Node {
    app: App,
    pub(crate) reader: Reader,
    pub(crate) token: String,
    pub(crate) database: Database,
    config: String,
}

impl Node {
    pub(crate) async fn start(database: Database, receivers: &Receivers, channels: &[String]) -> Self {
        Self::start_with(database, receivers, channels, "").await
    }

    /// The same with further sections in its configuration.
    pub(crate) async fn start_with(
        database: Database,
        receivers: &Receivers,
        channels: &[String],
        sections: &str,
    ) -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = configuration(listen, &database, receivers, channels) + sections;
        Self::start_as(database, config).await
    }

    /// The program with a configuration as it is.
    pub(crate) async fn start_as(database: Database, config: String) -> Self {
        let app = start(&config).await;
        let token = make_token(&app.parts().store).await;
        Self { reader: Reader::of(app.address()), app, token, database, config }
    }

    /// Stops it in an orderly way and starts it again.
    pub(crate) async fn restart(self) -> Self {
        let Self { app, token, database, config, .. } = self;
        app.stop().await;
        let app = start(&config).await;
        Self { reader: Reader::of(app.address()), app, token, database, config }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.app.address()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.app.parts().store
    }

    /// Waits until nothing is left to be sent.
    pub(crate) async fn settle(&self) {
        until("everything is delivered", async || is_settled(self.store()).await).await;
    }

    /// Opens an incident; its id.
    pub(crate) async fn open(&self, title: &str) -> String {
        open(&self.reader, &self.token, title).await
    }

    /// Posts an update.
    pub(crate) async fn post(&self, incident: &str, body: &str) {
        let path = format!("/api/v1/incidents/{incident}/updates");
        let answer = self.reader.post(&path, &self.token, &json!({ "body": body })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    }

    /// A document for holders of a token.
    pub(crate) async fn document(&self, path: &str) -> Value {
        let sent = self.reader.send(Method::GET, path, &self.token, None, &Value::Null).await;
        let answer = sent.expect("an answer");
        assert_eq!(answer.status, StatusCode::OK, "`{path}`: {}", answer.text);
        answer.json()
    }
}

async fn start(config: &str) -> App {
    let surroundings = Surroundings { folder: "/".into(), variable: |_| None };
    let config = Config::read(config, Path::new("test.toml"), &surroundings);
    let config = config.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    App::start(config, Clock::System).await.expect("it starts")
}

async fn make_token(store: &Store) -> String {
    let new = NewToken::new("ann", Scope::Write, Clock::System.now());
    let (text, kept) = new.make(&web::Entropy::of_the_system());
    let deed = web::auth::token_created(&kept, Doer::program("test"), "");
    store.create_token(kept, deed).await.expect("the store keeps it");
    text
}

/// Whether all notices are told and nothing waits to be sent.
pub(crate) async fn is_settled(store: &Store) -> bool {
    let Ok(Backlog { waiting: 0, .. }) = store.outbox_stats().await else { return false };
    store.channel_health().await.is_ok_and(|all| all.iter().all(|one| one.waiting == 0))
}

async fn open(reader: &Reader, token: &str, title: &str) -> String {
    let body = json!({ "environment": "prod", "title": title, "body": "We look into it." });
    let answer = reader.post("/api/v1/incidents", token, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// The real binary as a child process.
pub(crate) struct Process {
    folder: TempDir,
    listen: SocketAddr,
    pub(crate) reader: Reader,
    child: Option<Child>,
}

impl Process {
    pub(crate) fn new(database: &Database, receivers: &Receivers, channels: &[String]) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let listen = port.local_addr().expect("an address");
        let folder = tempfile::tempdir().expect("a folder");
        let text = configuration(listen, database, receivers, channels);
        std::fs::write(folder.path().join("watchkeeper.toml"), text).expect("a file");
        Self { folder, listen, reader: Reader::of(listen), child: None }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchkeeper"));
        command.args(arguments).arg("--config").arg(self.folder.path().join("watchkeeper.toml"));
        command
    }

    /// A token that may write; while the program does not run.
    pub(crate) fn token(&self) -> String {
        let output =
            self.command(&["token", "create", "--name", "ledger", "--json"]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let made: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        made["token"].as_str().expect("a token").to_owned()
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn start(&mut self) {
        let mut command = self.command(&["serve"]);
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts"));
        let reader = Reader::of(self.listen);
        until("it is ready", async || {
            reader.try_get("/readyz").await.is_ok_and(|answer| answer.status.is_success())
        })
        .await;
    }

    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let child = self.child.as_ref().expect("it runs");
        let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
        assert!(sent.expect("`kill` runs").success(), "{name}");
    }

    /// Ends it at once; it notices nothing.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it is killed");
            child.wait().expect("a child");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
