//! Subscribing to the page, as its readers do it: asking, confirming, choosing, leaving. Links carry a token of
//! 128 bits, which is all that they need; looking at a page changes nothing, because programs that check mail for
//! harm follow every link in it. Only a button does, and the one-click request of RFC 8058.
//!
//! Each page has its own subscribers. What is answered never tells whether an address was known.

mod choices;
mod target;

pub use target::Vet;

use crate::api::write::read_body;
use crate::auth::{is_foreign, token};
use crate::console::see_other;
use crate::dispatch::OnPage;
use crate::error::Error;
use crate::language::Words;
use crate::load::printed;
use crate::page::Page;
use crate::pages::Shell;
use crate::pages::console::Typed;
use crate::pages::subscribe as pages;
use crate::rendered::{Format, Rendered};
use crate::seal::Seal;
use crate::site::Site;
use crate::view::link;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri, header};
use base64::Engine as _;
use choices::Fields;
use domain::{Language, Slug};
use std::net::SocketAddr;
use std::sync::Arc;
use store::{NewSubscriber, Subscriber, SubscriberKind, SubscriberState};

type Answer = Result<Response<Body>, Error>;

/// What the site is told of subscribing at start.
#[derive(Clone, Debug)]
pub struct Subscribing {
    /// The ways that are offered; none where the page cannot be subscribed to.
    pub kinds: Vec<SubscriberKind>,
    /// Says what is wrong with an address that messages would go to.
    pub vet: Vet,
}

impl Default for Subscribing {
    fn default() -> Self {
        Self { kinds: Vec::new(), vet: Vet::from_fn(|_, _| Ok(())) }
    }
}

/// The token of a subscriber's links.
pub fn link_token(seal: &Seal, id: &str) -> String {
    seal.token("subscriber", id)
}

/// The secret with which messages to a subscribed webhook are signed, `whsec_…`. `None` for a subscriber who has
/// none.
pub fn signing_secret(seal: &Seal, subscriber: &Subscriber) -> Option<String> {
    let name = secret_name(&subscriber.page, &subscriber.target);
    String::from_utf8(seal.open(&name, subscriber.secret.as_deref()?)?).ok()
}

/// Under which name the secret of a webhook is sealed. A secret belongs to where it is used: in another row it opens
/// nothing.
pub fn secret_name(page: &Slug, target: &str) -> String {
    format!("subscriber.secret:{page}:{target}")
}

/// The form.
pub(crate) async fn form(State(site): State<Arc<Site>>, on: OnPage, uri: Uri, headers: HeaderMap) -> Answer {
    let page = open_page(&on)?;
    let fields = Fields::parse(uri.query().unwrap_or_default().as_bytes());
    let sent = SubscriberKind::parse(fields.value("sent"));
    site.form_page(page, &headers, StatusCode::OK, &Typed::default(), sent)
}

/// Somebody asks to be told. Whoever it is, the answer is the same.
pub(crate) async fn ask(State(site): State<Arc<Site>>, on: OnPage, request: Request) -> Answer {
    let page = open_page(&on)?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let now = site.config.clock.now();
    site.askers.attempt(peer, now).map_err(|retry_seconds| Error::TooMany { retry_seconds })?;
    let (headers, fields) = site.own_fields(request).await?;
    match site.read_ask(&fields) {
        Ok((kind, target)) => {
            let wishes = fields.wishes(page, kind);
            site.ask_subscriber(page, (kind, target), wishes, "form").await?;
            Ok(see_other(&format!("{}?sent={}", page.links.at(link::SUBSCRIBE), kind.as_str()), None))
        }
        Err(error @ Error::Invalid { .. }) => site.form_page(
            page,
            &headers,
            StatusCode::UNPROCESSABLE_ENTITY,
            &fields.refused(&error, page.words()),
            None,
        ),
        Err(error) => Err(error),
    }
}

/// The page behind the link of a confirmation: a button.
pub(crate) async fn confirm_page(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let (_, subscriber) = site.subscriber(&token).await?;
    let input = pages::confirm::Input { subscriber: &subscriber, token: &token };
    let shell = site.subscriber_shell(&subscriber);
    Ok(site.private_answer(StatusCode::OK, &printed(pages::confirm::render(&shell, &input))?, &headers))
}

