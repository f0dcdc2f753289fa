//! Database engines: what looks at the nodes of a watched database.
//!
//! An engine turns nodes into [`Sample`](domain::reads::Sample)s. It is the only place with a database driver,
//! and the only library crate that talks to a network. It never judges what it saw, and never waits without a
//! deadline.

pub mod mongodb;
pub mod sample;
