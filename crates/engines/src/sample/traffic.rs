//! The platform's users: they come whether or not the last one was served, so a stall is felt as in life.
//!
//! At most [`MOST`] wait at once; those who come then are turned away, and counted. Never measures a server, only what
//! users felt.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{CONVERSATIONS, Error, Platform, TEAMS, address};

/// Between two users: a hundred a second.
const APART: Duration = Duration::from_millis(10);
/// Users that wait at once.
const MOST: usize = 300;
/// A user gives up after this.
const PATIENCE: Duration = Duration::from_secs(10);
/// What was felt longer ago is forgotten.
const MEMORY: Duration = Duration::from_secs(2);

/// Users at work. They stop when this is dropped.
#[derive(Debug)]
pub struct Traffic {
    ledger: Arc<Ledger>,
    task: JoinHandle<()>,
}

/// What users felt during the last two seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Felt {
    /// Half of them waited no longer, those who still wait included.
    pub median: Duration,
    /// All but one in a hundred waited no longer.
    pub p99: Duration,
    /// How many wait right now.
    pub waiting: usize,
    /// For how long the first of them has.
    pub oldest: Duration,
    /// How many were served.
    pub served: usize,
    /// How many were refused, gave up, or found no place to wait.
    pub failed: usize,
}

impl Traffic {
    /// Sends users to the platform.
    pub fn start(platform: Platform) -> Self {
        let ledger = Arc::<Ledger>::default();
        Self { task: tokio::spawn(send(platform, Arc::clone(&ledger))), ledger }
    }

    /// What they felt just now.
    pub fn felt(&self) -> Felt {
        self.ledger.felt(Instant::now())
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(platform: Platform, ledger: Arc<Ledger>) {
    let mut users = JoinSet::new();
    let mut ticks = interval(APART);
    // Those who should have come while we did not run do not come in a crowd.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0_u64.. {
        ticks.tick().await;
        while users.try_join_next().is_some() {}
        let began = Instant::now();
        if users.len() >= MOST {
            ledger.ended(number, began, false);
            continue;
        }
        ledger.came(number, began);
        let (platform, ledger) = (platform.clone(), Arc::clone(&ledger));
        users.spawn(async move {
            let served = timeout(PATIENCE, visit(&platform, number)).await;
            ledger.ended(number, Instant::now(), matches!(served, Ok(Ok(()))));
        });
    }
}

/// What one user does: most read a conversation, some look at their inbox or for a customer, a few write.
async fn visit(platform: &Platform, number: u64) -> Result<(), Error> {
    let any = i64::try_from(scatter(number) >> 1).unwrap_or_default();
    match number % 10 {
        0 => platform.touch(any % CONVERSATIONS).await,
        1 | 2 => platform.inbox(any % TEAMS).await.map(drop),
        3 => platform.customer(&address(any)).await.map(drop),
        _ => platform.conversation(any % CONVERSATIONS).await.map(drop),
    }
}

/// Numbers all over the place, the same ones each time (splitmix64).
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[derive(Debug, Default)]
struct Ledger(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    waiting: BTreeMap<u64, Instant>,
    ended: VecDeque<Ended>,
}

#[derive(Clone, Copy, Debug)]
struct Ended {
    at: Instant,
    waited: Duration,
    served: bool,
}

impl Ledger {
    fn came(&self, number: u64, at: Instant) {
        self.entries().waiting.insert(number, at);
    }

    fn ended(&self, number: u64, at: Instant, served: bool) {
        let mut entries = self.entries();
        let waited = entries.waiting.remove(&number).map_or(Duration::ZERO, |came| at - came);
        entries.ended.push_back(Ended { at, waited, served });
        while entries.ended.front().is_some_and(|first| at - first.at > MEMORY) {
            entries.ended.pop_front();
        }
    }

    fn felt(&self, now: Instant) -> Felt {
        let entries = self.entries();
        let recent: Vec<Ended> = entries.ended.iter().filter(|one| now - one.at <= MEMORY).copied().collect();
        let served = recent.iter().filter(|one| one.served).count();
        let done = recent.iter().filter(|one| one.served).map(|one| one.waited);
        let mut waits: Vec<Duration> = done.chain(entries.waiting.values().map(|came| now - *came)).collect();
        waits.sort_unstable();
        let at =
            |percent: usize| waits.get((waits.len() * percent / 100).min(waits.len().max(1) - 1)).copied();
        Felt {
            median: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
            waiting: entries.waiting.len(),
            oldest: entries.waiting.values().min().map(|came| now - *came).unwrap_or_default(),
            served,
            failed: recent.len() - served,
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_are_felt_before_they_are_served() {
        let ledger = Ledger::default();
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        for number in 0..98 {
            ledger.came(number, after(0));
            ledger.ended(number, after(4), true);
        }
        assert_eq!(ledger.felt(after(4)).p99, Duration::from_millis(4));
        ledger.came(98, after(0));
        ledger.came(99, after(10));
        let felt = ledger.felt(after(1_500));
        assert_eq!((felt.median, felt.p99), (Duration::from_millis(4), Duration::from_millis(1_500)));
        assert_eq!((felt.waiting, felt.served, felt.failed), (2, 98, 0));
        assert_eq!(felt.oldest, Duration::from_millis(1_500));
        ledger.ended(98, after(9_000), false);
        let felt = ledger.felt(after(9_000));
        assert_eq!((felt.waiting, felt.served, felt.failed), (1, 0, 1));
    }
}
