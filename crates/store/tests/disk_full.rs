//! A disk that is full, and a disk that fails: nothing is acknowledged that was not kept, a full disk is waited
//! for, a failing one ends all writing until a restart.
//!
//! A child commits through the store under `strace`, which lets one of its writes or flushes fail, each time
//! another one. `main` is our own because the program also plays the child.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/mod.rs"]
mod support;

use domain::IncidentId;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use store::{Error, Store};
use support::{Folder, Random, id, opened};

/// Commits that the child tries, and places of the failure in each way of failing.
const COMMITS: u64 = 100;
const PLACES: u64 = 16;

/// A way in which a disk fails.
struct Fault {
    name: &'static str,
    /// System calls and the error that they return.
    calls: &'static str,
    error: &'static str,
    /// Calls of the writing thread among which the failing one is chosen.
    last_place: u64,
    /// Whether it may pass.
    passes: bool,
}

const FAULTS: [Fault; 3] = [
    Fault { name: "no space", calls: "pwrite64", error: "ENOSPC", last_place: 1_500, passes: true },
    Fault { name: "failed write", calls: "pwrite64", error: "EIO", last_place: 1_500, passes: false },
    Fault { name: "failed flush", calls: "fsync,fdatasync", error: "EIO", last_place: 90, passes: false },
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("write") => return run(write(&arguments[2])),
        // What `cargo test -- --list` expects of a test program.
        Some("--list") => {
            return println!("a_full_disk_is_waited_for_and_a_failing_one_ends_all_writing: test");
        }
        _ => {}
    }
    let seed = u64::from(std::process::id()) * 2_654_435_761 + 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    for fault in FAULTS {
        let mut outcomes = BTreeMap::<String, u64>::new();
        for number in 1..=PLACES {
            // One place in each stretch, so that all of a start, a commit and a checkpoint are met.
            let stretch = fault.last_place / PLACES;
            let place = stretch * (number - 1) + 1 + random.below(stretch);
            for answer in fail_at(&fault, place) {
                *outcomes.entry(answer).or_default() += 1;
            }
        }
        println!("{}: {outcomes:?}", fault.name);
        let bad_end = if fault.passes { "unavailable" } else { "read-only" };
        assert!(outcomes.contains_key("ok") && outcomes.contains_key(bad_end), "the fault was not met");
    }
}

fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

/// The child: a line per commit that says how it went.
async fn write(url: &str) {
    let store = match Store::open(url, "node").await {
        Ok(store) => store,
        Err(error) => return println!("refused {error}"),
    };
    let mut failed = false;
    for number in 0..COMMITS {
        let answer = match store.commit(&opened(&id(number), 0), None).await {
            Ok(_) => "ok",
            Err(Error::Unavailable(_)) => "unavailable",
            Err(Error::ReadOnly(_)) => "read-only",
            Err(error) => panic!("commit {number}: {error}"),
        };
        println!("{answer} {number}");
        // Reading goes on whatever happens to the writer.
        assert_eq!(store.load(&id(number)).await.is_ok(), answer == "ok", "{answer} {number}");
        // The disk may also fail under the checkpoint that follows an acknowledgement; from then on every
        // commit is refused.
        assert!(!failed || answer == "read-only", "{answer} {number} after the disk failed");
        failed = matches!(store.ping().await, Err(Error::ReadOnly(_)));
        assert!(failed || answer != "read-only", "{number} was refused, and nobody is told why");
    }
}

/// Lets the `place`-th call of every thread fail, and looks at what was left behind.
fn fail_at(fault: &Fault, place: u64) -> Vec<String> {
    let folder = Folder::new();
    let url = folder.url("test.db");
    let output = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e", &format!("trace={}", fault.calls)])
        .args(["-e", &format!("inject={}:error={}:when={place}", fault.calls, fault.error), "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["write", &url])
        .output()
        .expect("`strace` is missing: install it with `apt-get install strace`");
    let printed = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let context = format!("{} at {place}: {printed}{told}", fault.name);
    assert!(output.status.success(), "{context}");
    let answers: Vec<(String, Option<u64>)> = printed
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(answer, number)| (answer.to_owned(), number.parse().ok()))
        .collect();
    let words: Vec<String> = answers.iter().map(|(answer, _)| answer.clone()).collect();
    check_order(&words, fault, &context);
    run(check_database(folder.path(), &url, &answers, &context));
    words
}

fn check_order(words: &[String], fault: &Fault, context: &str) {
    let first = |wanted: &str| words.iter().position(|word| word == wanted);
    if fault.passes {
        assert_eq!(first("read-only"), None, "{context}");
        // The next commit finds room again.
        let pairs = words.windows(2).filter(|pair| pair[0] == "unavailable");
        assert!(pairs.into_iter().all(|pair| pair[1] == "ok"), "{context}");
    } else {
        assert_eq!(first("unavailable"), None, "{context}");
        let from = first("read-only").unwrap_or(words.len());
        assert!(words[from..].iter().all(|word| word == "read-only"), "a flush was tried again: {context}");
    }
}

/// After a restart on a sound disk: all that was acknowledged is there, and nothing is half there.
async fn check_database(folder: &Path, url: &str, answers: &[(String, Option<u64>)], context: &str) {
    let store = Store::open(url, "node").await.unwrap_or_else(|error| panic!("{error}: {context}"));
    assert_eq!(store.check().await.unwrap(), [], "{context}");
    for (answer, number) in answers {
        let Some(number) = number else { continue };
        let found = store.load(&IncidentId::from_entropy(*number)).await.is_ok();
        match answer.as_str() {
            "ok" => assert!(found, "commit {number} was acknowledged and is lost: {context}"),
            "unavailable" => assert!(!found, "commit {number} was refused and is there: {context}"),
            // The disk failed while it was being kept: it may be there or not.
            _ => {}
        }
    }
    store.commit(&opened(&id(COMMITS), 0), None).await.unwrap();
    store.close().await;
    assert!(folder.join("test.db").exists());
}
