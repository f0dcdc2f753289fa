//! Status page, console and JSON API.
//!
//! What people and programs read is rendered before it is asked for and kept compressed in memory
//! ([`cache`]), so that it is served at the speed of a file and goes on being served when the database
//! is gone. What changes state goes through `domain::decide` and `store`, and is answered when it is
//! durable.
//!
//! This crate has no SQL and makes no request of its own. Time and randomness are handed in.

mod answer;
pub mod api;
pub mod assets;
pub mod atom;
pub mod auth;
mod badge;
pub mod cache;
pub mod colour;
pub mod commands;
pub mod compat;
mod console;
pub mod diff;
mod dispatch;
pub mod entropy;
mod environments;
pub mod error;
pub mod events;
pub mod evidence;
pub mod export;
pub mod face;
pub mod feeds;
pub mod gate;
pub mod headers;
mod held;
pub mod language;
mod ledger;
pub mod limiter;
pub mod live;
mod load;
pub mod markdown;
pub mod metrics;
pub mod page;
pub mod pages;
mod public;
pub mod rendered;
pub mod report;
mod routes;
pub mod samples;
pub mod seal;
mod serve;
mod service;
pub mod sight;
pub mod site;
pub mod snapshot;
pub mod spelling;
pub mod subscribe;
mod sync;
pub mod target;
pub mod template;
pub mod view;
mod warm;
mod write;

pub use entropy::Entropy;
pub use error::Error;
pub use page::{Access, Page, PageConfig};
pub use seal::Seal;
pub use site::{Clock, Site, SiteConfig};
pub use sync::Change;
pub use target::Target;

/// The document of the API, as JSON.
pub fn openapi() -> String {
    api::openapi::document()
}
