//! Who asks: people and programs, by the sessions of browsers and by API tokens.
//!
//! Reading what is public needs neither, and neither changes what is read. Secrets have 256 bits and are
//! kept as hashes only. What somebody may do is never decided here: that is [`domain::may`].

mod actor;
pub mod elsewhere;
mod password;
mod person;
mod session;
pub mod token;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::site::Site;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::{Action, Place, Slug, Timestamp};
use store::{Deed, Token};

pub use actor::Actor;
pub(crate) use password::Passwords;
pub(crate) use person::email_of;
pub use person::{code, person};
pub(crate) use session::{Visitor, address, cookies, csrf_matches, is_foreign, peer};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See the console.
    Read,
    /// Open, update and correct incidents, too.
    Write,
    /// Everything.
    Admin,
}

impl Scope {
    /// Every scope, the least first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// What somebody with it can do.
    pub fn action(self) -> Action {
        match self {
            Self::Read => Action::See,
            Self::Write => Action::Respond,
            Self::Admin => Action::Configure,
        }
    }

    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// A token to be created.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Name under which its holder appears in timelines.
    pub name: String,
    /// What it may do; a larger scope holds the smaller ones.
    pub scope: Scope,
    /// Where; empty for everywhere.
    pub environments: Vec<Slug>,
    /// Who makes it for themselves: it never reaches further than they do.
    pub person: Option<String>,
    /// When it is created.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl NewToken {
    /// One that is for everywhere, of nobody, and does not end.
    pub fn new(name: &str, scope: Scope, created_at: Timestamp) -> Self {
        let name = name.to_owned();
        Self { name, scope, environments: Vec::new(), person: None, created_at, expires_at: None }
    }

    /// Makes it: its text, which is shown once, and what the store keeps.
    pub fn make(self, entropy: &Entropy) -> (String, store::NewToken) {
        let (id, text, sha256) = token::make(&entropy.bytes());
        let kept = store::NewToken {
            id,
            name: self.name,
            sha256,
            scopes: vec![self.scope.as_str().to_owned()],
            environments: self.environments,
            person: self.person,
            created_at: self.created_at,
            expires_at: self.expires_at,
        };
        (text, kept)
    }
}

/// What the log says of a token that is made.
pub fn token_created(token: &store::NewToken, by: store::Doer, address: &str) -> Deed {
    let places: Vec<&str> = token.environments.iter().map(Slug::as_str).collect();
    let places = if places.is_empty() { "everywhere".to_owned() } else { places.join(", ") };
    Deed {
        at: token.created_at,
        by,
        action: "token.created".to_owned(),
        subject: token.id.clone(),
        detail: format!("{}: {} in {places}", token.name, token.scopes.join(", ")),
        address: address.to_owned(),
    }
}

impl Site {
    /// Who sent a request of the API: a valid token, which reaches that far somewhere. Where exactly is asked
    /// once it is known: [`Actor::may`].
    pub(crate) async fn bearer(&self, headers: &HeaderMap, needed: Scope) -> Result<Actor, Error> {
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let value = value.ok_or(Error::Unauthenticated("no token was sent"))?;
        let (scheme, text) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Error::Unauthenticated("only `Bearer` tokens are known here"));
        }
        let actor = Actor::of_token(self.find_token(text.trim()).await?);
        actor.may(needed.action(), Place::Somewhere)?;
        Ok(actor)
    }

    /// The valid token of that text. Unknown, revoked and expired ones are told apart by nobody.
    pub(crate) async fn find_token(&self, text: &str) -> Result<Token, Error> {
        const UNKNOWN: Error = Error::Unauthenticated("the token is not valid");
        let (_, sha256) = token::parse(text).ok_or(UNKNOWN)?;
        let found = self.store.find_token(&sha256).await.map_err(|error| self.store_error(error))?;
        let now = self.config.clock.now();
        let token = found.filter(|token| token.is_valid(now)).ok_or(UNKNOWN)?;
        if let Err(error) = self.store.touch_token(&token, now).await {
            // The use is not worth refusing because it could not be noted.
            tracing::debug!(error = %error, "last use of a token not noted");
        }
        Ok(token)
    }
}
