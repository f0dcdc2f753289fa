//! What is known of one node.
//!
//! Never grows beyond its bounds, whatever it is told.

use super::STALE_SECONDS;
use super::heat::Uses;
use domain::Timestamp;
use domain::reads::{Failure, Frame, InFlight, Path, Role};
use domain::time::seconds_between;
use std::collections::{BTreeMap, VecDeque};

/// Seconds that are kept.
pub const SECONDS: usize = 600;
/// Groups of operations that are kept.
const MOST_GROUPS: usize = 40;
/// Paths and reasons of failed looks that are told apart.
const MOST_FAILURES: usize = 64;
/// Longest text of an operation that is kept, in characters.
const LONGEST_TEXT: usize = 2_000;

/// What is known of one node.
#[derive(Clone, Debug, Default)]
pub struct LiveNode {
    /// What it says it is.
    pub role: Option<Role>,
    /// Its last seconds, oldest first.
    pub frames: VecDeque<(Timestamp, Frame)>,
    /// What is in flight, and when that was so.
    pub in_flight: Option<(Timestamp, InFlight)>,
    /// Looks that failed since the program started, by path and reason.
    pub failures: BTreeMap<(String, &'static str), u64>,
    /// The last failure: when, along which path, why.
    pub last_failure: Option<(Timestamp, String, String)>,
    pub(super) heard_at: Option<Timestamp>,
    pub(super) uses: Uses,
}

impl LiveNode {
    /// Its last second.
    pub fn latest(&self) -> Option<&(Timestamp, Frame)> {
        self.frames.back()
    }

    /// Whether its last second is new enough to speak of now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.latest().is_some_and(|(at, _)| seconds_between(*at, now) < STALE_SECONDS)
    }

    pub(super) fn push(&mut self, at: Timestamp, frame: Frame) {
        // The wall clock was set back: what seems to come later is from before.
        while self.frames.back().is_some_and(|(last, _)| *last >= at) {
            self.frames.pop_back();
        }
        while self.frames.len() >= SECONDS {
            self.frames.pop_front();
        }
        self.frames.push_back((at, frame));
    }

    pub(super) fn failed(&mut self, at: Timestamp, path: &Path, failure: &Failure) {
        let key = (path.name(), failure.as_str());
        if self.failures.len() < MOST_FAILURES || self.failures.contains_key(&key) {
            *self.failures.entry(key).or_default() += 1;
        }
        let reason = failure.to_string().chars().take(LONGEST_TEXT).collect();
        self.last_failure = Some((at, path.name(), reason));
    }

    pub(super) fn glance(&self) -> Self {
        Self {
            role: self.role,
            frames: self.frames.back().copied().into_iter().collect(),
            in_flight: self.in_flight.clone(),
            failures: self.failures.clone(),
            last_failure: self.last_failure.clone(),
            heard_at: self.heard_at,
            uses: Uses::default(),
        }
    }
}

/// The first groups, and no text without end.
pub(super) fn bounded(in_flight: &InFlight) -> InFlight {
    let mut groups: Vec<_> = in_flight.groups.iter().take(MOST_GROUPS).cloned().collect();
    for group in &mut groups {
        for text in [
            &mut group.namespace,
            &mut group.command,
            &mut group.shape,
            &mut group.app,
            &mut group.plan,
            &mut group.message,
        ] {
            if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
                *text = text[..end].into();
            }
        }
    }
    InFlight { groups, fsync_locked: in_flight.fsync_locked }
}