/// The button: from now on they are told.
pub(crate) async fn confirm(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    request: Request,
) -> Answer {
    site.own_fields(request).await?;
    let (hash, subscriber) = site.subscriber(&token).await?;
    let now = site.config.clock.now();
    let confirmed = site.store.confirm_subscriber(hash, now).await;
    let done = confirmed.map_err(|error| site.store_error(error))?;
    let settings = site.page_of(&subscriber).links.at(&link::subscription(&token));
    Ok(see_other(&format!("{settings}{}", if done { "?done=confirm" } else { "" }), None))
}

/// What somebody chose, to be changed.
pub(crate) async fn manage_page(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let (_, subscriber) = site.subscriber(&token).await?;
    let fields = Fields::parse(uri.query().unwrap_or_default().as_bytes());
    site.manage_answer(&headers, &token, &subscriber, fields.value("done"))
}

/// Changes what somebody chose.
pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    request: Request,
) -> Answer {
    let (_, fields) = site.own_fields(request).await?;
    let (hash, subscriber) = site.subscriber(&token).await?;
    let page = site.page_of(&subscriber);
    let wishes = fields.wishes(page, subscriber.kind);
    let changed = site.store.change_subscriber(hash, wishes).await;
    changed.map_err(|error| site.store_error(error))?;
    Ok(see_other(&format!("{}?done=change", page.links.at(&link::subscription(&token))), None))
}

/// The page behind the link that every message carries: a button, and nothing happens without it.
pub(crate) async fn leave_page(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let (_, subscriber) = site.subscriber(&token).await?;
    site.leave_answer(&headers, &token, &subscriber)
}

/// Leaves at once: the button, or a mail program on behalf of its reader (RFC 8058), which comes from elsewhere,
/// without a cookie, and follows no redirect.
pub(crate) async fn leave(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    // Whatever it says: the token is the wish.
    read_body(body).await?;
    let (_, mut subscriber) = site.subscriber(&token).await?;
    let now = site.config.clock.now();
    let ended = site.store.end_subscriber(&subscriber.id, "by the link of a message", now).await;
    ended.map_err(|error| site.store_error(error))?;
    subscriber.state = SubscriberState::Gone;
    site.leave_answer(&parts.headers, &token, &subscriber)
}

impl Site {
    /// Notes the wish of somebody, and has the address asked.
    pub(crate) async fn ask_subscriber(
        &self,
        page: &Page,
        target: (SubscriberKind, String),
        wishes: store::Wishes,
        origin: &str,
    ) -> Result<(), Error> {
        let new = self.new_subscriber(page, target, wishes, origin)?;
        self.store.ask_subscriber(new).await.map_err(|error| self.store_error(error))
    }

