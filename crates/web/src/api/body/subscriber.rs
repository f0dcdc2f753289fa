//! Subscribers as JSON.

use crate::api::time::Time;
use serde::Serialize;
use store::{Imported, Subscriber, SubscriberCount};
use utoipa::ToSchema;

/// Subscribers.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriberListBody {
    /// How many there are in all.
    pub counts: Vec<SubscriberCountBody>,
    /// Those that were asked for.
    pub subscribers: Vec<SubscriberBody>,
    /// What to ask for as `after`, where there may be more.
    pub next: Option<String>,
}

/// How many there are of one page, kind and state.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriberCountBody {
    /// Slug of the page.
    pub page: String,
    /// How they are reached.
    pub kind: String,
    /// How they stand.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// A subscriber.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriberBody {
    /// Identifier.
    pub id: String,
    /// Slug of the page.
    pub page: String,
    /// How they are reached.
    pub kind: String,
    /// Address or URL; empty for somebody who left.
    pub target: String,
    /// Environments that they chose; none for all.
    pub environments: Vec<String>,
    /// Components that they chose; none for all.
    pub components: Vec<String>,
    /// Language.
    pub language: String,
    /// `each` update or `daily`.
    pub rhythm: String,
    /// `pending`, `confirmed`, `quarantined` or `gone`.
    pub state: String,
    /// Why they are in quarantine, or gone.
    pub reason: Option<String>,
    /// Where they come from.
    pub origin: String,
    /// When they first asked.
    pub created_at: Time,
    /// When they confirmed.
    pub confirmed_at: Option<Time>,
    /// When they left.
    pub ended_at: Option<Time>,
}

/// What became of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedBody {
    /// Added.
    pub added: u64,
    /// Known already, and left as they are.
    pub known: u64,
    /// Had left, and stay away.
    pub gone: u64,
}

impl From<&SubscriberCount> for SubscriberCountBody {
    fn from(count: &SubscriberCount) -> Self {
        Self {
            page: count.page.to_string(),
            kind: count.kind.as_str().to_owned(),
            state: count.state.as_str().to_owned(),
            count: count.count,
        }
    }
}

impl From<&Subscriber> for SubscriberBody {
    fn from(subscriber: &Subscriber) -> Self {
        Self {
            id: subscriber.id.clone(),
            page: subscriber.page.to_string(),
            kind: subscriber.kind.as_str().to_owned(),
            target: subscriber.target.clone(),
            environments: subscriber.environments.iter().map(ToString::to_string).collect(),
            components: subscriber.components.iter().map(ToString::to_string).collect(),
            language: subscriber.language.clone(),
            rhythm: subscriber.rhythm.as_str().to_owned(),
            state: subscriber.state.as_str().to_owned(),
            reason: subscriber.reason.clone(),
            origin: subscriber.origin.clone(),
            created_at: Time(subscriber.created_at),
            confirmed_at: subscriber.confirmed_at.map(Time),
            ended_at: subscriber.ended_at.map(Time),
        }
    }
}

impl From<Imported> for ImportedBody {
    fn from(imported: Imported) -> Self {
        Self { added: imported.added, known: imported.known, gone: imported.gone }
    }
}
