//! Keeps what was measured and learned: seconds, read times of minutes, what queries cost, baselines.
//!
//! This module never holds more than some minutes of it: measurements that cannot be kept are lost, and the
//! watch goes on.

use super::post::Post;
use crate::app::Parts;
use domain::Timestamp;
use domain::detect::Baselines;
use domain::reads::Frame;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::Reading;
use web::live::ReadMinute;

/// Between two writings: what a killed program loses.
const PAUSE: Duration = Duration::from_secs(10);
/// Seconds of a node that may wait.
const MOST_SECONDS: usize = 600;
/// Minutes of read times that may wait.
const MOST_MINUTES: usize = 10;

/// What waits to be kept.
#[derive(Debug, Default)]
pub(super) struct Measured {
    seconds: BTreeMap<Arc<str>, Vec<Reading>>,
    minutes: Vec<ReadMinute>,
    /// What the detector has learned.
    pub(super) learned: Option<Baselines>,
}

impl Measured {
    /// Takes the last second of each node.
    pub(super) fn add(&mut self, at: Timestamp, frames: Vec<(Arc<str>, Frame)>) {
        for (node, frame) in frames {
            let seconds = self.seconds.entry(node).or_default();
            if seconds.len() < MOST_SECONDS {
                seconds.push(Reading { at, frame });
            }
        }
    }

    /// Takes the read times of a minute.
    pub(super) fn add_minute(&mut self, minute: ReadMinute) {
        if self.minutes.len() < MOST_MINUTES {
            self.minutes.push(minute);
        }
    }

    /// Puts back what could not be kept.
    fn put_back(&mut self, unkept: Self) {
        for (node, mut seconds) in unkept.seconds {
            let newer = self.seconds.entry(node).or_default();
            seconds.append(newer);
            seconds.truncate(MOST_SECONDS);
            *newer = seconds;
        }
        let mut minutes = unkept.minutes;
        minutes.append(&mut self.minutes);
        minutes.truncate(MOST_MINUTES);
        self.minutes = minutes;
        self.learned = self.learned.take().or(unkept.learned);
    }
}

/// Keeps for ever.
pub(super) async fn keep(parts: &Parts, post: &Post) {
    loop {
        tokio::time::sleep(PAUSE).await;
        flush(parts, post).await;
    }
}

/// Keeps what waits.
pub(super) async fn flush(parts: &Parts, post: &Post) {
    let mut waiting = std::mem::take(&mut *post.measured());
    if let Err(error) = write(parts, post, &mut waiting).await {
        tracing::warn!(database.name = %post.slug(), %error, "cannot keep what was measured");
        post.measured().put_back(waiting);
    }
    let minutes = post.queries().take();
    if let Err(error) = parts.store.keep_queries(post.slug().as_str(), &minutes).await {
        tracing::warn!(database.name = %post.slug(), %error, "cannot keep what queries cost");
        post.queries().put_back(minutes);
    }
}

/// Writes what waits, and takes off what is written.
async fn write(parts: &Parts, post: &Post, waiting: &mut Measured) -> store::Result<()> {
    let name = post.slug().as_str();
    let seconds: Vec<_> =
        waiting.seconds.iter().map(|(node, seconds)| (Arc::clone(node), seconds.clone())).collect();
    parts.store.keep_readings(name, &seconds).await?;
    waiting.seconds.clear();
    while let Some(minute) = waiting.minutes.first() {
        parts.store.keep_read_times(name, minute.at, &minute.times).await?;
        waiting.minutes.remove(0);
    }
    if let Some(learned) = &waiting.learned {
        parts.store.keep_baselines(name, learned).await?;
        waiting.learned = None;
    }
    Ok(())
}

/// What earlier watches learned.
pub(super) async fn baselines(parts: &Parts, post: &Post) -> Baselines {
    parts.store.baselines(post.slug().as_str()).await.unwrap_or_else(|error| {
        tracing::warn!(database.name = %post.slug(), %error, "what is usual has to be learned anew");
        Baselines::default()
    })
}
