//! How people and their programs are told: a message becomes a request to send, and what came back becomes a
//! verdict. One kind of receiver is one file and one line in [`KINDS`].
//!
//! Pure: it asks no clock and never sends anything; one client in `watchkeeper` sends for all kinds.

pub mod email;
pub mod message;
pub mod outgoing;
pub mod sample;

mod alertmanager;
mod data;
mod discord;
mod google_chat;
mod opsgenie;
mod pagerduty;
mod settings;
mod slack;
mod teams;
mod template;
mod text;
mod told;
mod webhook;
mod words;

pub use message::{Audience, Message};
pub use outgoing::{Mail, Outgoing, Reply, Request, Verdict};

use domain::Timestamp;
use std::fmt::Debug;

/// One receiver, as configured or subscribed.
pub trait Notifier: Debug + Send + Sync {
    /// What is to be sent. The same message gives the same idempotency key at every try. An error says why this
    /// receiver can never be told this message, as when its own template fails on it.
    fn render(&self, message: &Message, now: Timestamp) -> Result<Outgoing, String>;

    /// Whether this receiver has any use for it: nobody is paged for a postmortem. What is not wanted is not queued.
    fn wants(&self, _message: &Message) -> bool {
        true
    }

    /// What an answer means. Only asked for what was sent over HTTP.
    fn judge(&self, reply: &Reply) -> Verdict {
        Verdict::of_status(reply)
    }
}

/// A kind of receiver.
#[derive(Debug)]
pub struct Kind {
    /// Word of it in the configuration and in rows.
    pub name: &'static str,
    /// What it is for, one line.
    pub doc: &'static str,
    /// Configuration that works, as TOML.
    pub example: &'static str,
    /// Fields that are never shown or logged, and that may come from a file or the environment.
    pub secrets: &'static [&'static str],
    /// Makes a receiver of its settings. The error names the field, the value and the fix.
    pub read: fn(&serde_json::Value) -> Result<Box<dyn Notifier>, String>,
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    email::KIND,
    slack::KIND,
    teams::KIND,
    discord::KIND,
    google_chat::KIND,
    pagerduty::KIND,
    opsgenie::KIND,
    alertmanager::KIND,
    webhook::KIND,
    template::KIND,
];

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
