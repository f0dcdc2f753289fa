//! P5 and P7: three nodes whose clocks disagree claim, pause, crash and lose their connection, and the clock of the
//! database is ours. Whatever the order, no lease is broken, no late result is taken, everybody hears everything,
//! and nobody hears an incident backwards.
//!
//! Each world follows from its number. `WATCHKEEPER_WORLDS` asks for more of them.

use crate::database::Database;
use crate::support::{Folder, Random, at, id, opened, updated};
use domain::{State, Timestamp};
use jiff::SignedDuration;
use sqlx::{AnyConnection, AssertSqlSafe, Executor};
use std::collections::{BTreeMap, BTreeSet};
use store::{ClaimWish, ClaimedDelivery, ClaimedNotice, Error, Lane, NewDelivery, Store, Tried, TryResult};

on_both_databases! {
    no_order_of_claims_pauses_and_crashes_loses_doubles_or_inverts_anything,
}

const WORLDS: u64 = 100;
/// Things that happen before everybody recovers.
const EVENTS: usize = 60;
const LEASE: SignedDuration = SignedDuration::from_secs(3);
/// Of each node's clock against that of the database, in seconds.
const SKEWS: [i64; 3] = [-3_600, 0, 3_600];
const DESTINATIONS: [&str; 2] = ["one", "two"];
const UPDATES: u32 = 2;

/// Who holds what, as it must be.
#[derive(Default)]
struct Lease {
    epoch: u64,
    until: i64,
    finished: bool,
}

/// What a node is about.
#[derive(Default)]
struct Node {
    notices: Vec<ClaimedNotice>,
    deliveries: Vec<ClaimedDelivery>,
}

/// What all worlds together saw.
#[derive(Debug, Default)]
struct Seen {
    taken: usize,
    repeated: usize,
    refused: usize,
}

struct World<'a> {
    store: &'a Store,
    clock: &'a mut AnyConnection,
    random: Random,
    /// Seconds since the beginning of all worlds, by the database.
    now: i64,
    nodes: [Node; 3],
    leases: BTreeMap<String, Lease>,
    /// What each receiver has of each incident, in the order in which it came first.
    heard: BTreeMap<(String, String), Vec<u32>>,
    seen: Seen,
}

async fn no_order_of_claims_pauses_and_crashes_loses_doubles_or_inverts_anything(database: Database) {
    // What is asked is who may write what, not whether it outlives the power.
    let database = match database {
        Database::Postgres(url) => Database::Postgres(format!("{url}%20-csynchronous_commit%3Doff")),
        Database::Sqlite(_) => Database::Sqlite(Folder::in_memory()),
    };
    let store = database.open().await;
    let mut clock = database.connect().await;
    let ours = "DROP VIEW database_clock; CREATE TABLE database_clock (now_at BIGINT NOT NULL); \
                INSERT INTO database_clock VALUES (0)";
    clock.execute(sqlx::raw_sql(ours)).await.unwrap();
    let worlds = std::env::var("WATCHKEEPER_WORLDS").ok();
    let worlds = worlds.map_or(WORLDS, |worlds| worlds.parse().expect("a number of worlds"));
    let (mut now, mut all) = (0, Seen::default());
    for number in 1..=worlds {
        let random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut world = World {
            store: &store,
            clock: &mut clock,
            random,
            now,
            nodes: Default::default(),
            leases: BTreeMap::new(),
            heard: BTreeMap::new(),
            seen: Seen::default(),
        };
        world.live(number).await;
        now = world.now;
        all.taken += world.seen.taken;
        all.repeated += world.seen.repeated;
        all.refused += world.seen.refused;
    }
    println!("{worlds} worlds: {all:?}, 0 inversions");
    assert!(all.repeated > 0 && all.refused > 0, "nothing was ever late: {all:?}");
}

