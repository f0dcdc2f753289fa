//! How many requests run at once: few to one host, so that we are no burden and one that hangs holds up
//! only itself; not too many in all.
//!
//! This module never times anything: waiting for a lane is our doing and not the vendor's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) const PER_HOST: usize = 2;
const OVERALL: usize = 64;

/// The lanes of all hosts.
pub(super) struct Lanes {
    overall: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// One lane, free again when dropped.
pub(super) struct Lane {
    _host: Option<OwnedSemaphorePermit>,
    _overall: Option<OwnedSemaphorePermit>,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self { overall: Arc::new(Semaphore::new(OVERALL)), hosts: Mutex::default() }
    }

    /// Waits for a lane to `host`. The host's own comes first, so that those who queue for a slow host
    /// take nothing from the others.
    pub(super) async fn enter(&self, host: &str) -> Lane {
        // The semaphores are never closed, so there is always a permit in the end.
        let of_host = self.of_host(host).acquire_owned().await.ok();
        let overall = self.overall.clone().acquire_owned().await.ok();
        Lane { _host: of_host, _overall: overall }
    }

    fn of_host(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = hosts.get(host).and_then(Weak::upgrade) {
            return semaphore;
        }
        // Before the map grows it forgets the hosts to which nobody goes.
        if hosts.len() == hosts.capacity() {
            hosts.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let semaphore = Arc::new(Semaphore::new(PER_HOST));
        hosts.insert(host.to_owned(), Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn a_full_host_holds_up_only_itself() {
        let lanes = Lanes::new();
        let first = lanes.enter("slow").await;
        let _second = lanes.enter("slow").await;
        assert!(lanes.enter("slow").now_or_never().is_none(), "a third to one host waits");
        assert!(lanes.enter("quick").now_or_never().is_some());
        drop(first);
        assert!(lanes.enter("slow").now_or_never().is_some());
    }

    #[tokio::test]
    async fn no_more_than_the_limit_run_in_all_and_old_hosts_are_forgotten() {
        let lanes = Lanes::new();
        for host in 0..10_000 {
            lanes.enter(&host.to_string()).await;
        }
        assert!(lanes.hosts.lock().expect("not poisoned").len() < 100);
        let mut held = Vec::new();
        for host in 0..OVERALL {
            held.push(lanes.enter(&host.to_string()).await);
        }
        assert!(lanes.enter("one more").now_or_never().is_none());
    }
}
