//! Who asks: API tokens, and the sessions of browsers that were opened with one.
//!
//! Reading what is public needs neither, and neither changes what is read. Secrets have 256 bits and are
//! kept as hashes only.

pub mod token;

mod session;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::site::Site;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::Timestamp;
use store::Token;

pub(crate) use session::{Visitor, csrf_matches, is_foreign};

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
    /// When it is created.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl NewToken {
    /// Makes it: its text, which is shown once, and what the store keeps.
    pub fn make(self, entropy: &Entropy) -> (String, store::NewToken) {
        let (id, text, sha256) = token::make(&entropy.bytes());
        let kept = store::NewToken {
            id,
            name: self.name,
            sha256,
            scopes: vec![self.scope.as_str().to_owned()],
            created_at: self.created_at,
            expires_at: self.expires_at,
        };
        (text, kept)
    }
}

/// Whether a token reaches that far.
pub(crate) fn allows(token: &Token, needed: Scope) -> bool {
    token.scopes.iter().filter_map(|word| Scope::parse(word)).any(|scope| scope >= needed)
}

impl Site {
    /// The token of a request of the API, which must be valid and reach that far.
    pub(crate) async fn bearer(&self, headers: &HeaderMap, needed: Scope) -> Result<Token, Error> {
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let value = value.ok_or(Error::Unauthenticated("no token was sent"))?;
        let (scheme, text) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Error::Unauthenticated("only `Bearer` tokens are known here"));
        }
        let token = self.find_token(text.trim()).await?;
        if !allows(&token, needed) {
            return Err(Error::Forbidden { needed: needed.as_str() });
        }
        Ok(token)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_scope_holds_the_smaller_ones_and_unknown_words_hold_nothing() {
        let token = |scopes: &[&str]| Token {
            id: "t".into(),
            name: "Ann".into(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        assert!(allows(&token(&["admin"]), Scope::Write));
        assert!(allows(&token(&["read", "write"]), Scope::Write));
        assert!(!allows(&token(&["read"]), Scope::Write));
        assert!(!allows(&token(&["ADMIN", ""]), Scope::Read));
    }
}