impl World<'_> {
    async fn live(&mut self, number: u64) {
        self.wait(0).await;
        let mut decision = opened(&id(number), self.now);
        self.store.commit(&decision, None).await.unwrap();
        for update in 1..=UPDATES {
            decision = updated(&decision.next, &format!("u{update}"), State::Identified, self.now);
            self.store.commit(&decision, None).await.unwrap();
        }
        for _ in 0..EVENTS {
            self.happen(number).await;
        }
        // Everybody recovers, and has time.
        for node in &mut self.nodes {
            *node = Node::default();
        }
        let all = (DESTINATIONS.len() + 1) * (UPDATES as usize + 1);
        for round in 0.. {
            if self.leases.values().filter(|lease| lease.finished).count() == all {
                break;
            }
            assert!(round < 20 * all, "world {number}: something is never told");
            self.wait(LEASE.as_secs()).await;
            self.claim(1, number).await;
            self.publish(1, number).await;
            while self.send(1, true, number).await {}
        }
        for (receiver, heard) in &self.heard {
            let seqs: BTreeSet<_> = heard.iter().collect();
            assert_eq!(seqs.len(), UPDATES as usize + 1, "world {number}: {receiver:?} has everything");
            assert!(heard.is_sorted(), "world {number}: {receiver:?} heard {heard:?}");
        }
        assert_eq!(self.heard.len(), DESTINATIONS.len());
    }

    async fn happen(&mut self, number: u64) {
        let node = usize::try_from(self.random.below(3)).unwrap();
        match self.random.below(10) {
            0..=1 => {
                let seconds = i64::try_from(self.random.below(5)).unwrap();
                self.wait(seconds).await;
            }
            2..=4 => self.claim(node, number).await,
            5 => self.publish(node, number).await,
            6..=7 => _ = self.send(node, true, number).await,
            // It was sent, and the database does not hear of it.
            8 => _ = self.send(node, false, number).await,
            _ => self.nodes[node] = Node::default(),
        }
    }

    async fn wait(&mut self, seconds: i64) {
        self.now += seconds;
        let set = format!("UPDATE database_clock SET now_at = {}", at(self.now).as_microsecond());
        self.clock.execute(sqlx::raw_sql(AssertSqlSafe(set))).await.unwrap();
    }

    /// The time as that node believes it to be.
    fn believed(&self, node: usize) -> Timestamp {
        at(self.now + SKEWS[node])
    }

    async fn claim(&mut self, node: usize, number: u64) {
        // A node whose clock is late sees nothing due; that of the next one is early.
        let now = self.believed(node);
        for notice in self.store.claim_notices(now, 2, LEASE).await.unwrap() {
            self.lease(&notice.key, notice.epoch, number);
            self.nodes[node].notices.push(notice);
        }
        let limit = u32::try_from(1 + self.random.below(3)).unwrap();
        let wish = ClaimWish { lane: Lane::Subscribers, now, limit, lease: LEASE, full: Vec::new() };
        for delivery in self.store.claim_deliveries(wish).await.unwrap() {
            self.lease(&delivery.key, delivery.epoch, number);
            self.nodes[node].deliveries.push(delivery);
        }
    }

    fn lease(&mut self, key: &str, epoch: u64, number: u64) {
        let lease = self.leases.entry(key.to_owned()).or_default();
        assert!(!lease.finished, "world {number}: `{key}` is told and claimed again");
        assert!(lease.until <= self.now, "world {number}: `{key}` is held by another until {}", lease.until);
        assert!(epoch > lease.epoch, "world {number}: `{key}` has an old epoch");
        *lease = Lease { epoch, until: self.now + LEASE.as_secs(), finished: false };
    }

    /// Whether a result under that epoch must be taken; if so, it was.
    fn is_taken(&mut self, key: &str, epoch: u64) -> bool {
        let lease = self.leases.get_mut(key).expect("it was claimed");
        let taken = lease.epoch == epoch && !lease.finished;
        lease.finished |= taken;
        self.seen.refused += usize::from(!taken);
        taken
    }

    async fn publish(&mut self, node: usize, number: u64) {
        for notice in std::mem::take(&mut self.nodes[node].notices) {
            let to = DESTINATIONS.map(|name| NewDelivery {
                lane: Lane::Subscribers,
                destination: format!("{name}-{number}"),
                channel: "mail".into(),
                route: "receiver.example".into(),
            });
            let written = self.store.publish_notice(&notice, at(self.now), to.into(), false).await;
            let expected =
                if self.is_taken(&notice.key, notice.epoch) { Ok(()) } else { Err(Error::LostLease) };
            assert_eq!(written, expected, "world {number}: `{}`", notice.key);
        }
    }

    /// Sends the first message that a node holds, however late; whether there was one.
    async fn send(&mut self, node: usize, reported: bool, number: u64) -> bool {
        if self.nodes[node].deliveries.is_empty() {
            return false;
        }
        let delivery = self.nodes[node].deliveries.remove(0);
        let heard =
            self.heard.entry((delivery.destination.clone(), delivery.incident.to_string())).or_default();
        // The receiver tells repetitions by their key, which is one for each entry.
        if heard.contains(&delivery.seq) {
            self.seen.repeated += 1;
        } else {
            heard.push(delivery.seq);
            self.seen.taken += 1;
        }
        if reported {
            let expected = u64::from(self.is_taken(&delivery.key, delivery.epoch));
            let tried = Tried { at: at(self.now), result: TryResult::Done(None), delivery };
            let written = self.store.finish_deliveries(vec![tried]).await.unwrap();
            assert_eq!(
                written, expected,
                "world {number}: a late result is left alone, one in time is taken"
            );
        }
        true
    }
}
