//! A page that is kept as files in a folder and in a bucket, while it changes.

use crate::support::bucket::FakeBucket;
use crate::support::configuration;
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::until;
use crate::world::{BEGINNING, LOOPS, at, read_config, step_to, token_of};
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use watchkeeper::app::App;
use watchkeeper::clock::Clock;
use web::auth::Scope;

on_both_databases!(
    a_page_in_a_folder_follows_what_the_page_shows,
    of_a_page_in_a_bucket_only_what_has_changed_is_written,
    of_two_nodes_one_keeps_the_files_and_the_other_takes_over,
);

/// A configuration whose page is copied somewhere, with that host allowed.
fn configured(database: &Database, copy_to: &str, host: &str) -> String {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let text = configuration::text(listen, &database.address(), &[], "");
    let text = text.replacen("[page]\n", &format!("[page]\ncopy_to = {copy_to}\n"), 1);
    text.replacen("allow_hosts = []", &format!("allow_hosts = [{host:?}]"), 1)
}

fn in_bucket(bucket: &FakeBucket) -> String {
    let endpoint = &bucket.endpoint;
    format!(
        "{{ url = \"s3://site\", endpoint = \"{endpoint}\", access_key_id = \"a\", secret_access_key = \"b\" }}"
    )
}

fn host(bucket: &FakeBucket) -> String {
    bucket.endpoint.replace("http://", "")
}

async fn start(text: &str, clock: &Clock) -> App {
    App::start(read_config(text), clock.clone()).await.expect("it starts")
}

/// Steps past the longest pause of the copying.
async fn step(clock: &Clock, nodes: usize) {
    let instant = clock.now().saturating_add(Duration::from_secs(3)).expect("in range");
    step_to(clock, nodes * (LOOPS + 1), instant).await;
}

/// Opens an incident; its identifier.
async fn open(reader: &Reader, token: &str, title: &str) -> String {
    let incident = json!({ "environment": "prod", "title": title, "impact": "major", "body": "No bread." });
    let opened = reader.post("/api/v1/incidents", token, &incident).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    opened.json()["id"].as_str().expect("an id").to_owned()
}

async fn a_page_in_a_folder_follows_what_the_page_shows(database: Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("site");
    let text = configured(&database, &format!("\"{}\"", to.display()), "192.0.2.1");
    let clock = Clock::stepped(at(BEGINNING));
    // A file lies where the folder should: the server starts all the same.
    std::fs::write(&to, "in the way").expect("a file");
    let app = start(&text, &clock).await;
    let (reader, token) = (Reader::of(app.address()), token_of(&app, Scope::Write, clock.now()).await);
    let store = &app.parts().store;
    until("the failure is noted", async || {
        store.list_copies().await.expect("listed").first().is_some_and(|copy| copy.failure.is_some())
    })
    .await;
    assert!(reader.text("/metrics").await.contains("watchkeeper_copy_errors_total 1"));
    std::fs::remove_file(&to).expect("removed");
    step(&clock, 1).await;
    step(&clock, 1).await;
    let home = || std::fs::read_to_string(to.join("index.html")).unwrap_or_default();
    until("the page is there", async || home().contains("Quay Bakery")).await;
    until("the failure is over", async || {
        let copies = store.list_copies().await.expect("listed");
        copies.first().is_some_and(|copy| copy.failure.is_none() && copy.copied_at.is_some())
    })
    .await;

    let id = open(&reader, &token, "The ovens are cold").await;
    let page = to.join(format!("incidents/{id}.html"));
    step(&clock, 1).await;
    until("the incident is on it", async || home().contains("The ovens are cold")).await;
    assert!(page.exists(), "what the front page links to is there before it");
    std::fs::write(to.join("CNAME"), "status.example.org").expect("written");
    let hidden = reader.post(&format!("/api/v1/incidents/{id}/hide"), &token, &json!({})).await;
    assert_eq!(hidden.status, 200, "{}", hidden.text);
    step(&clock, 1).await;
    until("no trace of it is left", async || !home().contains("The ovens are cold") && !page.exists()).await;
    assert!(to.join("CNAME").exists(), "what others put there stays");
    app.stop().await;
}

