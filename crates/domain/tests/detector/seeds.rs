//! Runs a property over many seeds on both processors.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Set it to try one seed alone.
const ONE: &str = "DETECTOR_SEED";

/// Checks every seed; `wrong` says what is wrong with one. All that fail are named, the first in full.
pub(crate) fn check(seeds: Range<u64>, wrong: impl Fn(u64) -> Option<String> + Sync) {
    let seeds = one().map_or(seeds, |seed| seed..seed + 1);
    let next = AtomicU64::new(seeds.start);
    let found: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wrong(seed)));
            let text = outcome.unwrap_or_else(|panic| Some(format!("panicked: {}", message(&*panic))));
            if let Some(text) = text {
                found.lock().expect("no holder panics").push((seed, text));
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let mut found = found.into_inner().expect("no holder panics");
    found.sort();
    let names: Vec<String> = found.iter().take(40).map(|(seed, _)| seed.to_string()).collect();
    if let Some((seed, text)) = found.first() {
        panic!("{} seeds fail ({}); {ONE}={seed}:\n{text}", found.len(), names.join(" "));
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "a person who tries one seed says so in the environment")]
fn one() -> Option<u64> {
    std::env::var(ONE).ok()?.parse().ok()
}
