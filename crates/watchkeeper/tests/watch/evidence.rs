//! Evidence of a stall: captured when the verdict falls and when it is over, complete, small, and without anybody's
//! values.

use crate::mongod::Mongod;
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::until;
use crate::world::{configuration, node, until_only, until_quiet};
use engines::sample::Platform;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use store::Doer;
use watchkeeper::app::App;
use watchkeeper::clock::Clock;
use web::Entropy;
use web::auth::{NewToken, Scope};

/// What nobody may find in an archive: the words and the comment of the search, and who tried to sign in.
const SECRETS: [&str; 4] = ["word that nobody", "search box", "s3cret", "customer17@example.org"];

/// Every file of a bundle, by name.
fn unpacked(bytes: &[u8]) -> Vec<(String, String)> {
    let tar = ruzstd::decoding::StreamingDecoder::new(bytes).expect("zstd");
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().expect("tar");
    entries
        .map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("text");
            (entry.path().expect("a path").display().to_string(), text)
        })
        .collect()
}

fn file<'a>(files: &'a [(String, String)], path: &str) -> &'a str {
    let found = files.iter().find(|(name, _)| name == path);
    let names = || files.iter().map(|(name, _)| name).collect::<Vec<_>>();
    found.map_or_else(|| panic!("there is no `{path}` among {:?}", names()), |(_, text)| text.as_str())
}

fn assert_nobody_is_told(files: &[(String, String)]) {
    for (name, text) in files {
        for secret in SECRETS {
            assert!(!text.contains(secret), "`{secret}` in {name}");
        }
    }
}

async fn token(app: &App) -> String {
    let (text, kept) = NewToken::new("ann", Scope::Read, Clock::System.now()).make(&Entropy::of_the_system());
    let deed = web::auth::token_created(&kept, Doer::program("test"), "");
    app.parts().store.create_token(kept, deed).await.expect("the store keeps it");
    text
}

async fn listed(reader: &Reader, token: &str, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/incidents/{id}/evidence");
    let answer = reader.send(Method::GET, &path, token, None, &json!({})).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["evidence"].as_array().expect("a list").clone()
}

/// The bundle of an occasion, once it is noted, and what its line says.
async fn captured(reader: &Reader, token: &str, id: &str, occasion: &str) -> Value {
    let of = async || listed(reader, token, id).await.into_iter().find(|line| line["occasion"] == occasion);
    until(&format!("evidence of the {occasion} is noted"), async || of().await.is_some()).await;
    of().await.expect("it was there")
}

