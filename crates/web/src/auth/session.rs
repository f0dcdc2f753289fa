//! Sessions of browsers. The cookie holds a secret of 256 bits; its hash names the session in the store,
//! so signing out ends it everywhere at once.
//!
//! The token of forms is derived from the cookie, and every form is also held against the origin that the
//! browser states, so that no other site can post one.

use super::Actor;
use super::token::{Hash, hash};
use crate::error::Error;
use crate::rendered::{ascii_value, hex};
use crate::site::Site;
use axum::extract::ConnectInfo;
use axum::http::Extensions;
use axum::http::header::{COOKIE, HOST, HeaderMap, HeaderValue, ORIGIN, USER_AGENT};
use jiff::SignedDuration;
use std::net::{IpAddr, SocketAddr};
use store::{Deed, Holder, NewSession, Session};
use subtle::ConstantTimeEq;

/// How long somebody stays signed in.
const LENGTH: SignedDuration = SignedDuration::from_hours(12);
/// Letters that are kept of what a browser calls itself.
const AGENT_LIMIT: usize = 200;
/// Seconds for which a form of somebody who is not signed in yet can be sent.
const VISIT_SECONDS: i64 = 60 * 60;

/// A browser: its cookie, and the session behind it if there is one.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// The secret in its cookie.
    secret: String,
    /// Whether the cookie is already there.
    pub(crate) has_cookie: bool,
    /// Its session, if it is signed in.
    pub(crate) session: Option<Session>,
}

impl Visitor {
    /// The value of the hidden field `csrf` in its forms.
    pub(crate) fn csrf(&self) -> String {
        hex(&hash(&format!("csrf:{}", self.secret)))
    }

    /// Who is signed in.
    pub(crate) fn actor(&self, address: String) -> Option<Actor> {
        self.session.as_ref().map(|session| Actor::of_session(session, address))
    }

    /// Name of whoever is signed in, or nothing.
    pub(crate) fn name(&self) -> &str {
        self.session.as_ref().map_or("", Session::name)
    }

    /// The secret of the browser for one purpose, from which no other is guessed.
    pub(crate) fn secret_for(&self, purpose: &str) -> Hash {
        hash(&format!("{purpose}:{}", self.secret))
    }

    fn hash(&self) -> Hash {
        hash(&self.secret)
    }
}

/// Network address of whoever asks.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical())
}

/// The same in words, empty where it is not known.
pub(crate) fn address(extensions: &Extensions) -> String {
    peer(extensions).map(|address| address.to_string()).unwrap_or_default()
}

/// What a browser calls itself, as far as it is plain.
pub(crate) fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.chars().take(AGENT_LIMIT).collect()
}

/// Whether a form carries the token of this browser.
pub(crate) fn csrf_matches(visitor: &Visitor, given: &str) -> bool {
    visitor.has_cookie && bool::from(visitor.csrf().as_bytes().ct_eq(given.as_bytes()))
}

/// Whether the browser says that a form came from another site. A browser states the origin of every form;
/// one without is not a browser, and the token of the form has to convince.
pub(crate) fn is_foreign(headers: &HeaderMap, public: Option<&url::Url>) -> bool {
    let Some(origin) = headers.get(ORIGIN).and_then(|value| value.to_str().ok()) else {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        return site.is_some_and(|site| site != b"same-origin" && site != b"none");
    };
    if public.is_some_and(|public| public.origin().ascii_serialization() == origin) {
        return false;
    }
    // Reached by another name than the public one, say by its address inside: then the browser states the
    // same name twice.
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let stated = origin.strip_prefix("https://").or(origin.strip_prefix("http://"));
    host.is_empty() || stated != Some(host)
}

fn signed_in(session: &NewSession, way: &str) -> Deed {
    let (kind, id, name) = match &session.holder {
        Holder::Person(person) => ("person", &person.id, &person.name),
        Holder::Token(token) => ("token", &token.id, &token.name),
    };
    Deed {
        at: session.opened_at,
        by: store::Doer { kind: kind.to_owned(), id: id.clone(), name: name.clone() },
        action: "signed_in".to_owned(),
        subject: id.clone(),
        detail: way.to_owned(),
        address: session.address.clone(),
    }
}

