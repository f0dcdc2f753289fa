//! Who stands behind the destination of a delivery. A destination is a word and a name: `channel:pager`.
//!
//! Never remembers a receiver: whoever unsubscribed a moment ago is not sent what was queued before.

use crate::app::Parts;
use crate::config::ChannelConfig;
use notifiers::{Audience, Language, Message, Notifier};
use std::sync::Arc;
use store::ClaimedDelivery;

/// One receiver, as it stands now.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// What is sent to it, and what its answers mean.
    pub notifier: Arc<dyn Notifier>,
    /// Whether it hears what is internal.
    pub audience: Audience,
    /// In which language.
    pub language: Language,
    /// Where it takes itself off the list.
    pub unsubscribe_url: Option<String>,
}

impl Receiver {
    /// A channel of the configuration.
    pub fn of_channel(channel: &ChannelConfig) -> Self {
        Self {
            notifier: Arc::clone(&channel.receiver),
            audience: channel.audience,
            language: channel.language,
            unsubscribe_url: None,
        }
    }

    /// The story, for this receiver.
    pub fn address(&self, story: &Message, key: &str) -> Message {
        Message {
            key: key.to_owned(),
            language: self.language,
            unsubscribe_url: self.unsubscribe_url.clone(),
            ..story.clone()
        }
    }
}

/// The destination of a channel.
pub fn of_channel(slug: &domain::Slug) -> String {
    format!("channel:{slug}")
}

/// The receiver of a delivery. The error says why there is none any more.
pub fn find(parts: &Parts, delivery: &ClaimedDelivery) -> Result<Receiver, String> {
    match delivery.destination.split_once(':') {
        Some(("channel", slug)) => channel(parts, slug),
        _ => Err(format!("nobody knows what `{}` is", delivery.destination)),
    }
}

fn channel(parts: &Parts, slug: &str) -> Result<Receiver, String> {
    let channel = parts.sending.channel(slug);
    channel.map(Receiver::of_channel).ok_or_else(|| format!("there is no channel `{slug}` any more"))
}
