//! Readers of a page who come at a fixed rate, however long the ones before them wait: an open loop, in which a server
//! that stalls is seen to stall.

use crate::rate::per_second;
use anyhow::Context as _;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// What became of them.
pub(crate) struct Load {
    pub(crate) answered: usize,
    pub(crate) failed: usize,
    /// How many of them a second really came and were answered.
    pub(crate) rate: f64,
    /// From when each was to come until it had the page.
    pub(crate) p99: Duration,
}

pub(crate) struct Readers {
    stop: oneshot::Sender<()>,
    coming: JoinHandle<Load>,
}

impl Readers {
    /// So many a second, from now on.
    pub(crate) fn start(client: reqwest::Client, url: String, rate: u32) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let coming = tokio::spawn(async move {
            let mut turns = interval(Duration::from_secs(1) / rate.max(1));
            // Whoever is late comes at once, and is counted from when it was to come.
            turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut readers = JoinSet::new();
            let mut waits = Vec::new();
            let mut failed = 0;
            let began = Instant::now();
            loop {
                let due = tokio::select! {
                    due = turns.tick() => due,
                    _ = &mut stopped => break,
                };
                readers.spawn(read(client.clone(), url.clone(), due));
                while let Some(ended) = readers.try_join_next() {
                    note(ended.ok().flatten(), &mut waits, &mut failed);
                }
            }
            while let Some(ended) = readers.join_next().await {
                note(ended.ok().flatten(), &mut waits, &mut failed);
            }
            let rate = per_second(waits.len(), began.elapsed());
            waits.sort_unstable();
            Load { answered: waits.len(), failed, rate, p99: percentile(&waits, 99) }
        });
        Self { stop, coming }
    }

    pub(crate) async fn stop(self) -> anyhow::Result<Load> {
        // It has ended already if nobody hears it, and says why below.
        let _ = self.stop.send(());
        self.coming.await.context("the readers ended badly")
    }
}

async fn read(client: reqwest::Client, url: String, due: Instant) -> Option<Duration> {
    let request = client.get(&url).header("accept-encoding", "gzip");
    let answer = request.send().await.ok()?.error_for_status().ok()?;
    answer.bytes().await.ok()?;
    Some(due.elapsed())
}

fn note(waited: Option<Duration>, waits: &mut Vec<Duration>, failed: &mut usize) {
    match waited {
        Some(waited) => waits.push(waited),
        None => *failed += 1,
    }
}

/// The value below which so many of a hundred lie, of a sorted list.
pub(crate) fn percentile(sorted: &[Duration], hundredth: usize) -> Duration {
    let place = (sorted.len() * hundredth).div_ceil(100).max(1) - 1;
    sorted.get(place).copied().unwrap_or_default()
}
