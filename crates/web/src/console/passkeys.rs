//! Passkeys: added from the account, used to sign in without a name or a password. Ceremonies are
//! `webauthn_rs`'s; what a key has yet to answer lies in the store under the browser's secret, and is answered once.
//!
//! Our script calls these addresses with the token of its form. Nothing here works without a public address, as keys
//! are bound to a name; a password does.

use super::account::person_of;
use super::operator::{Posted, Stranger};
use super::own_path;
use crate::auth::Visitor;
use crate::auth::token::Hash;
use crate::error::Error;
use crate::load::json;
use crate::rendered::hex;
use crate::site::{Site, SiteConfig};
use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderValue, Response, header};
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use store::{Holder, Passkey, Person};
use webauthn_rs::prelude as webauthn;

type Answer = Result<Response<Body>, Error>;

/// For how long a key may take to answer.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// Passkeys of one person, at most.
const MOST: usize = 20;
/// What every refusal says.
const REFUSED: &str = "the passkey was not accepted";

/// What keys are bound to: the host of the public address, which must have a name and https, or be this machine.
pub(crate) fn relying_party(config: &SiteConfig) -> Option<webauthn::Webauthn> {
    let url = config.public_url.as_ref()?;
    let domain = url.domain()?;
    if url.scheme() != "https" && domain != "localhost" {
        return None;
    }
    let origin = url.join("/").ok()?;
    let built =
        webauthn::WebauthnBuilder::new(domain, &origin).map(|builder| builder.rp_name(&config.name).build());
    match built {
        Ok(Ok(webauthn)) => Some(webauthn),
        Ok(Err(error)) | Err(error) => {
            tracing::warn!(%error, "passkeys are not offered");
            None
        }
    }
}

