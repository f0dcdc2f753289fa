//! Deploys: marks that somebody changed something, so that a stall minutes later can be held against them.
//!
//! Never guesses: what nobody marked did not happen as far as this module knows, and it says so.

use crate::id::Slug;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// Public identifier of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeployId(String);

impl DeployId {
    /// From randomness drawn by the caller.
    pub fn from_entropy(entropy: u64) -> Self {
        Self(crate::id::letters(entropy))
    }

    /// The identifier of a deploy that another system names: a webhook that is delivered twice marks once.
    pub fn of_source(source: &str, external_id: &str) -> Self {
        Self(crate::id::letters(crate::id::hash(source, external_id)))
    }

    /// Reads an identifier back; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        crate::id::is_letters(text).then(|| Self(text.to_owned()))
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeployId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// Public identifier.
    pub id: DeployId,
    /// Where; `None` means everywhere.
    pub environment: Option<Slug>,
    /// What, such as `api 4.12`.
    pub what: String,
    /// Where to read more.
    pub link: Option<String>,
    /// Who marked it.
    pub by: String,
    /// When it was done.
    pub at: Timestamp,
}

impl Deploy {
    /// Longest `what`, in bytes.
    pub const WHAT_LIMIT: usize = 200;
    /// Longest link, in bytes.
    pub const LINK_LIMIT: usize = 2_000;
    /// How far back a deploy is held against a stall.
    pub const SUSPECT_FOR: SignedDuration = SignedDuration::from_hours(1);

    /// Whether it touched this environment.
    pub fn touches(&self, environment: &Slug) -> bool {
        self.environment.as_ref().is_none_or(|own| own == environment)
    }

    /// Whether it came before `instant`, but not by more than an hour.
    pub fn is_shortly_before(&self, instant: Timestamp) -> bool {
        let lead = instant.duration_since(self.at);
        !lead.is_negative() && lead <= Self::SUSPECT_FOR
    }
}
