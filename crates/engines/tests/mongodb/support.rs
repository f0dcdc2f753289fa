//! What the tests need: a mongod that can be hurt, a wire that can be cut, and somebody who watches.

pub(crate) mod certificates;
pub(crate) mod front;
pub(crate) mod mongod;
pub(crate) mod watching;
pub(crate) mod wire;

pub(crate) use mongod::Mongod;
pub(crate) use watching::Watching;
pub(crate) use wire::Wire;
