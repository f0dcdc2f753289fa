//! What a MongoDB server writes about itself: bytes in, reports out.
//!
//! [`ftdc`] decodes the files in `diagnostic.data`, one sample of every counter a second, and [`readings`] makes of
//! them what the detector reads. [`log`] reads the lines of its log, and [`profile`] the operations that it
//! profiled as if they were such lines. [`analysis`] makes a report of them. [`redact`] takes the values out of lines
//! and of what a server answers, before any of it leaves the house.
//!
//! This crate has no I/O, no async, no clock and no randomness. Its input is bounded, and so is what it
//! makes of compressed input; no input makes it panic. It never gives up a whole file for a broken part.

pub mod analysis;
pub mod bson;
pub mod ftdc;
pub mod log;
pub mod overview;
pub mod profile;
pub mod readings;
pub mod redact;

pub use jiff::Timestamp;