    /// A row to be written, with everything that is drawn for it.
    pub(crate) fn new_subscriber(
        &self,
        page: &Page,
        (kind, target): (SubscriberKind, String),
        wishes: store::Wishes,
        origin: &str,
    ) -> Result<NewSubscriber, Error> {
        let (seal, id, page) = (self.seal()?, self.new_id(), page.slug().clone());
        let secret = (kind == SubscriberKind::Webhook).then(|| {
            let drawn = self.config.entropy.bytes::<32>();
            let secret = format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(drawn));
            seal.seal(&secret_name(&page, &target), secret.as_bytes(), &self.config.entropy)
        });
        Ok(NewSubscriber {
            token_sha256: token::hash(&link_token(seal, &id)),
            id,
            page,
            kind,
            target,
            wishes,
            secret,
            origin: origin.to_owned(),
            at: self.config.clock.now(),
        })
    }

    /// The way and the address of a form, or what is wrong with them.
    fn read_ask(&self, fields: &Fields) -> Result<(SubscriberKind, String), Error> {
        if self.config.public_url.is_none() {
            return Err(Error::NotConfigured { what: "the address of its page", key: "public_url" });
        }
        self.read_target(fields.value("kind"), fields.value("target"))
    }

    /// A way and an address, judged.
    pub(crate) fn read_target(&self, kind: &str, target: &str) -> Result<(SubscriberKind, String), Error> {
        let subscribing = &self.config.subscribing;
        let kind = SubscriberKind::parse(kind).filter(|kind| subscribing.kinds.contains(kind));
        let kind = kind.ok_or_else(|| {
            let words: Vec<_> = subscribing.kinds.iter().map(|kind| format!("`{}`", kind.as_str())).collect();
            let hint = if words.is_empty() {
                "this page cannot be subscribed to; read one of its feeds".to_owned()
            } else {
                format!("use one of {}", words.join(", "))
            };
            Error::invalid("`kind` is no way in which this page tells people", hint)
        })?;
        Ok((kind, target::read(kind, target, &subscribing.vet)?))
    }

    /// The fields of a form of our own pages.
    async fn own_fields(&self, request: Request) -> Result<(HeaderMap, Fields), Error> {
        let (parts, body) = request.into_parts();
        if is_foreign(&parts.headers, self.config.public_url.as_ref()) {
            return Err(Error::ForeignForm);
        }
        Ok((parts.headers, Fields::parse(&read_body(body).await?)))
    }

    /// Whose links have this token, and its hash.
    async fn subscriber(&self, text: &str) -> Result<([u8; 32], Subscriber), Error> {
        let ended = || Error::NotFound { what: "subscription", name: "of this link".to_owned() };
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ended());
        }
        let hash = token::hash(text);
        let _place = self.questions.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
        let found = self.store.subscriber_by_token(&hash).await.map_err(|error| self.store_error(error))?;
        found.map(|subscriber| (hash, subscriber)).ok_or_else(ended)
    }

    /// The page to which somebody subscribed, or the one at `/` where that is gone.
    fn page_of(&self, subscriber: &Subscriber) -> &Arc<Page> {
        self.page(&subscriber.page).unwrap_or_else(|| self.main_page())
    }

    fn form_page(
        &self,
        page: &Arc<Page>,
        headers: &HeaderMap,
        status: StatusCode,
        typed: &Typed,
        sent: Option<SubscriberKind>,
    ) -> Answer {
        let input = pages::form::Input {
            kinds: &self.config.subscribing.kinds,
            choices: choices::offered(page, None),
            typed,
            sent,
        };
        let shell = self.private_shell(page, page.words());
        Ok(self.private_answer(status, &printed(pages::form::render(&shell, &input))?, headers))
    }

    fn manage_answer(&self, headers: &HeaderMap, token: &str, subscriber: &Subscriber, done: &str) -> Answer {
        let secret = self.config.seal.as_ref().and_then(|seal| signing_secret(seal, subscriber));
        let input = pages::manage::Input {
            token,
            choices: choices::offered(self.page_of(subscriber), Some(subscriber)),
            subscriber,
            secret,
            done,
        };
        let shell = self.subscriber_shell(subscriber);
        Ok(self.private_answer(StatusCode::OK, &printed(pages::manage::render(&shell, &input))?, headers))
    }

    fn leave_answer(&self, headers: &HeaderMap, token: &str, subscriber: &Subscriber) -> Answer {
        let input = pages::leave::Input { token, subscriber };
        let shell = self.subscriber_shell(subscriber);
        Ok(self.private_answer(StatusCode::OK, &printed(pages::leave::render(&shell, &input))?, headers))
    }

    /// What is around a page that belongs to one reader: its own address, which holds their token, is not in it.
    fn private_shell(&self, page: &Arc<Page>, words: &'static Words) -> Shell {
        let sight = page.sight_at(self.config.clock.now());
        let mut shell = self.shell(&sight, page.links.at(link::SUBSCRIBE));
        shell.atom_url = None;
        shell.voice.words = words;
        shell
    }

    /// The same in the language of a subscriber.
    fn subscriber_shell(&self, subscriber: &Subscriber) -> Shell {
        let language = Language::parse(&subscriber.language).unwrap_or_default();
        self.private_shell(self.page_of(subscriber), Words::of(language))
    }

    /// An answer for one reader, that nobody keeps and no search engine shows.
    fn private_answer(&self, status: StatusCode, text: &str, headers: &HeaderMap) -> Response<Body> {
        let now = self.config.clock.now();
        let mut answer = Rendered::new(Format::Html, text, now, &self.common).answer_as(status, headers);
        let set = answer.headers_mut();
        set.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        set.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
        set.remove(header::ETAG);
        answer
    }
}

/// A page that everybody may read: what others may read is told to nobody by the way of a subscription.
fn open_page(on: &OnPage) -> Result<&Arc<Page>, Error> {
    if on.page.is_public() { Ok(&on.page) } else { Err(Error::no_page(link::SUBSCRIBE)) }
}
