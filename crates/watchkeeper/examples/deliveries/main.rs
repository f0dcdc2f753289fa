//! A hundred thousand subscribers on sinks of our own, and a node that is killed while it tells them all.
//!
//! ```text
//! cargo run --profile bench --example deliveries -- target/release/watchkeeper --mails 100000 --webhooks 10000
//! ```
//!
//! Seeds a database, starts the node, opens one incident, and kills the node every few seconds (SIGKILL) until every
//! subscriber has it. The sinks fail a share of all requests. What the sinks can take by themselves is measured before,
//! in the same run. It prints what it saw as JSON and never judges it.

mod book;
mod mail_sink;
#[path = "../support/node.rs"]
mod node;
#[path = "../support/rate.rs"]
mod rate;
mod web_sink;

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use domain::Slug;
use mail_sink::MailSink;
use node::Node;
use rate::per_second;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{NewSubscriber, Rhythm, Store, SubscriberKind, Wishes};
use tokio::time::{Instant, sleep};
use watchkeeper::clock::Clock;
use web::Entropy;
use web::seal::Seal;
use web::subscribe::secret_name;
use web_sink::WebSink;

/// Subscribers on sinks of our own, and a node that is killed while it tells them all.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    program: PathBuf,
    /// Subscribers by mail.
    #[arg(long, default_value_t = 100_000)]
    mails: usize,
    /// Subscribers by webhook.
    #[arg(long, default_value_t = 10_000)]
    webhooks: usize,
    /// Seconds between two kills; none if 0.
    #[arg(long, default_value_t = 5)]
    kill_every: u64,
    /// Requests of a hundred that the sinks refuse for now.
    #[arg(long, default_value_t = 20)]
    failing: u64,
    /// The database; a file in a temporary folder if not given.
    #[arg(long)]
    database: Option<String>,
    /// Seconds without any progress after which it is given up.
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

