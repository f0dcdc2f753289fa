//! What a sink writes down: what has arrived and how often, and how many tries it was to refuse.
//!
//! Never knows how anything arrives.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub(crate) struct Book {
    arrived: Mutex<HashMap<String, u32>>,
    tries: AtomicU64,
    failing: AtomicU64,
}

impl Book {
    /// Begins to count, and to refuse so many of a hundred.
    pub(crate) fn begin(&self, failing: u64) {
        self.lines().clear();
        self.tries.store(0, Relaxed);
        self.failing.store(failing, Relaxed);
    }

    /// Different messages that have arrived.
    pub(crate) fn arrived(&self) -> usize {
        self.lines().len()
    }

    /// Writes down one that was taken.
    pub(crate) fn take(&self, id: String) {
        *self.lines().entry(id).or_default() += 1;
    }

    /// Whether this try is refused: so many of each hundred in a row, spread evenly.
    pub(crate) fn refuses(&self) -> bool {
        self.tries.fetch_add(1, Relaxed) * 37 % 100 < self.failing.load(Relaxed)
    }

    /// What came of it; `again` names what arrived more than once.
    pub(crate) fn report(&self, wanted: usize, again: &str) -> Value {
        let lines = self.lines();
        let repeated: u32 = lines.values().map(|times| times - 1).sum();
        json!({
            "wanted": wanted,
            "arrived": lines.len(),
            again: repeated,
            "tries": self.tries.load(Relaxed),
        })
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
