//! The child: commits of every kind through the store, and a line for each that was acknowledged.

use crate::support::{LASTING, at, good_look, id, opened, registration, updated};
use domain::{ComponentState, State};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use store::{Document, Outcome, RequestKey, Store};

/// Names inside the recorded folder and beside it.
pub(crate) const DATABASE: &str = "test.db";
pub(crate) const ACKNOWLEDGED: &str = "acknowledged";

/// Tasks that commit at the same time, so that commits share a flush.
const TASKS: u64 = 2;
/// Incidents of each, and updates of each incident.
const INCIDENTS: u64 = 10;
const UPDATES: i64 = 8;

pub(crate) fn write(folder: &Path, seed: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(folder, seed));
}

/// One line in one write: that is the moment at which the world knows.
fn acknowledge(world: &File, line: &str) {
    let mut world = world;
    world.write_all(line.as_bytes()).unwrap();
}

async fn run(folder: &Path, seed: u64) {
    let world = Arc::new(File::create(folder.with_file_name(ACKNOWLEDGED)).unwrap());
    let url = format!("sqlite:{}", folder.join(DATABASE).display());
    let store = Store::open(&url, "node").await.unwrap();
    store.register_vendors(&[registration("acme")], at(0)).await.unwrap();
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        tasks.push(tokio::spawn(live_through_incidents(store.clone(), Arc::clone(&world), task)));
    }
    tasks.push(tokio::spawn(watch(store.clone(), world, seed)));
    for task in tasks {
        task.await.unwrap();
    }
    // No orderly end: the last commits stay in the log.
}

async fn live_through_incidents(store: Store, world: Arc<File>, task: u64) {
    for number in 0..INCIDENTS {
        let id = id(task * 1_000 + number);
        let mut decision = opened(&id, 0);
        for update in 1..=UPDATES {
            let key = RequestKey { key: format!("{task}/{number}/{update}"), digest: [7; 32] };
            let committed = store.commit(&decision, Some(key.clone())).await.unwrap();
            acknowledge(&world, &format!("incident {id} {} {}\n", committed.version, key.key));
            let state = if update == UPDATES - 1 { State::Resolved } else { State::Identified };
            decision = updated(&decision.next, &format!("u{update}"), state, update);
        }
    }
}

/// The other kinds of writes, in between: looks with raw bodies, notices told.
async fn watch(store: Store, world: Arc<File>, seed: u64) {
    for round in 0..40 {
        let claim = store.claim_due(at(round * 60), 1, LASTING).await.unwrap().remove(0);
        let state = if round % 3 == 0 { ComponentState::MajorOutage } else { ComponentState::Operational };
        let mut look = good_look(round * 60, &[("api", state)]);
        look.documents = vec![Document {
            url: "https://status.acme.example".into(),
            etag: None,
            last_modified: None,
            body: Some(noise(seed + round.unsigned_abs())),
        }];
        store.record_look(&claim, look).await.unwrap();
        acknowledge(&world, &format!("look {}\n", at(round * 60).as_microsecond()));
        for notice in store.claim_notices(at(9), 2, LASTING).await.unwrap() {
            let done = Outcome::Done { at: at(9) };
            store.finish_notice(&notice.key, notice.epoch, done).await.unwrap();
            acknowledge(&world, &format!("told {}\n", notice.key));
        }
    }
}

/// Larger than a page and not to be compressed.
fn noise(seed: u64) -> Vec<u8> {
    let mut random = crate::support::Random(seed | 1);
    (0..6_000).map(|_| random.below(256).to_le_bytes()[0]).collect()
}