impl Site {
    /// Who holds this cookie. A browser without one gets a fresh secret, which is worth nothing until it
    /// has signed in.
    pub(crate) async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Error> {
        let Some(secret) = self.read_cookie(headers) else {
            return Ok(self.fresh_visitor());
        };
        let session =
            self.store.find_session(&hash(&secret)).await.map_err(|error| self.store_error(error))?;
        let now = self.config.clock.now();
        let session = session.filter(|session| session.is_valid(now));
        if let Some(session) = &session
            && let Err(error) = self.store.touch_session(session, now).await
        {
            // The use is not worth refusing because it could not be noted.
            tracing::debug!(error = %error, "last use of a session not noted");
        }
        Ok(Visitor { secret, has_cookie: true, session })
    }

    fn fresh_visitor(&self) -> Visitor {
        Visitor { secret: hex(&self.config.entropy.bytes::<32>()), has_cookie: false, session: None }
    }

    /// Opens a session. It has a new secret: one that somebody knew before is worth nothing.
    pub(crate) async fn sign_in(
        &self,
        holder: Holder,
        way: &str,
        headers: &HeaderMap,
        address: String,
    ) -> Result<HeaderValue, Error> {
        let visitor = self.fresh_visitor();
        let now = self.config.clock.now();
        let session = NewSession {
            sha256: visitor.hash(),
            holder,
            opened_at: now,
            expires_at: now.saturating_add(LENGTH).unwrap_or(now),
            address,
            agent: agent(headers),
        };
        let deed = signed_in(&session, way);
        self.store.open_session(session, deed).await.map_err(|error| self.store_error(error))?;
        Ok(self.cookie(&visitor, LENGTH.as_secs()))
    }

    /// Ends a session.
    pub(crate) async fn sign_out(&self, visitor: &Visitor, address: String) -> Result<HeaderValue, Error> {
        if let Some(actor) = visitor.actor(address) {
            let deed = actor.deed(self.config.clock.now(), "signed_out", &actor.id, "");
            let ended = self.store.end_session(visitor.hash(), deed).await;
            ended.map_err(|error| self.store_error(error))?;
        }
        Ok(self.cookie(visitor, 0))
    }

    /// The cookie that a visitor without one is given together with a form.
    pub(crate) fn visit_cookie(&self, visitor: &Visitor) -> HeaderValue {
        self.cookie(visitor, VISIT_SECONDS)
    }

    fn cookie(&self, visitor: &Visitor, seconds: i64) -> HeaderValue {
        let secure = if self.config.is_https() { "; Secure" } else { "" };
        let (name, secret) = (self.cookie_name(), &visitor.secret);
        let attributes = format!("Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        let mut value = ascii_value(&format!("{name}={secret}; {attributes}"));
        value.set_sensitive(true);
        value
    }

    /// With the prefix, browsers take the cookie only over https and for exactly this host.
    fn cookie_name(&self) -> &'static str {
        if self.config.is_https() { "__Host-watchkeeper" } else { "watchkeeper" }
    }

    fn read_cookie(&self, headers: &HeaderMap) -> Option<String> {
        let secret = cookies(headers, self.cookie_name()).next()?;
        let well_formed = secret.len() == 64 && secret.bytes().all(|b| b.is_ascii_hexdigit());
        well_formed.then(|| secret.to_owned())
    }
}

/// The values of the cookies of that name, in the order in which the browser sent them.
pub(crate) fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|all| all.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_foreign_whatever_it_says_of_its_host() {
        let public = url::Url::parse("https://status.example.org").expect("a URL");
        let cases = [
            (vec![("origin", "https://status.example.org")], false),
            (vec![("origin", "https://evil.example"), ("host", "status.example.org")], true),
            (vec![("origin", "null"), ("host", "status.example.org")], true),
            (vec![("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")], false),
            (vec![("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5")], true),
            (vec![("origin", "http://"), ("host", "")], true),
            (vec![("sec-fetch-site", "cross-site")], true),
            (vec![("sec-fetch-site", "same-origin")], false),
            (vec![], false),
        ];
        for (pairs, foreign) in cases {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| {
                    (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
                })
                .collect();
            assert_eq!(is_foreign(&headers, Some(&public)), foreign, "{pairs:?}");
        }
    }
}
