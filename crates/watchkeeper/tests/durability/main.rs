//! What was acknowledged is there, whatever happens to the process.
//!
//! The real binary serves as a child and watches twenty vendors whose pages move at every look, while eight
//! writers open incidents and post updates by HTTP under idempotency keys. It is killed (SIGKILL) at a random
//! moment, started again, and held against the ledger of the writers: every write that was acknowledged is
//! there exactly once, every write that was not is sent again under its key and is there exactly once, and no
//! timeline has a gap.
//!
//! | variable | what it says | default |
//! |---|---|---|
//! | `WATCHKEEPER_TEST_POSTGRES` | where PostgreSQL is; `cargo xtask test` starts one and sets it | none: the tests fail |
//! | `WATCHKEEPER_KILLS` | how often each database's program is killed | 60 |
//! | `WATCHKEEPER_SEED` | what chance grows from, to play a run again | drawn and printed |

#[path = "../support/mod.rs"]
mod support;

mod kills;
mod ledger;
mod moving;
mod program;
mod stopping;
mod verify;
mod writers;

use std::io::Write as _;
use std::time::Duration;
use support::chance::Chance;

/// One at a time: they measure, and the machine may be small.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Says something even where the output of tests that pass is kept back.
fn say(words: &str) {
    writeln!(std::io::stderr(), "{words}").expect("standard error is open");
}

/// Where chance begins, said so that a run can be played again.
fn chance(of: &str) -> Chance {
    let given = std::env::var("WATCHKEEPER_SEED").ok();
    let given = given.map(|seed| seed.parse().expect("`WATCHKEEPER_SEED` is a number"));
    let seed = given.unwrap_or_else(|| web::Entropy::of_the_system().number());
    say(&format!("{of}: WATCHKEEPER_SEED={seed}"));
    Chance::from_seed(seed)
}

/// The duration below which so many of a hundred lie.
fn percentile(durations: &[Duration], hundredths: usize) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * hundredths / 100).min(sorted.len() - 1)]
}
