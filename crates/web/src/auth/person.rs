//! People as they are added, and the one-time codes with which they set a password.
//!
//! Never stores anything.

use super::token::{Hash, hash};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::rendered::hex;
use domain::{Grants, Timestamp};
use store::Person;

/// Longest name and address.
const LONGEST: usize = 200;

/// Somebody new, without a password yet.
pub fn person(id: String, name: &str, email: &str, roles: Grants, at: Timestamp) -> Result<Person, Error> {
    let (name, email) = (name.trim(), email_of(email));
    if name.is_empty() || name.len() > LONGEST || name.contains(char::is_control) {
        return Err(Error::invalid("`name` is empty or too long", "write the name that timelines show"));
    }
    let plausible = email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'));
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if !plausible || email.len() > LONGEST || email.contains(odd) {
        return Err(Error::invalid("`email` is no address", "write one such as ann@example.org"));
    }
    let (name, email) = (name.to_owned(), Some(email));
    let (password, signed_in_at, disabled_at) = (None, None, None);
    Ok(Person { id, name, email, password, roles, epoch: 1, created_at: at, signed_in_at, disabled_at })
}

/// An address as it is kept: two spellings are one account.
pub(crate) fn email_of(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A one-time code of 128 bits, and the hash that is kept of it.
pub fn code(entropy: &Entropy) -> (String, Hash) {
    let code = hex(&entropy.bytes::<16>());
    let sha256 = hash(&code);
    (code, sha256)
}
