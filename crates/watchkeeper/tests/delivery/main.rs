//! Every message reaches every receiver, whatever happens to them or to us.
//!
//! Receivers on loopback note what they get and fail as they are told to: with a status, with silence, with a
//! connection that ends in the middle. The ledger of receivers is held against the timeline of incidents.
//!
//! | variable | what it says | default |
//! |---|---|---|
//! | `WATCHKEEPER_TEST_POSTGRES` | where PostgreSQL is; `cargo xtask test` starts one and sets it | none: the tests fail |
//! | `WATCHKEEPER_SEED` | what chance grows from, to play a run again | drawn and printed |

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod crashes;
mod node;
mod order;
mod promptness;
mod receivers;
mod silence;
mod subscribing;
mod takeover;
mod trouble;

use std::io::Write as _;
use support::chance::Chance;

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
