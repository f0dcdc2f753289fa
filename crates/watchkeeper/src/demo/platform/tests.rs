//! The platform on a real server: each stall begins, is felt by users of the first environment only, and ends.

use super::*;
use engines::sample::Felt;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest wait for something to be felt.
const LATEST: Duration = Duration::from_secs(20);
/// What users call slow.
const SLOW: Duration = Duration::from_secs(1);

async fn until(platform: &Platform, what: &str, seen: impl Fn(&[Felt]) -> bool) {
    let began = Instant::now();
    loop {
        let felt: Vec<Felt> = platform.environments.iter().map(|one| one.traffic.felt()).collect();
        if seen(&felt) {
            return;
        }
        assert!(began.elapsed() < LATEST, "{what}: {felt:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

fn is_served(felt: &Felt) -> bool {
    felt.served > 100 && felt.failed == 0 && felt.p99 < SLOW
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stall_is_felt_in_the_first_environment_and_ends_when_it_is_told_to() {
    let mongod = std::env::var_os("WATCHKEEPER_TEST_MONGOD").expect("`cargo xtask test` names a mongod");
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Platform::start(Path::new(&mongod), folder.path()).await.expect("it starts");
    for stall in &STALLS {
        until(&platform, "users are served", |felt| felt.iter().all(is_served)).await;
        let stall = Stall::find(stall.name).expect("it is in the list");
        platform.begin(stall).await;
        until(&platform, stall.name, |felt| felt[0].oldest > SLOW && felt[1].oldest < SLOW).await;
        platform.stalling.stop().await;
        platform.over().await.expect("it could be undone");
    }
    until(&platform, "users are served again", |felt| felt.iter().all(is_served)).await;
    drop(platform);
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 0, "the servers' files are gone");
}
