//! Who stands behind the destination of a delivery. A destination is a word and a name: `channel:pager`.
//!
//! Never remembers a receiver: whoever unsubscribed a moment ago is not sent what was queued before.

use super::story::{Places, Story};
use super::subscribers;
use crate::app::Parts;
use crate::config::ChannelConfig;
use domain::Language;
use notifiers::{Audience, Message, Notifier};
use std::sync::Arc;
use store::ClaimedDelivery;
use web::page::Page;
use web::view::link;

/// One receiver, as it stands now.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// What is sent to it, and what its answers mean.
    pub notifier: Arc<dyn Notifier>,
    /// Whether it hears what is internal.
    pub audience: Audience,
    /// In which language.
    pub language: Language,
    /// The page to which it subscribed, and the token of its links.
    pub subscription: Option<Subscription>,
}

/// What makes a receiver a subscriber.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The page.
    pub page: Arc<Page>,
    /// The token of its links, where there is a key to make one.
    pub token: Option<String>,
    /// Whether messages before this one did not arrive.
    pub bounced: bool,
}

impl Receiver {
    /// A channel of the configuration.
    pub fn of_channel(channel: &ChannelConfig) -> Self {
        Self {
            notifier: Arc::clone(&channel.receiver),
            audience: channel.audience,
            language: channel.language,
            subscription: None,
        }
    }

    /// The story, for this receiver.
    pub fn address(&self, story: &Story, key: &str, places: &Places) -> Message {
        let message = Message { key: key.to_owned(), language: self.language, ..story.message.clone() };
        match &self.subscription {
            Some(subscription) => subscription.address(message, story, places),
            None => message,
        }
    }
}

impl Subscription {
    /// The message as the readers of the page may see it.
    fn address(&self, message: Message, story: &Story, places: &Places) -> Message {
        let page = &self.page;
        let page_url = match page.public_url() {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("{}{}", places.url, page.base()),
        };
        let token = self.token.as_ref();
        Message {
            components: story.components(|environment, key| page.shows_component(environment, key)),
            page: page.name().to_owned(),
            url: format!("{page_url}{}", link::incident(&message.incident)),
            unsubscribe_url: token.map(|token| format!("{page_url}{}", link::unsubscribe(token))),
            page_url,
            ..message
        }
    }
}

/// The destination of a channel.
pub fn of_channel(slug: &domain::Slug) -> String {
    format!("channel:{slug}")
}

/// The receiver of a delivery. The error says why there is none any more.
pub async fn find(parts: &Parts, delivery: &ClaimedDelivery) -> store::Result<Result<Receiver, String>> {
    match delivery.destination.split_once(':') {
        Some(("channel", slug)) => Ok(channel(parts, slug)),
        Some(("subscriber", id)) => subscribers::find(parts, id).await,
        _ => Ok(Err(format!("nobody knows what `{}` is", delivery.destination))),
    }
}

fn channel(parts: &Parts, slug: &str) -> Result<Receiver, String> {
    let channel = parts.sending.channel(slug);
    channel.map(Receiver::of_channel).ok_or_else(|| format!("there is no channel `{slug}` any more"))
}
