//! How often an address may try to sign in, or to have others written to. Bounded in memory: when the table is full of addresses that
//! still count, newcomers share one place.

use domain::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Attempts that an address may make in one window.
const ATTEMPTS: u32 = 10;
/// Length of a window.
const WINDOW_SECONDS: i64 = 60;
/// Addresses remembered, about 200 KB.
const ADDRESSES: usize = 4_096;

/// Attempts by address.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<Key, Attempts>>);

/// An IPv4 address, or the /64 of an IPv6 address: a customer has that many to choose from. `None` is
/// everybody else.
type Key = Option<u64>;

#[derive(Debug)]
struct Attempts {
    since: Timestamp,
    count: u32,
}

impl Limiter {
    /// Counts an attempt; `Err` holds the seconds until the next one is allowed.
    pub fn attempt(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), u32> {
        self.count(address.map(key_of), now)
    }

    /// The same for something else than an address, such as the hash of an account's name.
    pub fn attempt_by(&self, hash: u64, now: Timestamp) -> Result<(), u32> {
        self.count(Some(hash), now)
    }

    fn count(&self, mut key: Key, now: Timestamp) -> Result<(), u32> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= ADDRESSES && !table.contains_key(&key) {
            table.retain(|_, attempts| age(attempts, now) < WINDOW_SECONDS);
            if table.len() >= ADDRESSES {
                key = None;
            }
        }
        let attempts = table.entry(key).or_insert(Attempts { since: now, count: 0 });
        if age(attempts, now) >= WINDOW_SECONDS {
            *attempts = Attempts { since: now, count: 0 };
        }
        attempts.count = attempts.count.saturating_add(1);
        if attempts.count <= ATTEMPTS {
            return Ok(());
        }
        Err(u32::try_from(WINDOW_SECONDS - age(attempts, now)).unwrap_or(1).max(1))
    }
}

fn key_of(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        // The first 64 bits; no global address shares them with an IPv4 one, whose upper half is zero.
        IpAddr::V6(v6) => u64::try_from(v6.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

fn age(attempts: &Attempts, now: Timestamp) -> i64 {
    domain::time::seconds_between(attempts.since, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_eleventh_attempt_waits_for_the_window_and_others_do_not() {
        let limiter = Limiter::default();
        let (one, other) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        for _ in 0..10 {
            assert_eq!(limiter.attempt(Some(one), at(0)), Ok(()));
        }
        assert_eq!(limiter.attempt(Some(one), at(20)), Err(40));
        assert_eq!(limiter.attempt(Some(other), at(20)), Ok(()));
        assert_eq!(limiter.attempt(Some(one), at(60)), Ok(()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share_and_memory_is_bounded() {
        let limiter = Limiter::default();
        let v6 = |text: &str| text.parse::<IpAddr>().expect("an address");
        for last in 0..10 {
            limiter.attempt(Some(v6(&format!("2001:db8::{last}"))), at(0)).expect("allowed");
        }
        assert!(limiter.attempt(Some(v6("2001:db8::ffff")), at(0)).is_err());
        for n in 0..10_000_u32 {
            let _ = limiter.attempt(Some(IpAddr::V4(Ipv4Addr::from_bits(n))), at(1));
        }
        assert!(limiter.0.lock().expect("not poisoned").len() <= ADDRESSES + 1);
    }
}