fn bundle(archive: &Path, line: &Value) -> Vec<(String, String)> {
    let sha256 = line["sha256"].as_str().expect("a hash");
    let bytes =
        std::fs::read(archive.join(format!("evidence/{sha256}.tar.zst"))).expect("it is in the archive");
    assert_eq!(web::rendered::hex(&Sha256::digest(&bytes)), sha256, "its name is its hash");
    assert_eq!(line["bytes"], bytes.len());
    unpacked(&bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stall_leaves_evidence_without_anybodys_values() {
    let (mongod, database) = (Mongod::start().await, Database::sqlite());
    let platform = Platform::new(&mongod.uri(), &mongod.uri()).await.expect("an address");
    platform.answers().await.expect("it answers");
    platform.seed().await.expect("its data is made");
    let (app, reader) = node(&database, &mongod).await;
    let token = token(&app).await;
    until_quiet(&app).await;
    // Who may not come in stands in the log of the server.
    let stranger = mongod.uri().replace("mongodb://", "mongodb://s3cret:s3cret@");
    let target = engines::mongodb::Target::new(&stranger, None, Vec::new()).expect("an address");
    engines::mongodb::examine(&target).await;
    platform.customer("customer17@example.org").await.expect("it answers");

    let searches = async {
        let live = app.parts().site.live().database("crm").expect("it is configured");
        let seen = || {
            live.glance().nodes.iter().filter_map(|(_, node)| node.in_flight.clone()).any(|(_, in_flight)| {
                in_flight
                    .groups
                    .iter()
                    .any(|group| group.plan.contains("COLLSCAN") && group.oldest_us > 300_000)
            })
        };
        until("searches are seen", async || seen()).await;
    };
    platform.search_without_index(searches).await.expect("the searches end");
    until_quiet(&app).await;

    mongod.freeze();
    let (incident, _) = until_only(&reader, "investigating").await;
    let id = incident["id"].as_str().expect("an id");
    let onset = captured(&reader, &token, id, "onset").await;
    let took_ms = onset["took_ms"].as_u64().expect("a number");
    assert!(took_ms < 5_000, "a node that hangs holds nobody up: {took_ms} ms");
    mongod.thaw();
    let recovery = captured(&reader, &token, id, "recovery").await;

    let files = bundle(&mongod.archive(), &onset);
    assert_nobody_is_told(&files);
    let manifest: Value = serde_json::from_str(file(&files, "manifest.json")).expect("JSON");
    println!("onset: {} ms, {} bytes, missing {}", onset["took_ms"], onset["bytes"], manifest["missing"]);
    assert_eq!(
        manifest["files"].as_array().map(Vec::len),
        Some(files.len() - 1),
        "each file is in the manifest"
    );
    for told in manifest["files"].as_array().expect("a list") {
        let text = file(&files, told["path"].as_str().expect("a path"));
        assert_eq!(told["sha256"], web::rendered::hex(&Sha256::digest(text)), "{told}");
    }
    assert!(
        file(&files, "verdict.json").contains("began_at")
            && file(&files, "counters.json").contains("hello_ms")
    );
    let missing = manifest["missing"].as_array().expect("a list");
    assert!(missing.iter().any(|told| told["name"] == "server-status"), "what hangs is missing: {missing:?}");
    let files = bundle(&mongod.archive(), &recovery);
    assert_nobody_is_told(&files);
    println!(
        "recovery: {} ms, {} bytes, missing {}",
        recovery["took_ms"], recovery["bytes"], recovery["missing"]
    );
    let log = file(&files, "log.txt");
    assert!(
        log.contains("[initandlisten]") && log.lines().count() > 50,
        "the end of the log is there: {log}"
    );
    assert!(file(&files, "server-status.json").contains("opcounters"));
    assert!(file(&files, "top.json").contains("crm.messages"));

    exported(&mongod, &database, id);
    let refused = reader.get(&format!("/api/v1/incidents/{id}/evidence")).await;
    assert_eq!(refused.status, 401, "strangers are not told");
    let path = onset["path"].as_str().expect("a path");
    assert_eq!(reader.get(path).await.status, 401, "nor given anything");
    let given = reader.send(Method::GET, path, &token, None, &json!({})).await.expect("an answer");
    assert_eq!(given.status, 200, "{}", given.text);
    app.stop().await;
}

/// One file with everything, by the command line.
fn exported(mongod: &Mongod, database: &Database, id: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, to) = (folder.path().join("watchkeeper.toml"), folder.path().join("evidence.tar.zst"));
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    std::fs::write(&config, configuration(listen, database, mongod)).expect("written");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_watchkeeper"));
        let output =
            command.arg("evidence").args(arguments).arg("--config").arg(&config).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let told: Value = serde_json::from_str(&run(&["list", id, "--json"])).expect("JSON");
    let captures = told["evidence"].as_array().expect("a list").len();
    assert!(captures >= 2, "{told}");
    assert!(run(&["show", id]).contains("server-status.json"));
    run(&["export", id, "--to", to.to_str().expect("text")]);
    let files = unpacked(&std::fs::read(&to).expect("written"));
    assert_nobody_is_told(&files);
    let index = file(&files, "index.html");
    assert!(
        index.contains("crm.messages") && !index.contains("http://") && !index.contains("https://"),
        "{index}"
    );
    let manifest: Value = serde_json::from_str(file(&files, "manifest.json")).expect("JSON");
    assert_eq!(manifest["captures"].as_array().map(Vec::len), Some(captures));
}
