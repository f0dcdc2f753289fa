//! The ways of looking at a node, one file each.

pub(super) mod app;
pub(super) mod counters;
pub(super) mod hello;
pub(super) mod host;
pub(super) mod in_flight;
pub(super) mod log;
pub(super) mod profile;
pub(super) mod reads;
pub(super) mod top;
