//! Who may read a page that is not for everybody. It is asked once, before anything of the page is looked up, and
//! what is then answered is kept by no cache on the way.
//!
//! A password opens a page for a week: the cookie carries its end and a code that only the password makes, so it
//! holds on every node and after every restart, and ends when the password changes. Nothing of it is stored, and
//! the password never stands in an address.

use crate::api::write::read_body;
use crate::auth::{Actor, Visitor, cookies, is_foreign};
use crate::console::operator::Stranger;
use crate::console::see_other;
use crate::dispatch::OnPage;
use crate::error::Error;
use crate::load::printed;
use crate::page::{Access, Page};
use crate::pages::enter;
use crate::rendered::{Format, Rendered, ascii_value, hex};
use crate::site::Site;
use crate::view::link;
use argon2::{Algorithm, Argon2, Params, Version};
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest as _, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, ETAG, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use domain::{Action, Place, Slug, Timestamp};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

/// Where the password is sent, on each page.
pub const ENTER: &str = "/enter";
/// Seconds for which a password opens a page.
const OPEN_SECONDS: i64 = 7 * 24 * 60 * 60;
/// What OWASP asks of argon2id at the least: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// What a password opens a page with: 256 bits that cost as much to guess as the password.
pub type Key = [u8; 32];

/// The key that a password makes for a page. It is the same on every node; another page has another one.
pub fn key_of(slug: &Slug, password: &str) -> Key {
    let mut key = [0; 32];
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(key.len()));
    let made = params.and_then(|params| {
        let salt = format!("watchkeeper page {slug}");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
            password.as_bytes(),
            salt.as_bytes(),
            &mut key,
        )
    });
    debug_assert!(made.is_ok(), "the parameters are constants");
    key
}

/// The code that belongs to an end. Hashed twice, so that nothing can be appended to what is signed.
fn code(key: &Key, ends_at: i64) -> String {
    let inner = Sha256::new().chain_update(key).chain_update(ends_at.to_be_bytes()).finalize();
    let outer: [u8; 32] = Sha256::new().chain_update(key).chain_update(inner).finalize().into();
    hex(&outer)
}

impl Page {
    fn cookie_name(&self) -> String {
        format!("watchkeeper-page-{}", self.slug())
    }

    fn has_cookie(&self, key: &Key, headers: &HeaderMap, now: Timestamp) -> bool {
        let name = self.cookie_name();
        cookies(headers, &name).filter_map(|value| value.split_once('.')).any(|(ends_at, given)| {
            let Ok(ends_at) = ends_at.parse::<i64>() else { return false };
            ends_at > now.as_second() && bool::from(code(key, ends_at).as_bytes().ct_eq(given.as_bytes()))
        })
    }
}

impl Site {
    /// Whether somebody may read a page.
    pub(crate) async fn is_admitted(&self, page: &Arc<Page>, headers: &HeaderMap) -> Result<bool, Error> {
        match &page.config.access {
            Access::Public => Ok(true),
            _ if headers.contains_key(AUTHORIZATION) => {
                self.is_open_to(page, &self.reader(headers).await?).await
            }
            Access::Token => Ok(false),
            Access::Password(key) => Ok(page.has_cookie(key, headers, self.config.clock.now())),
            Access::Members => match self.reader(headers).await {
                Ok(member) => self.is_open_to(page, &member).await,
                Err(Error::Unauthenticated(_) | Error::Forbidden { .. }) => Ok(false),
                Err(error) => Err(error),
            },
        }
    }

    /// Whether a member of the team may see every environment that a page shows. Who may not is told no more than a
    /// stranger: a name would tell what there is.
    async fn is_open_to(&self, page: &Arc<Page>, member: &Actor) -> Result<bool, Error> {
        let sight = self.sight_or_old(page).await?;
        Ok(sight.environments.iter().all(|it| member.can(Action::See, Place::In(&it.slug))))
    }

    /// The way in, for those who are not yet.
    pub(crate) fn enter_page(&self, page: &Arc<Page>, is_wrong: bool) -> Result<Response<Body>, Error> {
        let way = match page.config.access {
            Access::Password(_) => enter::Way::Password,
            // The cookie of the console stays on the console's host.
            Access::Members if page.config.host.is_some() => enter::Way::SignIn(page.links.at(ENTER)),
            Access::Members => enter::Way::SignIn(link::SIGN_IN.to_owned()),
            Access::Public | Access::Token => enter::Way::Token,
        };
        self.enter_page_by(page, way, is_wrong)
    }

    /// The form in which one of the team signs in on a host of the page's own.
    fn member_page(&self, page: &Arc<Page>, visitor: &Visitor, wrong: bool) -> Result<Response<Body>, Error> {
        let mut answer = self.enter_page_by(page, enter::Way::SignInHere(visitor.csrf()), wrong)?;
        if !visitor.has_cookie {
            answer.headers_mut().insert(SET_COOKIE, self.visit_cookie(visitor));
        }
        Ok(answer)
    }

