//! The watch over a database from end to end: a real mongod that is stopped and let go again, and incidents
//! that open, go on and end by themselves.
//!
//! Nothing is stepped here, because a mongod has no clock of ours: what must follow has seconds to do so, and
//! they are counted. `WATCHKEEPER_TEST_MONGOD` names the mongod and `WATCHKEEPER_TEST_POSTGRES` the server for
//! databases of our own; without them the tests fail, they are never skipped.

#[macro_use]
#[path = "../support/mod.rs"]
mod support;

mod evidence;
mod mongod;
mod nodes;
mod restart;
mod stall;
mod world;
