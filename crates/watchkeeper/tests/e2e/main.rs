//! The program from end to end, in process: an invented vendor on loopback, a clock that moves only when it
//! is stepped, and real databases.
//!
//! Nothing sleeps and nothing is tolerated: a test steps the clock and waits for what must follow. Each test
//! has a database of its own, once a file of SQLite and once a database of the server that
//! `WATCHKEEPER_TEST_POSTGRES` names. Without that server the tests fail; they are never skipped.

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod archive;
mod commands;
mod copying;
mod looking;
mod nodes;
mod ourselves;
mod outage;
mod own;
mod restart;
mod told;
mod world;
