//! Status page, console and JSON API.
//!
//! What people and programs read is rendered before it is asked for and kept compressed in memory
//! ([`cache`]), so that it is served at the speed of a file and goes on being served when the database
//! is gone. What changes state goes through `domain::decide` and `store`, and is answered when it is
//! durable.
//!
//! This crate has no SQL and makes no request of its own. Time and randomness are handed in.

pub mod api;
pub mod assets;
pub mod auth;
pub mod cache;
pub mod entropy;
pub mod error;
pub mod events;
pub mod headers;
pub mod limiter;
pub mod pages;
pub mod rendered;
pub mod spelling;
pub mod view;
