//! Rendered answers by path, bounded by bytes. The least recently used go first.
//!
//! A key is a canonical path that is known to exist: query strings, headers and unknown names never
//! make an entry, so no client can fill it. The cache renders nothing and reads no clock.

use crate::rendered::Rendered;
use arc_swap::ArcSwapOption;
use domain::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Seconds for which an answer counts as asked for lately.
const LATELY_SECONDS: i64 = 60;

/// The answers.
#[derive(Debug)]
pub struct Cache {
    slots: RwLock<HashMap<Box<str>, Arc<Slot>>>,
    /// Bytes held now.
    held: AtomicUsize,
    budget: usize,
}

/// The place of one answer. It outlives the answers that come and go in it.
#[derive(Debug, Default)]
pub struct Slot {
    answer: ArcSwapOption<Rendered>,
    dirty: AtomicBool,
    used_at: AtomicI64,
    /// Held by the one who renders; the others wait for it or take the old answer.
    pub rendering: Arc<tokio::sync::Mutex<()>>,
}

impl Slot {
    /// The answer, if there is one.
    pub fn answer(&self) -> Option<Arc<Rendered>> {
        self.answer.load_full()
    }

    /// Whether what it shows has changed since it was rendered.
    pub fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::Acquire)
    }

    /// Says that a new answer is about to be made from what is known now. What becomes known later sets
    /// the mark again.
    pub fn begin_rendering(&self) {
        self.dirty.store(false, Ordering::Release);
    }

    /// Says that what it shows has changed.
    pub fn mark_dirty(&self) {
        self.dirty.store(true, Ordering::Release);
    }

    /// Whether somebody asked for it lately.
    pub fn was_used(&self, now: Timestamp) -> bool {
        now.as_second().saturating_sub(self.used_at.load(Ordering::Relaxed)) < LATELY_SECONDS
    }

    /// Notes that somebody asked for it.
    pub fn touch(&self, now: Timestamp) {
        self.used_at.store(now.as_second(), Ordering::Relaxed);
    }
}

impl Cache {
    /// An empty cache that holds at most about `budget` bytes.
    pub fn new(budget: usize) -> Self {
        Self { slots: RwLock::default(), held: AtomicUsize::new(0), budget }
    }

    /// The slot of a path, if it has one.
    pub fn get(&self, path: &str) -> Option<Arc<Slot>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// The slot of a path that is known to exist, made if need be.
    pub fn slot(&self, path: &str) -> Arc<Slot> {
        if let Some(slot) = self.get(path) {
            return slot;
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(path.into()).or_default())
    }

    /// Puts a new answer into the slot of a path and, where that is over the budget, drops others.
    pub fn put(&self, path: &str, answer: Arc<Rendered>) {
        // The map stays locked while the bytes are counted, so that no slot is dropped in between and
        // its bytes counted for ever.
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(path.into()).or_default();
        self.held.fetch_add(answer.weight(), Ordering::Relaxed);
        let removed = slot.answer.swap(Some(answer)).map_or(0, |old| old.weight());
        self.held.fetch_sub(removed, Ordering::Relaxed);
        if self.held.load(Ordering::Relaxed) > self.budget {
            self.evict(&mut slots);
        }
    }

    /// Drops the slot of a path that turned out not to exist any more.
    pub fn remove(&self, path: &str) {
        let removed = self.slots.write().unwrap_or_else(PoisonError::into_inner).remove(path);
        self.forget(removed.as_deref());
    }

    /// Drops every slot whose path is not kept.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|path, slot| {
            let kept = keep(path);
            if !kept {
                self.forget(Some(slot));
            }
            kept
        });
    }

    /// Paths that have a slot.
    pub fn paths(&self) -> Vec<Box<str>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Whether another answer still fits without dropping one.
    pub fn has_room(&self) -> bool {
        self.bytes() < self.budget
    }

    /// Drops the least recently used until a tenth is free, so that this is rare.
    fn evict(&self, slots: &mut HashMap<Box<str>, Arc<Slot>>) {
        let mut by_use: Vec<(i64, Box<str>)> =
            slots.iter().map(|(path, slot)| (slot.used_at.load(Ordering::Relaxed), path.clone())).collect();
        by_use.sort_unstable();
        let target = self.budget - self.budget / 10;
        for (_, path) in by_use {
            if self.bytes() <= target {
                break;
            }
            self.forget(slots.remove(&path).as_deref());
        }
    }

    fn forget(&self, slot: Option<&Slot>) {
        let weight = slot.and_then(|slot| slot.answer.swap(None)).map_or(0, |old| old.weight());
        self.held.fetch_sub(weight, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendered::Format;

    fn answer(size: usize) -> Arc<Rendered> {
        // Text that does not compress, so that the weight is known.
        let text = (0..size).map(|i| crate::rendered::short_hash(&i.to_be_bytes())).collect::<String>();
        let common = crate::headers::common(false);
        Arc::new(Rendered::new(Format::Html, &text, Timestamp::UNIX_EPOCH, &common))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_least_recently_used_goes_first_and_the_bytes_add_up() {
        let one = answer(100).weight();
        let cache = Cache::new(one * 3 + 10);
        for (second, path) in (1..).zip(["/a", "/b", "/c"]) {
            let slot = cache.slot(path);
            slot.touch(at(second));
            cache.put(path, answer(100));
        }
        assert_eq!((cache.len(), cache.bytes()), (3, one * 3));
        cache.slot("/a").touch(at(9));
        cache.slot("/d").touch(at(10));
        cache.put("/d", answer(100));
        let mut paths = cache.paths();
        paths.sort_unstable();
        let kept: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
        assert_eq!(kept, ["/a", "/d"]);
        assert_eq!(cache.bytes(), one * 2);
        cache.retain(|path| path == "/a");
        cache.remove("/a");
        assert_eq!((cache.len(), cache.bytes()), (0, 0));
    }

    #[test]
    fn a_change_during_rendering_leaves_the_slot_dirty() {
        let slot = Slot::default();
        slot.mark_dirty();
        slot.begin_rendering();
        slot.mark_dirty();
        assert!(slot.is_dirty());
    }
}
