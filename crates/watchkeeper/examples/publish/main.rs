//! From the decision to publish until the page shows it, the API shows it, and the first message is there, while
//! readers come at a rate that does not depend on how fast they are served.
//!
//! ```text
//! cargo run --profile bench --example publish -- target/release/watchkeeper --times 120 --readers 1000
//! ```
//!
//! It prints what it saw as Markdown and never judges it.

#[path = "../support/node.rs"]
mod node;
#[path = "../support/rate.rs"]
mod rate;
mod readers;

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use clap::Parser;
use node::Node;
use readers::Readers;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// From the decision to publish to what others see of it.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    program: PathBuf,
    /// Publications.
    #[arg(long, default_value_t = 120)]
    times: usize,
    /// Requests for the page in a second.
    #[arg(long, default_value_t = 1_000)]
    readers: u32,
}

/// Between two looks: what is measured is late by this much at most.
const LOOK: Duration = Duration::from_millis(2);
/// Between two publications.
const PAUSE: Duration = Duration::from_millis(100);
/// The share of the wanted load that counts as the load.
const REACHED: f64 = 0.98;
/// Longer than this is no answer.
const PATIENCE: Duration = Duration::from_secs(10);
const NAMES: [&str; 4] = ["answer to the command", "page shows it", "API shows it", "first message is there"];

/// Bodies of messages, with the moment at which each came.
type Inbox = Arc<Mutex<Vec<(Instant, String)>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = std::env::temp_dir().join(format!("watchkeeper-publish-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(&options, &folder).await;
    // What is left behind lies where the system tidies up by itself.
    let _ = std::fs::remove_dir_all(&folder);
    println!("{}", result?);
    Ok(())
}

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<String> {
    let inbox = Inbox::default();
    let sink = receive(Arc::clone(&inbox)).await?;
    let database = format!("sqlite:{}", folder.join("watchkeeper.db").display());
    let store = Store::open(&database, "seed").await?;
    let token = node::token(&store).await?;
    store.close().await;
    let listen = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let config = folder.join("watchkeeper.toml");
    std::fs::write(&config, configuration(listen, &database, sink))?;
    let node = Node::start(&options.program, &config, listen).await?;
    let readers = Readers::start(node::client()?, format!("{}/", node.base), options.readers);
    let mut took: [Vec<Duration>; 4] = Default::default();
    for number in 0..options.times {
        let seen = publish(&node, &token, &format!("Ovens are cold {number:04}"), &inbox).await?;
        for (all, one) in took.iter_mut().zip(seen) {
            all.push(one);
        }
        sleep(PAUSE).await;
    }
    let load = readers.stop().await?;
    Ok(table(options, &mut took, &load))
}

/// Opens an incident, waits until everybody sees it, and resolves it; how long each of [`NAMES`] took.
async fn publish(node: &Node, token: &str, title: &str, inbox: &Inbox) -> anyhow::Result<[Duration; 4]> {
    let began = Instant::now();
    let opening = async {
        let body = json!({ "environment": "prod", "title": title, "body": "We look into it." });
        let id = command(node, token, "/api/v1/incidents", &body).await?["id"].as_str().map(str::to_owned);
        Ok::<_, anyhow::Error>((began.elapsed(), id.context("an id")?))
    };
    let (opened, page, api, message) = tokio::try_join!(
        opening,
        shown(node, "/", title, began),
        shown(node, "/api/v2/summary.json", title, began),
        arrived(inbox, title, began),
    )?;
    let body = json!({ "body": "They are warm again.", "state": "resolved" });
    command(node, token, &format!("/api/v1/incidents/{}/updates", opened.1), &body).await?;
    Ok([opened.0, page, api, message])
}

async fn command(node: &Node, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let request = node.client.post(format!("{}{path}", node.base)).bearer_auth(token);
    let answer = request.header("content-type", "application/json").body(body.to_string()).send().await?;
    Ok(serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?)
}

async fn shown(node: &Node, path: &str, title: &str, began: Instant) -> anyhow::Result<Duration> {
    while began.elapsed() < PATIENCE {
        let answer = node.client.get(format!("{}{path}", node.base)).send().await?.error_for_status()?;
        if answer.text().await?.contains(title) {
            return Ok(began.elapsed());
        }
        sleep(LOOK).await;
    }
    bail!("`{path}` does not show `{title}`")
}

async fn arrived(inbox: &Inbox, title: &str, began: Instant) -> anyhow::Result<Duration> {
    while began.elapsed() < PATIENCE {
        let came = {
            let inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
            inbox.iter().rev().filter(|(_, body)| body.contains(title)).map(|(at, _)| *at).min()
        };
        if let Some(at) = came {
            return Ok(at.saturating_duration_since(began));
        }
        sleep(LOOK).await;
    }
    bail!("no message about `{title}` came")
}

/// A receiver that takes everything and notes when it came.
async fn receive(inbox: Inbox) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let take = |State(inbox): State<Inbox>, body: String| async move {
        inbox.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), body));
    };
    let router = Router::new().route("/", post(take)).with_state(inbox);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn configuration(listen: SocketAddr, database: &str, sink: SocketAddr) -> String {
    format!(
        "listen = \"{listen}\"\nstore = \"{database}\"\n[page]\nname = \"Quay Bakery\"\n\
         [[environment]]\nname = \"PROD\"\ncomponents = [\"Shop\"]\n\
         [fetch]\nallow_hosts = [\"127.0.0.1\"]\n[log]\nlevel = \"error\"\n\
         [[channel]]\nname = \"desk\"\nkind = \"webhook\"\nsettings = {{ url = \"http://{sink}/\", \
         secrets = [\"whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=\"] }}\n"
    )
}

fn table(options: &Options, took: &mut [Vec<Duration>; 4], load: &readers::Load) -> String {
    let mut text = format!(
        "{} publications while readers load the page: {} a second were to come, {:.0} a second were answered{} \
         ({} answers, {} failed, p99 {:.1} ms)\n\n\
         | from the command to | p50 ms | p99 ms | max ms |\n|---|---|---|---|\n",
        options.times,
        options.readers,
        load.rate,
        if load.rate < REACHED * f64::from(options.readers) { ", so the load was NOT reached" } else { "" },
        load.answered,
        load.failed,
        load.p99.as_secs_f64() * 1e3
    );
    for (name, all) in NAMES.iter().zip(took) {
        all.sort_unstable();
        let at = |hundredth: usize| readers::percentile(all, hundredth).as_secs_f64() * 1e3;
        let _ = writeln!(text, "| {name} | {:.1} | {:.1} | {:.1} |", at(50), at(99), at(100));
    }
    text
}