/// With what the webhooks are signed here.
const SECRET: &str = "whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=";
/// Requests with which the sinks' own limits are measured.
const TRIAL: usize = 20_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = std::env::temp_dir().join(format!("watchkeeper-deliveries-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = measure(&options, &folder).await;
    // What is left behind lies where the system tidies up by itself.
    let _ = std::fs::remove_dir_all(&folder);
    println!("{:#}", result?);
    Ok(())
}

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<Value> {
    let mails = MailSink::start().await?;
    let webs = WebSink::start().await?;
    let mail_limit = mails.own_limit(TRIAL).await?;
    let web_limit = webs.own_limit(TRIAL).await?;
    mails.book.begin(options.failing);
    webs.book.begin(options.failing);

    let file = folder.join("watchkeeper.db");
    let database = options.database.clone().unwrap_or_else(|| format!("sqlite:{}", file.display()));
    let token = seed(&database, options, &webs).await?;
    let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let config = folder.join("watchkeeper.toml");
    std::fs::write(&config, configuration(port, &database, &mails))?;

    let mut node = Node::start(&options.program, &config, port).await?;
    let began = Instant::now();
    let incident = node.open(&token).await?;
    let answered = began.elapsed();
    let mut kills = 0;
    let mut since_kill = Instant::now();
    let mut progress = (0, Instant::now());
    let (mut first, mut half) = (None, None);
    let wanted = options.mails + options.webhooks;
    loop {
        sleep(Duration::from_millis(20)).await;
        let arrived = mails.book.arrived() + webs.book.arrived();
        if arrived > 0 {
            first.get_or_insert_with(|| began.elapsed());
        }
        if arrived * 2 >= wanted {
            half.get_or_insert_with(|| began.elapsed());
        }
        if arrived >= wanted {
            break;
        }
        if arrived > progress.0 {
            progress = (arrived, Instant::now());
        }
        ensure!(
            progress.1.elapsed() < Duration::from_secs(options.patience),
            "no progress: {arrived} of {wanted} after {kills} kills"
        );
        if options.kill_every > 0 && since_kill.elapsed() >= Duration::from_secs(options.kill_every) {
            node.kill()?;
            node = Node::start(&options.program, &config, port).await?;
            kills += 1;
            since_kill = Instant::now();
        }
    }
    let took = began.elapsed();
    let report = node.settled(&token, &incident).await?;
    node.kill()?;
    Ok(json!({
        "subscribers": { "mail": options.mails, "webhook": options.webhooks },
        "kills": kills,
        "failing_percent": options.failing,
        "request_answered_after_ms": answered.as_millis(),
        "first_arrived_after_ms": first.map(|first| first.as_millis()),
        "half_arrived_after_s": half.map(|half| half.as_secs_f64()),
        "all_arrived_after_s": took.as_secs_f64(),
        "per_second": per_second(wanted, took),
        "mail": mails.book.report(options.mails, "arrived_again_under_the_same_message_id"),
        "webhook": webs.book.report(options.webhooks, "arrived_again_under_the_same_webhook_id"),
        "sinks_alone_per_second": { "mail": mail_limit, "webhook": web_limit },
        "report": report,
    }))
}

/// Subscribers who are confirmed, and a token that may write.
async fn seed(database: &str, options: &Options, webs: &WebSink) -> anyhow::Result<String> {
    let store = Store::open(database, "seed").await?;
    let now = Clock::System.now();
    let page = Slug::parse("status").context("a slug")?;
    let seal = Seal::parse(KEY).context("a key")?;
    let entropy = Entropy::of_the_system();
    let sealed = |target: &str| seal.seal(&secret_name(&page, target), SECRET.as_bytes(), &entropy);
    let subscriber = |number: usize, kind: SubscriberKind, target: String| NewSubscriber {
        id: format!("{}{number:08}", kind.as_str()),
        page: page.clone(),
        kind,
        secret: (kind == SubscriberKind::Webhook).then(|| sealed(&target)),
        target,
        wishes: Wishes { language: "en".into(), rhythm: Rhythm::Each, ..Wishes::default() },
        token_sha256: hash(kind, number),
        origin: "bench".into(),
        at: now,
    };
    let mail = (0..options.mails)
        .map(|number| subscriber(number, SubscriberKind::Email, format!("reader{number}@readers.example")));
    let hooks = (0..options.webhooks).map(|number| {
        subscriber(number, SubscriberKind::Webhook, format!("http://{}/{number}", webs.address))
    });
    let all: Vec<NewSubscriber> = mail.chain(hooks).collect();
    for some in all.chunks(1_000) {
        store.import_subscribers(some.to_vec()).await?;
    }
    let token = node::token(&store).await?;
    store.close().await;
    Ok(token)
}

/// The key with which the secrets of webhooks are sealed here.
const KEY: &str = "1111111111111111111111111111111111111111111111111111111111111111";

/// Retries are short, so that days pass in seconds.
fn configuration(listen: SocketAddr, database: &str, mails: &MailSink) -> String {
    let retries = ["\"1s\""; 60].join(", ");
    format!(
        "listen = \"{listen}\"\nstore = \"{database}\"\n[page]\nname = \"Quay Bakery\"\nslug = \"status\"\n\
         [[environment]]\nname = \"PROD\"\ncomponents = [\"Shop\"]\n[secrets]\nkey = \"{KEY}\"\n\
         [fetch]\nallow_hosts = [\"127.0.0.1\"]\n[log]\nlevel = \"error\"\n\
         [mail]\nserver = \"{}\"\nsecurity = \"none\"\nfrom = \"Quay Bakery <status@quay.example>\"\n\
         connections = 16\n[delivery]\nretries = [{retries}]\nper_host = 64\nrate_per_host = 100000\n",
        mails.address
    )
}

fn hash(kind: SubscriberKind, number: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = u8::from(kind == SubscriberKind::Email);
    bytes[1..9].copy_from_slice(&number.to_be_bytes());
    bytes
}

impl Node {
    async fn open(&self, token: &str) -> anyhow::Result<String> {
        let body = json!({ "environment": "prod", "title": "Ovens are cold", "body": "We look into it." });
        let request = self.client.post(format!("{}/api/v1/incidents", self.base)).bearer_auth(token);
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await?;
        let answer: Value = serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?;
        Ok(answer["id"].as_str().context("an id")?.to_owned())
    }

    /// Its own report, once nothing waits any more.
    async fn settled(&self, token: &str, incident: &str) -> anyhow::Result<Value> {
        let url = format!("{}/api/v1/incidents/{incident}/deliveries", self.base);
        for _ in 0..600 {
            let answer = self.client.get(&url).bearer_auth(token).send().await?.error_for_status()?;
            let report: Value = serde_json::from_slice(&answer.bytes().await?)?;
            let lines = report["lines"].as_array().context("a list")?;
            if lines.iter().all(|line| line["waiting"] == 0) {
                let summary = |line: &Value| format!("{}: {}", line["channel"], line["summary"]);
                return Ok(lines.iter().map(summary).collect());
            }
            sleep(Duration::from_millis(500)).await;
        }
        bail!("the node still waits for deliveries that have arrived")
    }
}
