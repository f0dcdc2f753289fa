//! Advice against a real server: what is advised first is the known best index or does no more work than it, and what
//! a trial shows bears it out.

mod cases;
mod orders;
mod scored;
mod server;