async fn of_a_page_in_a_bucket_only_what_has_changed_is_written(database: Database) {
    let bucket = FakeBucket::start().await;
    let text = configured(&database, &in_bucket(&bucket), &host(&bucket));
    let clock = Clock::stepped(at(BEGINNING));
    let app = start(&text, &clock).await;
    let (reader, token) = (Reader::of(app.address()), token_of(&app, Scope::Write, clock.now()).await);
    let shows = |words: &str| {
        let home = bucket.objects().get("site/index.html").cloned().unwrap_or_default();
        String::from_utf8_lossy(&home).contains(words)
    };
    until("the page is there", async || shows("Quay Bakery")).await;
    let first = open(&reader, &token, "The ovens are cold").await;
    step(&clock, 1).await;
    until("the first incident is on it", async || shows("The ovens are cold")).await;
    // Whatever is written from here on belongs to the second.
    let settled =
        |path: &str| bucket.objects().get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    until("the list is whole", async || {
        settled("site/.watchkeeper-export").is_some_and(|list| !list.contains("--"))
    })
    .await;
    bucket.take_written();
    let second = open(&reader, &token, "The door is stuck").await;
    step(&clock, 1).await;
    until("the second incident is on it", async || shows("The door is stuck")).await;
    until("the list is whole", async || {
        settled("site/.watchkeeper-export").is_some_and(|list| !list.contains("--"))
    })
    .await;
    let written = bucket.take_written();
    let times = |path: &str| written.iter().filter(|known| *known == path).count();
    assert_eq!(times(&format!("site/incidents/{second}.html")), 1, "{written:?}");
    assert_eq!(times("site/index.html"), 1, "{written:?}");
    assert!(written.iter().all(|path| !path.contains(&first) && !path.contains("assets")), "{written:?}");

    bucket.break_down(true);
    let hidden = reader.post(&format!("/api/v1/incidents/{first}/hide"), &token, &json!({})).await;
    assert_eq!(hidden.status, 200, "{}", hidden.text);
    step(&clock, 1).await;
    until("the failure is noted", async || {
        let copies = app.parts().store.list_copies().await.expect("listed");
        copies.first().and_then(|copy| copy.failure.clone()).is_some_and(|(_, why)| why.contains("403"))
    })
    .await;
    bucket.break_down(false);
    until("it is tried again, and no trace of it is left", async || {
        step(&clock, 1).await;
        bucket.objects().keys().all(|path| !path.contains(&first)) && !shows("The ovens are cold")
    })
    .await;
    app.stop().await;
}

async fn of_two_nodes_one_keeps_the_files_and_the_other_takes_over(database: Database) {
    if !database.is_shared() {
        // One file has one node: a second one on it is refused, and a restart takes over at once.
        return the_next_start_takes_over(database).await;
    }
    let bucket = FakeBucket::start().await;
    let text = configured(&database, &in_bucket(&bucket), &host(&bucket));
    let clock = Clock::stepped(at(BEGINNING));
    let one = start(&text, &clock).await;
    let written = || bucket.objects().contains_key("site/index.html");
    until("the page is there", async || written()).await;
    let other = start(&text, &clock).await;
    bucket.take_written();
    step(&clock, 2).await;
    step(&clock, 2).await;
    assert!(bucket.take_written().is_empty(), "one node is enough");
    one.stop().await;
    let token = token_of(&other, Scope::Write, clock.now()).await;
    open(&Reader::of(other.address()), &token, "The ovens are cold").await;
    until("the other has taken over", async || {
        step(&clock, 1).await;
        let home = bucket.objects().get("site/index.html").cloned().unwrap_or_default();
        String::from_utf8_lossy(&home).contains("The ovens are cold")
    })
    .await;
    other.stop().await;
}

async fn the_next_start_takes_over(database: Database) {
    let bucket = FakeBucket::start().await;
    let text = configured(&database, &in_bucket(&bucket), &host(&bucket));
    let clock = Clock::stepped(at(BEGINNING));
    let one = start(&text, &clock).await;
    until("the page is there", async || bucket.objects().contains_key("site/index.html")).await;
    one.stop().await;
    bucket.take_written();
    let other = start(&text, &clock).await;
    until("it is written by the next", async || {
        bucket.take_written().iter().any(|path| path == "site/.watchkeeper-export")
    })
    .await;
    other.stop().await;
}