/// Begins to add a key.
pub(crate) async fn begin_adding(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let person = person_of(&posted.operator)?;
    let known = site.store.list_passkeys(&person.id).await.map_err(|error| site.store_error(error))?;
    if known.len() >= MOST {
        return Err(Error::invalid("there are 20 passkeys already", "remove one first"));
    }
    let ids = known
        .iter()
        .filter_map(|key| Some(read::<webauthn::Passkey>(&key.credential).ok()?.cred_id().clone()));
    let user = person.email.as_deref().unwrap_or(&person.name);
    let begun = site.webauthn()?.start_passkey_registration(
        handle_of(&person),
        user,
        &person.name,
        Some(ids.collect()),
    );
    let (challenge, state) = begun.map_err(|error| refused(&error))?;
    site.keep_ceremony(&posted.operator.visitor, "add", &state).await?;
    let mut challenge = serde_json::to_value(challenge).map_err(|error| Error::Internal(Box::new(error)))?;
    // So that the key can be used without a name.
    challenge["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
    challenge["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
    Ok(answer(&challenge))
}

/// Adds a key.
pub(crate) async fn add(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let Posted { operator, form, .. } = posted;
    let person = person_of(&operator)?;
    let state: webauthn::PasskeyRegistration = site.take_ceremony(&operator.visitor, "add").await?;
    let credential: webauthn::RegisterPublicKeyCredential = read(form.value("credential"))?;
    let passkey =
        site.webauthn()?.finish_passkey_registration(&credential, &state).map_err(|error| refused(&error))?;
    let now = site.config.clock.now();
    let name = form.value("name").trim();
    let name = if name.is_empty() { "passkey" } else { name };
    let kept = Passkey {
        id: hex(passkey.cred_id()),
        person: person.id.clone(),
        name: name.chars().take(100).collect(),
        credential: json(&passkey)?,
        created_at: now,
        used_at: None,
    };
    let deed = operator.actor.deed(now, "passkey.created", &person.id, &kept.name);
    site.store.create_passkey(kept, deed).await.map_err(|error| site.store_error(error))?;
    Ok(answer(&json!({ "next": crate::view::link::ACCOUNT })))
}

/// Begins to sign in with a key, whosever it is.
pub(crate) async fn begin_signing_in(State(site): State<Arc<Site>>, request: Request) -> Answer {
    site.attempt(&request)?;
    let stranger = Stranger::from_request(request, &site).await?;
    let (challenge, state) =
        site.webauthn()?.start_discoverable_authentication().map_err(|error| refused(&error))?;
    site.keep_ceremony(&stranger.visitor, "sign-in", &state).await?;
    let challenge = serde_json::to_value(challenge).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(answer(&challenge))
}

/// Signs in with a key.
pub(crate) async fn sign_in(State(site): State<Arc<Site>>, request: Request) -> Answer {
    site.attempt(&request)?;
    let Stranger { visitor, headers, form, address } = Stranger::from_request(request, &site).await?;
    let state: webauthn::DiscoverableAuthentication = site.take_ceremony(&visitor, "sign-in").await?;
    let Some(person) = site.holder_of_key(form.value("credential"), state).await? else {
        site.note_refusal("passkey", address).await?;
        return Err(Error::Unauthenticated(REFUSED));
    };
    let cookie = site.sign_in(Holder::Person(person), "passkey", &headers, address).await?;
    let mut response = answer(&json!({ "next": own_path(form.value("next")) }));
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

impl Site {
    fn webauthn(&self) -> Result<&webauthn::Webauthn, Error> {
        let message = "passkeys are not offered here";
        self.passkeys.as_ref().ok_or_else(|| Error::invalid(message, "set `public_url` to an https address"))
    }

    /// Whose key it is that answered; nobody, where anything is not right.
    async fn holder_of_key(
        &self,
        credential: &str,
        state: webauthn::DiscoverableAuthentication,
    ) -> Result<Option<Person>, Error> {
        let Ok(credential) = read::<webauthn::PublicKeyCredential>(credential) else { return Ok(None) };
        let webauthn = self.webauthn()?;
        let Ok((handle, id)) = webauthn.identify_discoverable_authentication(&credential) else {
            return Ok(None);
        };
        let kept = self.store.find_passkey(&hex(id)).await.map_err(|error| self.store_error(error))?;
        let Some(kept) = kept else { return Ok(None) };
        let person = self.store.find_person(&kept.person).await.map_err(|error| self.store_error(error))?;
        let enabled = |person: &Person| person.disabled_at.is_none() && handle_of(person) == handle;
        let Some(person) = person.filter(enabled) else { return Ok(None) };
        let mut passkey: webauthn::Passkey = read(&kept.credential)?;
        let Ok(result) = webauthn.finish_discoverable_authentication_v2(&credential, state, &passkey) else {
            return Ok(None);
        };
        passkey.update_credential(&result);
        let used = self.store.use_passkey(&kept.id, json(&passkey)?, self.config.clock.now()).await;
        used.map_err(|error| self.store_error(error))?;
        Ok(Some(person))
    }

    async fn keep_ceremony(
        &self,
        visitor: &Visitor,
        purpose: &str,
        state: &impl Serialize,
    ) -> Result<(), Error> {
        let now = self.config.clock.now();
        let until = now.saturating_add(PATIENCE).unwrap_or(now);
        let kept = self.store.begin_ceremony(key_of(visitor, purpose), json(state)?, until).await;
        kept.map_err(|error| self.store_error(error))
    }

    async fn take_ceremony<T: DeserializeOwned>(&self, visitor: &Visitor, purpose: &str) -> Result<T, Error> {
        let kept = self.store.end_ceremony(key_of(visitor, purpose), self.config.clock.now()).await;
        let state = kept.map_err(|error| self.store_error(error))?;
        read(&state.ok_or_else(|| Error::invalid(REFUSED, "begin again"))?)
    }
}

/// One ceremony of each kind for each browser.
fn key_of(visitor: &Visitor, purpose: &str) -> Hash {
    visitor.secret_for(&format!("passkey-{purpose}"))
}

/// The name under which keys know a person: nothing that says who it is.
fn handle_of(person: &Person) -> webauthn::Uuid {
    let digest: [u8; 32] = Sha256::digest(format!("passkey:{}", person.id)).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    webauthn::Uuid::from_bytes(bytes)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::invalid(REFUSED, "begin again"))
}

fn refused(error: &webauthn::WebauthnError) -> Error {
    tracing::debug!(%error, "a passkey was refused");
    Error::invalid(REFUSED, "begin again")
}

fn answer(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