    fn enter_page_by(
        &self,
        page: &Arc<Page>,
        way: enter::Way,
        is_wrong: bool,
    ) -> Result<Response<Body>, Error> {
        let sight = page.sight_at(self.config.clock.now());
        let shell = self.shell(&sight, page.links.at(ENTER));
        let input = enter::Input { way, action: page.links.at(ENTER), is_wrong };
        let text = printed(enter::render(&shell, &input))?;
        let rendered = Rendered::new(Format::Html, &text, sight.as_of, &self.common);
        Ok(unkept(rendered.answer_as(StatusCode::UNAUTHORIZED, &HeaderMap::new())))
    }
}

/// The form in which the password is typed, or in which one of the team signs in.
pub(crate) async fn form(
    State(site): State<Arc<Site>>,
    on: OnPage,
    headers: HeaderMap,
) -> Result<Response<Body>, Error> {
    match &on.page.config.access {
        Access::Public => Err(Error::no_page(ENTER)),
        Access::Members if on.page.config.host.is_some() => {
            site.member_page(&on.page, &site.visitor(&headers).await?, false)
        }
        _ => site.enter_page(&on.page, false),
    }
}

/// Signs one of the team in on a host of the page's own. The session is a new one, and where one lands is no choice
/// of the request.
async fn enter_as_member(
    site: &Arc<Site>,
    page: &Arc<Page>,
    request: Request,
) -> Result<Response<Body>, Error> {
    site.attempt(&request)?;
    let Stranger { visitor, headers, form, address } = Stranger::from_request(request, site).await?;
    let (holder, way) = site.holder_in(&form).await?;
    let Some(holder) = holder else {
        site.note_refusal(way, address).await?;
        return site.member_page(page, &visitor, true);
    };
    let cookie = site.sign_in(holder, way, &headers, address).await?;
    Ok(unkept(see_other(&page.links.home(), Some(cookie))))
}

/// Opens a page for whoever knows its password.
pub(crate) async fn enter(
    State(site): State<Arc<Site>>,
    on: OnPage,
    request: Request,
) -> Result<Response<Body>, Error> {
    let key = match on.page.config.access {
        Access::Password(key) => key,
        Access::Members if on.page.config.host.is_some() => {
            return enter_as_member(&site, &on.page, request).await;
        }
        _ => return Err(Error::no_page(ENTER)),
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let now = site.config.clock.now();
    site.sign_ins.attempt(peer, now).map_err(|retry_seconds| Error::TooMany { retry_seconds })?;
    let (parts, body) = request.into_parts();
    if is_foreign(&parts.headers, on.page.public_url.as_ref()) {
        return Err(Error::ForeignForm);
    }
    let body = read_body(body).await?;
    let typed = form_urlencoded::parse(&body).find(|(name, _)| name == "password");
    let typed = typed.map(|(_, value)| value.into_owned()).unwrap_or_default();
    // Memory of one attempt is 19 MiB, so few are made at a time.
    let _place = site.page_passwords.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
    let slug = on.page.slug().clone();
    let made = tokio::task::spawn_blocking(move || key_of(&slug, &typed)).await;
    let made = made.map_err(|error| Error::Internal(Box::new(error)))?;
    if !bool::from(made.ct_eq(&key)) {
        return site.enter_page(&on.page, true);
    }
    Ok(opened(&site, &on.page, &key, now))
}

fn opened(site: &Site, page: &Page, key: &Key, now: Timestamp) -> Response<Body> {
    let ends_at = now.as_second().saturating_add(OPEN_SECONDS);
    let secure = if site.config.is_https() { "; Secure" } else { "" };
    let (name, path) = (page.cookie_name(), page.links.home());
    let cookie = format!(
        "{name}={ends_at}.{}; Path={path}; HttpOnly; SameSite=Lax; Max-Age={OPEN_SECONDS}{secure}",
        code(key, ends_at)
    );
    let mut cookie = ascii_value(&cookie);
    cookie.set_sensitive(true);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, ascii_value(&page.links.home()));
    response.headers_mut().insert(SET_COOKIE, cookie);
    unkept(response)
}

/// Kept by no cache on the way, and by no browser.
pub(crate) fn unkept(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response.headers_mut().remove(ETAG);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_belongs_to_one_page_and_one_password_and_a_code_to_one_end() {
        let slug = |name: &str| Slug::parse(name).expect("a slug");
        let key = key_of(&slug("acme"), "open sesame");
        assert_eq!(key, key_of(&slug("acme"), "open sesame"));
        assert_ne!(key, key_of(&slug("acme"), "open sesam"));
        assert_ne!(key, key_of(&slug("other"), "open sesame"));
        assert_ne!(code(&key, 1), code(&key, 2));
    }
}
