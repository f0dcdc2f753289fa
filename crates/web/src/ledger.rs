//! The ledger of promises: what is promised now, and how often we kept our word. It follows from the timelines;
//! nothing of it is stored.

use crate::auth::Actor;
use crate::error::Error;
use crate::site::Site;
use crate::snapshot::Known;
use domain::promise::{self, Promise};
use domain::time::Window;
use domain::{Action, Place, Timestamp, Visibility};
use jiff::SignedDuration;
use std::sync::Arc;

/// How far back the ledger goes.
const DAYS: i64 = 90;

/// Promises of our own incidents.
pub(crate) struct Ledger {
    pub(crate) now: Timestamp,
    /// Those that bind now, the most urgent first: the incident and its promise.
    pub(crate) pending: Vec<(Arc<Known>, Promise)>,
    /// All of the last 90 days.
    all: Vec<Promise>,
}

impl Site {
    /// Reads the ledger, as far as somebody sees the environments. Each incident is loaded once per version.
    pub(crate) async fn ledger(&self, who: &Actor) -> Result<Ledger, Error> {
        let sight = self.member_sight(who).await?;
        let now = self.config.clock.now();
        let since = days_before(now, DAYS);
        let recent = |known: &&Arc<Known>| {
            let over_since = known.row.resolved_at.is_none_or(|at| at >= since);
            let seen = || who.may(Action::See, Place::In(known.source())).is_ok();
            known.is_own() && over_since && seen()
        };
        let (mut pending, mut all) = (Vec::new(), Vec::new());
        for known in sight.incidents.iter().filter(recent) {
            let promises = &self.detail(&sight, known).await?.promises;
            all.extend(promises.iter().cloned());
            let binds = known.row.visibility == Visibility::Public
                && known.row.withdrawn_at.is_none()
                && known.row.merged_into.is_none();
            let last = promises.last().filter(|promise| binds && promise.answered_at.is_none());
            pending.extend(last.map(|promise| (Arc::clone(known), promise.clone())));
        }
        pending.sort_by_key(|(_, promise)| promise.due_at);
        Ok(Ledger { now, pending, all })
    }
}

impl Ledger {
    /// How many of those that came due in the last `days` were kept: kept, and all.
    pub(crate) fn kept(&self, days: i64) -> (usize, usize) {
        promise::kept(&self.all, Window::open(days_before(self.now, days)), self.now)
    }

    /// The same week by week, the oldest first; each with the instant at which it begins.
    pub(crate) fn weeks(&self, weeks: i64) -> Vec<(Timestamp, usize, usize)> {
        let week = |n: i64| {
            let window = Window::closed(days_before(self.now, 7 * (n + 1)), days_before(self.now, 7 * n));
            let (kept, all) = promise::kept(&self.all, window, self.now);
            (window.from, kept, all)
        };
        (0..weeks).rev().map(week).collect()
    }
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}
