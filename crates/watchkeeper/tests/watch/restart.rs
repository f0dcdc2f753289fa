//! The program is killed during an incident: the same one goes on.

use crate::mongod::Mongod;
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::until;
use crate::world::{configuration, until_only};
use domain::{Entry, Event, IncidentId};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use store::Store;
use tempfile::TempDir;

/// What is said of a stall whose end nobody saw.
const UNWATCHED: &str = "nobody watched at the moment in which they recovered";

on_both_databases!(
    on two threads: an_incident_goes_on_after_the_program_was_killed,
    a_stall_that_ended_while_nobody_watched_is_ended_afterwards,
);

/// The real binary, and what it is started with.
struct Program {
    folder: TempDir,
    child: Child,
    reader: Reader,
}

impl Program {
    async fn start(database: &Database, mongod: &Mongod) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let listen = port.local_addr().expect("an address");
        drop(port);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("watchkeeper.toml"), configuration(listen, database, mongod))
            .expect("a file");
        let program = Self { child: serve(&folder), folder, reader: Reader::of(listen) };
        program.until_ready(listen).await;
        program
    }

    async fn until_ready(&self, listen: SocketAddr) {
        until(&format!("{listen} answers"), async || {
            self.reader.try_get("/api/v1/status").await.is_ok_and(|answer| answer.status.is_success())
        })
        .await;
    }

    /// It notices nothing.
    fn kill(&mut self) {
        self.child.kill().expect("a child");
        self.child.wait().expect("a killed child ends");
    }

    fn restart(&mut self) {
        self.child = serve(&self.folder);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(folder: &TempDir) -> Child {
    Command::new(env!("CARGO_BIN_EXE_watchkeeper"))
        .args(["serve", "--config"])
        .arg(folder.path().join("watchkeeper.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// Waits until the program answers again and the only incident is in this state.
async fn until_only_again(program: &Program, state: &str) -> serde_json::Value {
    until("it answers again", async || program.reader.try_get("/api/v1/status").await.is_ok()).await;
    until_only(&program.reader, state).await.0
}

async fn an_incident_goes_on_after_the_program_was_killed(database: Database) {
    let mongod = Mongod::start().await;
    mongod.freeze();
    let mut program = Program::start(&database, &mongod).await;
    let (opened, _) = until_only(&program.reader, "investigating").await;
    program.kill();
    program.restart();
    let same = until_only_again(&program, "investigating").await;
    assert_eq!(same["id"], opened["id"]);
    mongod.thaw();
    let resolved = until_only_again(&program, "resolved").await;
    assert_eq!(resolved["id"], opened["id"]);
}

async fn a_stall_that_ended_while_nobody_watched_is_ended_afterwards(database: Database) {
    let mongod = Mongod::start().await;
    mongod.freeze();
    let mut program = Program::start(&database, &mongod).await;
    let (opened, _) = until_only(&program.reader, "investigating").await;
    program.kill();
    mongod.thaw();
    program.restart();
    let resolved = until_only_again(&program, "resolved").await;
    assert_eq!(resolved["id"], opened["id"]);
    // What the watch judged is for the team, so it is looked up where it is kept.
    let store = Store::open_for_reading(&database.address()).await.expect("it opens");
    let id = IncidentId::parse(opened["id"].as_str().expect("an id")).expect("an id");
    let entries = store.timeline(&id).await.expect("a timeline");
    let said = |entry: &Entry| matches!(&entry.event, Event::Judged(judgement) if judgement.sentence.contains(UNWATCHED));
    assert!(entries.iter().any(said), "{entries:#?}");
    store.close().await;
}
