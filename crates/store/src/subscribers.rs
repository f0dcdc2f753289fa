//! Who wants to hear of a page. Somebody who asks is asked back first: nothing is told before the owner of the
//! address has confirmed, and a row that nobody confirms is forgotten.
//!
//! Of the token in a subscriber's links only the hash is kept; whoever left is remembered by the hash of the
//! address alone, so that an imported list does not bring them back. Never sends anything.

mod ask;
mod import;
mod list;
mod manage;

pub use import::Imported;
pub use list::{Audience, SubscriberCount, SubscriberFilter};
pub use manage::Bounce;

use crate::columns::Columns;
use crate::error::{Error, Result};
use domain::{ComponentKey, Slug, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;

/// How long a question for confirmation can be answered, in hours.
pub const CONFIRM_HOURS: i64 = 48;
/// Questions that one address gets in a day, whoever asks.
pub const ASKED_PER_DAY: u32 = 3;
/// Soft failures in a row after which an address is taken for dead.
pub const SOFT_BOUNCES: u32 = 3;

/// Somebody who wants to hear of a page.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Identifier, which never changes; the token of its links is derived from it.
    pub id: String,
    /// Of which page.
    pub page: Slug,
    /// How they are reached.
    pub kind: SubscriberKind,
    /// Address or URL. Empty for somebody who left.
    pub target: String,
    /// Environments they chose; empty for all.
    pub environments: Vec<Slug>,
    /// Components they chose; empty for all.
    pub components: Vec<ComponentKey>,
    /// Language, `en` or `de`.
    pub language: String,
    /// How often.
    pub rhythm: Rhythm,
    /// How they stand.
    pub state: SubscriberState,
    /// The secret with which messages to a webhook are signed, sealed.
    pub secret: Option<Vec<u8>>,
    /// Where they come from: `form`, or who added them.
    pub origin: String,
    /// When they first asked.
    pub created_at: Timestamp,
    /// When they confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When they were last asked to confirm.
    pub asked_at: Timestamp,
    /// Soft failures in a row.
    pub bounces: u32,
    /// Why they are in quarantine, or gone.
    pub reason: Option<String>,
    /// When they left.
    pub ended_at: Option<Timestamp>,
}

/// An address is somebody's own, and the URL of a chat is a secret: neither belongs in a log.
impl std::fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscriber")
            .field("id", &self.id)
            .field("page", &self.page)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Somebody to be added.
#[derive(Clone)]
pub struct NewSubscriber {
    /// Identifier, random.
    pub id: String,
    /// Of which page.
    pub page: Slug,
    /// How they are reached.
    pub kind: SubscriberKind,
    /// Address or URL.
    pub target: String,
    /// What they want.
    pub wishes: Wishes,
    /// Hash of the token of their links.
    pub token_sha256: [u8; 32],
    /// The secret of a webhook, sealed.
    pub secret: Option<Vec<u8>>,
    /// Where they come from.
    pub origin: String,
    /// When.
    pub at: Timestamp,
}

impl std::fmt::Debug for NewSubscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSubscriber")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What a subscriber wants to hear, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Environments; empty for all.
    pub environments: Vec<Slug>,
    /// Components; empty for all.
    pub components: Vec<ComponentKey>,
    /// Language, `en` or `de`.
    pub language: String,
    /// How often.
    pub rhythm: Rhythm,
}

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $( $(#[$each:meta])* $variant:ident => $word:literal, )+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $( $(#[$each])* $variant, )+ }

        impl $type {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in APIs, rows and as the name of the notifier.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word back.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

words! {
    /// How a subscriber is reached.
    SubscriberKind {
        /// By mail.
        Email => "email",
        /// By signed requests to a program of theirs.
        Webhook => "webhook",
        /// In a channel of Slack, by its incoming webhook.
        Slack => "slack",
        /// In a channel of Microsoft Teams.
        Teams => "teams",
        /// In a channel of Discord.
        Discord => "discord",
        /// In a space of Google Chat.
        GoogleChat => "google_chat",
    }
}

words! {
    /// How a subscriber stands.
    SubscriberState {
        /// Asked to confirm.
        Pending => "pending",
        /// Hears of everything they chose.
        Confirmed => "confirmed",
        /// Cannot be reached.
        Quarantined => "quarantined",
        /// Left.
        Gone => "gone",
    }
}

words! {
    /// How often a subscriber hears.
    #[derive(Default)]
    Rhythm {
        /// Of each update, at once.
        #[default]
        Each => "each",
        /// Once a day, of the day.
        Daily => "daily",
    }
}

/// By what an address is told from others of its page and kind: mail addresses by their letters, whatever
/// their case.
pub fn target_sha256(kind: SubscriberKind, target: &str) -> [u8; 32] {
    let target = match kind {
        SubscriberKind::Email => target.to_lowercase(),
        _ => target.to_owned(),
    };
    Sha256::digest(target.as_bytes()).into()
}

/// Naming the columns keeps running nodes well when a later release adds one.
macro_rules! select {
    ($conditions:literal) => {
        concat!(
            "SELECT id, page, kind, target, environments, components, language, rhythm, state, secret, origin, \
             created_at, confirmed_at, asked_at, bounces, reason, ended_at FROM subscriber ",
            $conditions
        )
    };
}
use select;

fn read(row: &AnyRow) -> Result<Subscriber> {
    let word = |column: &'static str, text: &str| {
        Error::Corrupt(format!("a subscriber has `{text}` as its {column}"))
    };
    let (kind, rhythm, state) = (row.text("kind")?, row.text("rhythm")?, row.text("state")?);
    Ok(Subscriber {
        id: row.text("id")?,
        page: row.slug("page")?,
        kind: SubscriberKind::parse(&kind).ok_or_else(|| word("kind", &kind))?,
        target: row.text("target")?,
        environments: list(&row.text("environments")?)?
            .iter()
            .map(|text| Slug::parse(text).ok_or_else(|| word("environment", text)))
            .collect::<Result<_>>()?,
        components: list(&row.text("components")?)?.into_iter().map(ComponentKey).collect(),
        language: row.text("language")?,
        rhythm: Rhythm::parse(&rhythm).ok_or_else(|| word("rhythm", &rhythm))?,
        state: SubscriberState::parse(&state).ok_or_else(|| word("state", &state))?,
        secret: row.column("secret")?,
        origin: row.text("origin")?,
        created_at: row.instant("created_at")?,
        confirmed_at: row.instant_or_null("confirmed_at")?,
        asked_at: row.instant("asked_at")?,
        bounces: row.number("bounces")?,
        reason: row.text_or_null("reason")?,
        ended_at: row.instant_or_null("ended_at")?,
    })
}

fn list(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("the wishes of a subscriber: {error}")))
}

/// A choice as its column holds it: a list of texts cannot fail to be written.
fn written<'a>(choice: impl Iterator<Item = &'a str>) -> String {
    crate::columns::clean(&serde_json::to_string(&choice.collect::<Vec<_>>()).unwrap_or_default())
}

impl Wishes {
    fn environments(&self) -> String {
        written(self.environments.iter().map(Slug::as_str))
    }

    fn components(&self) -> String {
        written(self.components.iter().map(|key| key.0.as_str()))
    }
}
