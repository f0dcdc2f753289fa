//! Who does something: a person or a token, what they may do, and from where they ask.
//!
//! Never proves who somebody is: the session and the token do.

use crate::error::Error;
use domain::{Action, Grants, Place, Timestamp, may};
use store::{Deed, Doer, Holder, Session, Token};

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `person` or `token`.
    pub kind: &'static str,
    /// Identifier of the person or token.
    pub id: String,
    /// Name under which it is recorded.
    pub name: String,
    /// What they may do.
    pub grants: Grants,
    /// Network address from which they ask, empty if it is not known.
    pub address: String,
}

impl Actor {
    /// Whoever sent a valid token.
    pub(crate) fn of_token(token: Token) -> Self {
        Self { kind: "token", id: token.id, name: token.name, grants: token.grants, address: String::new() }
    }

    /// Whose session it is.
    pub(crate) fn of_session(session: &Session, address: String) -> Self {
        let (kind, id) = match &session.holder {
            Holder::Person(person) => ("person", person.id.clone()),
            Holder::Token(token) => ("token", token.id.clone()),
        };
        let (name, grants) = (session.name().to_owned(), session.grants().clone());
        Self { kind, id, name, grants, address }
    }

    /// Refuses what they may not do there.
    pub fn may(&self, action: Action, place: Place<'_>) -> Result<(), Error> {
        may(&self.grants, action, place).map_err(Error::Forbidden)
    }

    /// Whether they may do it there.
    pub fn can(&self, action: Action, place: Place<'_>) -> bool {
        may(&self.grants, action, place).is_ok()
    }

    /// The identifier, if it is a person.
    pub fn person(&self) -> Option<&str> {
        (self.kind == "person").then_some(self.id.as_str())
    }

    /// What they do, for the audit log.
    pub fn deed(&self, at: Timestamp, action: &str, subject: &str, detail: &str) -> Deed {
        Deed {
            at,
            by: Doer { kind: self.kind.to_owned(), id: self.id.clone(), name: self.name.clone() },
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_owned(),
            address: self.address.clone(),
        }
    }
}
