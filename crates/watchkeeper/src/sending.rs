//! Telling people: who hears of a notice, what they are told, and how it is sent.
//!
//! The loops `deliver`, `fan_out` and `send` stand on it. What is to be sent and what an answer means is said by
//! `notifiers`; here is only what needs a configuration, a network or a clock. This module never changes an
//! incident.

pub mod audience;
pub mod backoff;
pub mod post;
pub mod receiver;
pub mod routes;
pub mod story;
pub mod subscribers;

use crate::config::{ChannelConfig, Config, DeliveryConfig};
use crate::http::Fetcher;
use crate::mail::Mailer;
use domain::Slug;
use routes::Routes;
use std::collections::HashMap;
use story::{Places, Stories};
use tokio::sync::Notify;

/// Everything that sending needs.
pub struct Sending {
    /// The team's channels, as configured.
    pub channels: Vec<ChannelConfig>,
    /// How patiently and how fast.
    pub config: DeliveryConfig,
    /// The way for mails, where there is one.
    pub mailer: Option<Mailer>,
    /// The way for requests.
    pub fetcher: Fetcher,
    /// What is told, by notice.
    pub stories: Stories,
    /// How much goes where at a time.
    pub routes: Routes,
    /// Rung when pages show a notice whose recipients are still to be written down.
    pub published: Notify,
    /// Rung when there is something for the team.
    pub operators: Notify,
    /// Rung when there is something for subscribers.
    pub subscribers: Notify,
    /// Rung when there is something for those by mail.
    pub mails: Notify,
}

impl Sending {
    /// As configured.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let mailer = config.mail.as_ref().map(Mailer::new).transpose()?;
        let mut limits = HashMap::new();
        if let Some(mail) = &config.mail {
            // The server of our own choice has no limit but that on connections.
            limits.insert(MAIL_ROUTE, (mail.connections, u32::MAX));
        }
        Ok(Self {
            channels: config.channels.clone(),
            mailer,
            fetcher: Fetcher::keeping(&config.fetch, config.delivery.per_host)?,
            stories: Stories::new(Places::of(config)),
            routes: Routes::new((config.delivery.per_host, config.delivery.rate_per_host), limits),
            config: config.delivery.clone(),
            published: Notify::new(),
            operators: Notify::new(),
            subscribers: Notify::new(),
            mails: Notify::new(),
        })
    }

    /// A channel by its name in addresses.
    pub fn channel(&self, slug: &str) -> Option<&ChannelConfig> {
        self.channels.iter().find(|channel| channel.slug.as_str() == slug)
    }

    /// A channel by either of its names, and the names of all where there is none.
    pub fn find_channel(&self, name: &str) -> Result<&ChannelConfig, Vec<&str>> {
        let slug = Slug::from_name(name);
        let found = self.channels.iter().find(|channel| slug.as_ref() == Some(&channel.slug));
        found.ok_or_else(|| self.channels.iter().map(|channel| channel.name.as_str()).collect())
    }
}

/// What all mails share.
pub const MAIL_ROUTE: &str = "mail";
