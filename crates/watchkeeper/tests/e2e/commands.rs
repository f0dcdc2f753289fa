//! What the console does, done from the command line against a running server.

use crate::support::database::Database;
use crate::world::World;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::Duration;
use web::auth::Scope;

/// Somebody at a terminal.
struct Terminal {
    server: SocketAddr,
    token: String,
}

impl Terminal {
    async fn of(world: &World) -> Self {
        Self { server: world.address(), token: world.token_for(Scope::Admin).await }
    }

    /// Runs a command beside the server, which shares this thread.
    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchkeeper"));
        command.args(arguments).args(["--url", &format!("http://{}", self.server)]);
        command.env("WATCHKEEPER_TOKEN", &self.token);
        let ran = tokio::task::spawn_blocking(move || command.output()).await.expect("it ran");
        ran.expect("the program starts")
    }

    /// What a command says as JSON.
    async fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat()).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn id(held: &Value) -> &str {
    held["id"].as_str().expect("an id")
}

#[tokio::test]
async fn what_is_held_is_listed_taken_back_sent_or_leaves_by_itself() {
    let world = World::start(Database::sqlite()).await;
    let terminal = Terminal::of(&world).await;
    let open = ["incident", "open", "Bread is late", "--environment", "PROD", "--body", "We bake.", "--hold"];
    let total = async || world.reader.json("/api/v1/incidents?source=prod").await["total"].clone();

    let held = terminal.json(&open).await;
    assert_eq!(held["state"], "waiting");
    let listed = terminal.json(&["incident", "held"]).await;
    assert_eq!((listed.as_array().map(Vec::len), id(&listed[0])), (Some(1), id(&held)));
    let undone = terminal.json(&["incident", "undo", id(&held)]).await;
    assert_eq!(undone["state"], "undone");
    assert_eq!(terminal.json(&["incident", "held"]).await, json!([]));
    world.step(Duration::from_secs(11)).await;
    assert_eq!(total().await, 0);

    let sent = terminal.json(&open).await;
    let sent = terminal.json(&["incident", "send", id(&sent)]).await;
    assert_eq!(sent["state"], "done");
    let incident = sent["incident"].as_str().expect("an incident");
    let resolve = ["incident", "resolve", incident, "--body", "It is baked.", "--hold=5"];
    let resolving = terminal.json(&resolve).await;
    assert_eq!(terminal.json(&["incident", "show", incident]).await["state"], "investigating");
    world.step(Duration::from_secs(6)).await;
    world.until_page(&format!("/incidents/{incident}"), "It is baked.").await;
    let late = terminal.json(&["incident", "undo", id(&resolving)]).await;
    assert_eq!(late["state"], "done", "what has left cannot be taken back");
    let refused = terminal.run(&["incident", "undo", "../vendors"]).await;
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[tokio::test]
async fn environments_and_their_components_are_added_changed_and_taken_away() {
    let world = World::start(Database::sqlite()).await;
    let terminal = Terminal::of(&world).await;
    let put = ["environment", "put", "Shop 2", "--component", "Web", "--component", "Core/Till"];
    let made = terminal.json(&put).await;
    assert_eq!((&made["slug"], &made["components"]), (&json!("shop-2"), &json!(["Web", "Core/Till"])));
    terminal
        .json(&["environment", "put", "shop-2", "--baseline", "operational", "--rename", "Shop two"])
        .await;
    terminal.json(&["environment", "add-component", "Shop two", "Core/Stock"]).await;
    terminal.json(&["environment", "remove-component", "Shop two", "Till"]).await;
    let listed = terminal.json(&["environment", "list"]).await;
    assert_eq!((&listed[0]["slug"], &listed[0]["configured"]), (&json!("prod"), &json!(true)));
    let expected = json!({
        "slug": "shop-2", "name": "Shop two", "baseline": "operational", "configured": false,
        "components": ["Web", "Core/Stock"],
    });
    assert_eq!(listed[1], expected);
    world.until_page("/", "Stock").await;
    let open =
        ["incident", "open", "No till", "--environment", "Shop two", "--component", "stock=major_outage"];
    let opened = terminal.json(&[&open[..], &["--body", "We look."]].concat()).await;
    assert_eq!(opened["components"][0]["key"], "Core/Stock");
    let fixed = terminal.run(&["environment", "add-component", "PROD", "Web"]).await;
    assert_eq!(fixed.status.code(), Some(2));
    let told = String::from_utf8_lossy(&fixed.stderr);
    assert!(told.contains("in the configuration"), "{told}");
    assert!(terminal.run(&["environment", "remove", "Shop two"]).await.status.success());
    assert_eq!(terminal.json(&["environment", "list"]).await.as_array().map(Vec::len), Some(1));
}
