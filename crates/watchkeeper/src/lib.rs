//! The program around the pure crates: configuration, outbound requests, the clock, the loops and the
//! command line.
//!
//! This is the only crate that sleeps, spawns, sends, reads the environment and owns the clock. It never
//! decides what an incident is: that is `domain`'s.

pub mod advisor;
pub mod app;
pub mod archive;
pub mod clock;
pub mod cmd;
pub mod config;
mod copying;
pub mod demo;
pub mod detect;
mod door;
mod elsewhere;
mod evidence;
pub mod http;
mod letters;
pub mod lookout;
mod loops;
pub mod mail;
pub mod recording;
mod sealing;
pub mod sending;
