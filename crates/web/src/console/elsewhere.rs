//! Signing in with an account elsewhere: to the issuer and back.
//!
//! The way there is bound to the browser by a cookie of its own, which lasts ten minutes and from whose secret state,
//! nonce and verifier follow, so that nothing needs to be kept. It is `Lax`, because the way back begins on another
//! site; the cookie of the session stays `Strict`, and for that the last step is a page of ours.

use super::form::Form;
use super::own_path;
use crate::auth::elsewhere::{Account, Bond, Elsewhere};
use crate::auth::token::hash;
use crate::auth::{address, cookies, email_of};
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::panels;
use crate::rendered::{ascii_value, hex};
use crate::site::Site;
use crate::view::link;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use domain::IncidentId;
use std::sync::Arc;
use store::{Deed, Doer, Holder, Person};
use subtle::ConstantTimeEq as _;

type Answer = Result<Response<Body>, Error>;

/// Seconds for which the way back is open.
const PATIENCE: u32 = 600;
/// What every refusal says.
const REFUSED: Error = Error::Unauthenticated("this account may not sign in here, or took too long");

/// Sends the browser to the issuer.
pub(crate) async fn begin(State(site): State<Arc<Site>>, request: Request) -> Answer {
    site.attempt(&request)?;
    let elsewhere = site.elsewhere(request.uri().path())?;
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    let secret = hex(&site.config.entropy.bytes::<32>());
    let url = elsewhere.begin(&bond(&secret), &site.way_back()?, site.config.clock.now()).await?;
    let value = format!("{secret}.{}", own_path(query.value("next")));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, ascii_value(url.as_str()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::SET_COOKIE, site.bond_cookie(&value, PATIENCE));
    Ok(response)
}

/// Takes the browser back from the issuer.
pub(crate) async fn finish(State(site): State<Arc<Site>>, request: Request) -> Answer {
    site.attempt(&request)?;
    let elsewhere = site.elsewhere(request.uri().path())?;
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    let (headers, from) = (request.headers(), address(request.extensions()));
    let cookie = site.read_bond(headers).ok_or(REFUSED)?;
    let (secret, next) = cookie.split_once('.').ok_or(REFUSED)?;
    let bond = bond(secret);
    if !bool::from(bond.state.as_bytes().ct_eq(query.value("state").as_bytes())) {
        return Err(Error::ForeignForm);
    }
    let now = site.config.clock.now();
    let account = elsewhere.finish(query.value("code"), &bond, &site.way_back()?, now).await?;
    let person = match account {
        Some(account) if !account.roles.is_empty() => site.person_elsewhere(account, &from).await?,
        _ => None,
    };
    let Some(person) = person else {
        site.note_refusal("elsewhere", from).await?;
        return Err(REFUSED);
    };
    let session = site.sign_in(Holder::Person(person), "elsewhere", headers, from).await?;
    let input = panels::Input {
        title: "Signed in",
        lead: "You are signed in. Go on to the console if it does not open by itself.".to_owned(),
        below_console: true,
        ..panels::Input::default()
    };
    let visitor = site.visitor(&HeaderMap::new()).await?;
    let text = printed(panels::render(&site.console_shell(link::CONSOLE, &visitor), &input))?;
    let mut answer = site.console_answer(StatusCode::OK, &text, headers);
    answer.headers_mut().insert("refresh", ascii_value(&format!("0; url={}", own_path(next))));
    answer.headers_mut().append(header::SET_COOKIE, session);
    answer.headers_mut().append(header::SET_COOKIE, site.bond_cookie("", 0));
    Ok(answer)
}

impl Site {
    /// Offers sign-in with accounts elsewhere; once, at the start.
    pub fn offer_elsewhere(&self, elsewhere: Elsewhere) {
        // A second one would be a mistake of ours; the first stands.
        let _ = self.elsewhere.set(elsewhere);
    }

    fn elsewhere(&self, path: &str) -> Result<&Elsewhere, Error> {
        self.elsewhere.get().ok_or_else(|| Error::no_page(path))
    }

    /// Where the issuer sends the browser back to: only the configured address is believed.
    fn way_back(&self) -> Result<String, Error> {
        let public = self.config.public_url.as_ref();
        let back = public.and_then(|url| url.join(link::BACK_FROM_ELSEWHERE).ok());
        back.map(String::from)
            .ok_or_else(|| Error::invalid("`public_url` is not set", "set it in the configuration"))
    }

    /// The person of an account, with the roles that it has now; nobody, where they are disabled.
    async fn person_elsewhere(&self, account: Account, from: &str) -> Result<Option<Person>, Error> {
        let failed = |error| self.store_error(error);
        let found = self.store.find_identity(&account.issuer, &account.subject).await.map_err(failed)?;
        let deed = |action: &str, id: &str, detail: String| Deed {
            at: self.config.clock.now(),
            by: Doer::program("accounts elsewhere"),
            action: action.to_owned(),
            subject: id.to_owned(),
            detail,
            address: from.to_owned(),
        };
        match found {
            Some(person) if person.disabled_at.is_some() => Ok(None),
            Some(person) if person.roles == account.roles => Ok(Some(person)),
            Some(person) => {
                let deed = deed("person.roles", &person.id, account.roles.to_string());
                self.store.change_roles(&person.id, &account.roles, deed).await.map_err(failed)?;
                self.store.find_person(&person.id).await.map_err(failed)
            }
            None => {
                let mut email = account.email.as_deref().map(email_of);
                if let Some(address) = &email
                    && self.store.find_person_by_email(address).await.map_err(failed)?.is_some()
                {
                    // Somebody here has it already. That proves nothing of who this is.
                    email = None;
                }
                let person = Person {
                    id: IncidentId::from_entropy(self.config.entropy.number()).to_string(),
                    name: account.name.chars().filter(|c| !c.is_control()).take(100).collect(),
                    email,
                    password: None,
                    roles: account.roles,
                    epoch: 1,
                    created_at: self.config.clock.now(),
                    signed_in_at: None,
                    disabled_at: None,
                };
                let deed = deed("person.created", &person.id, format!("{}: {}", person.name, person.roles));
                let known_as = (account.issuer, account.subject);
                self.store.create_person_of(person.clone(), known_as, deed).await.map_err(failed)?;
                Ok(Some(person))
            }
        }
    }

    fn bond_cookie(&self, value: &str, seconds: u32) -> HeaderValue {
        let (name, secure) =
            if self.config.is_https() { ("__Host-elsewhere", "; Secure") } else { ("elsewhere", "") };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        let mut value = ascii_value(&text);
        value.set_sensitive(true);
        value
    }

    fn read_bond(&self, headers: &HeaderMap) -> Option<String> {
        let name = if self.config.is_https() { "__Host-elsewhere" } else { "elsewhere" };
        cookies(headers, name).next().map(str::to_owned)
    }
}

fn bond(secret: &str) -> Bond {
    let of = |purpose: &str| hex(&hash(&format!("{purpose}:{secret}")));
    Bond { state: of("state"), nonce: of("nonce"), verifier: of("pkce") }
}
