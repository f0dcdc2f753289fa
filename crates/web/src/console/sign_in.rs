//! Signing in and out, and becoming the first.
//!
//! Every refusal reads the same and costs the same, whoever was meant: an address without an account is looked up
//! and its password is hashed like any other. Never shows a password again.

use super::form::Form;
use super::operator::Stranger;
use super::{Answer, own_path, see_other};
use crate::auth::token::hash;
use crate::auth::{Visitor, code, email_of, peer};
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::form::{self as fields, Field};
use crate::pages::console::panels::{self, Panel};
use crate::pages::console::{Typed, sign_in as sign_in_page};
use crate::site::Site;
use crate::view::link;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use domain::{Grants, IncidentId, Role};
use std::sync::Arc;
use store::{Deed, Doer, Holder, Invitation, Person};
use subtle::ConstantTimeEq as _;

/// What every refusal says.
const REFUSED: &str = "This is not right. Check what you typed; a token may have ended or been taken back.";
/// What every code that is not good is told.
const NO_CODE: &str = "`code` is not good, or not any more";

/// The form to sign in.
pub(crate) async fn sign_in_form(State(site): State<Arc<Site>>, uri: Uri, headers: HeaderMap) -> Answer {
    let visitor = site.visitor(&headers).await?;
    let next = Form::parse(uri.query().unwrap_or_default().as_bytes()).value("next").to_owned();
    site.sign_in_page(&visitor, &headers, own_path(&next), None)
}

/// Signs in with an address and a password, or with a token. Every refusal reads the same.
pub(crate) async fn sign_in(State(site): State<Arc<Site>>, request: Request) -> Answer {
    site.attempt(&request)?;
    let Stranger { visitor, headers, form, address } = Stranger::from_request(request, &site).await?;
    let next = own_path(form.value("next"));
    let (holder, way) = site.holder_in(&form).await?;
    let Some(holder) = holder else {
        site.note_refusal(way, address).await?;
        return site.sign_in_page(&visitor, &headers, next, Some(REFUSED));
    };
    let cookie = site.sign_in(holder, way, &headers, address).await?;
    Ok(see_other(next, Some(cookie)))
}

/// Signs out.
pub(crate) async fn sign_out(State(site): State<Arc<Site>>, stranger: Stranger) -> Answer {
    let cookie = site.sign_out(&stranger.visitor, stranger.address).await?;
    Ok(see_other("/", Some(cookie)))
}

/// The form to set a password with a code.
pub(crate) async fn setup_form(State(site): State<Arc<Site>>, headers: HeaderMap) -> Answer {
    let visitor = site.visitor(&headers).await?;
    site.setup_page(&visitor, &headers, StatusCode::OK, Typed::default()).await
}

/// Sets a password with a code, for the first person or for the one whom it was made for, and signs them in.
pub(crate) async fn setup(State(site): State<Arc<Site>>, request: Request) -> Answer {
    site.attempt(&request)?;
    let Stranger { visitor, headers, form, address } = Stranger::from_request(request, &site).await?;
    match site.accept(&form, &address).await {
        Ok(person) => {
            let cookie = site.sign_in(Holder::Person(person), "code", &headers, address).await?;
            Ok(see_other(link::CONSOLE, Some(cookie)))
        }
        Err(error @ (Error::Invalid { .. } | Error::Refused(_))) => {
            let mut typed = form.refused(&error);
            typed.values.retain(|(field, _)| field != "password" && field != "code");
            site.setup_page(&visitor, &headers, StatusCode::UNPROCESSABLE_ENTITY, typed).await
        }
        Err(error) => Err(error),
    }
}

impl Site {
    /// Counts an attempt of an address.
    pub(crate) fn attempt(&self, request: &Request) -> Result<(), Error> {
        let attempt = self.sign_ins.attempt(peer(request.extensions()), self.config.clock.now());
        attempt.map_err(|retry_seconds| Error::TooMany { retry_seconds })
    }

    /// Opens the set-up: a code with which the first person adds themselves, once. `None` where somebody is there.
    pub async fn open_setup(&self) -> Result<Option<String>, store::Error> {
        /// Long enough for whoever installs it today.
        const GOOD_FOR: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);
        if !self.store.has_no_people().await? {
            return Ok(None);
        }
        let ((code, sha256), now) = (code(&self.config.entropy), self.config.clock.now());
        let expires_at = now.saturating_add(GOOD_FOR).unwrap_or(now);
        let invitation = Invitation { sha256, person: None, expires_at };
        let deed = Deed {
            at: now,
            by: Doer::program("watchkeeper serve"),
            action: "setup.opened".to_owned(),
            subject: String::new(),
            detail: String::new(),
            address: String::new(),
        };
        self.store.create_invitation(invitation, deed).await?;
        Ok(Some(code))
    }

    /// Whose a form is that signs somebody in, and by what; nobody's where it is not right.
    pub(crate) async fn holder_in(&self, form: &Form) -> Result<(Option<Holder>, &'static str), Error> {
        Ok(match form.value("token").trim() {
            "" => (self.person_of(form).await?.map(Holder::Person), "password"),
            token => (self.holder_of(token).await?, "token"),
        })
    }

    /// The person of an address and a password. Both are counted and looked at, whatever is wrong.
    async fn person_of(&self, form: &Form) -> Result<Option<Person>, Error> {
        let email = email_of(form.value("email"));
        let account =
            u64::from_be_bytes(hash(&format!("account:{email}"))[..8].try_into().unwrap_or_default());
        let attempt = self.accounts.attempt_by(account, self.config.clock.now());
        attempt.map_err(|retry_seconds| Error::TooMany { retry_seconds })?;
        let found = self.store.find_person_by_email(&email).await.map_err(|error| self.store_error(error))?;
        let phc = found.as_ref().and_then(|person| person.password.clone());
        let right = self.passwords.verify(form.value("password"), phc).await?;
        Ok(found.filter(|person| right && person.disabled_at.is_none()))
    }

    async fn holder_of(&self, token: &str) -> Result<Option<Holder>, Error> {
        match self.find_token(token).await {
            Ok(token) if !token.grants.is_empty() => Ok(Some(Holder::Token(token))),
            Ok(_) | Err(Error::Unauthenticated(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes down that somebody was refused. What they typed may be a password and stays out.
    pub(crate) async fn note_refusal(&self, way: &str, address: String) -> Result<(), Error> {
        let deed = Deed {
            at: self.config.clock.now(),
            by: Doer::nobody(),
            action: "signed_in.refused".to_owned(),
            subject: String::new(),
            detail: way.to_owned(),
            address,
        };
        self.store.record_deed(deed).await.map_err(|error| self.store_error(error))
    }

    async fn accept(&self, form: &Form, address: &str) -> Result<Person, Error> {
        let now = self.config.clock.now();
        let no_code = || Error::invalid(NO_CODE, "start the server again for a new one, or ask an admin");
        let given = hash(form.value("code").trim());
        let invitations = self.store.list_invitations(now).await.map_err(|error| self.store_error(error))?;
        let found = invitations.into_iter().find(|invitation| bool::from(invitation.sha256.ct_eq(&given)));
        let invitation = found.ok_or_else(no_code)?;
        let deed = |name: &str, id: &str| Deed {
            at: now,
            by: Doer { kind: "person".to_owned(), id: id.to_owned(), name: name.to_owned() },
            action: "person.password".to_owned(),
            subject: id.to_owned(),
            detail: "with a code".to_owned(),
            address: address.to_owned(),
        };
        let gone = |error| match error {
            store::Error::NotFound => no_code(),
            other => self.store_error(other),
        };
        let salt = self.config.entropy.bytes();
        let Some(id) = &invitation.person else {
            let mut person =
                self.new_person(form.value("name"), form.value("email"), Grants::everywhere(Role::Admin))?;
            person.password = Some(self.passwords.hash(form.value("password"), salt).await?);
            let deed = Deed { action: "setup.done".to_owned(), ..deed(&person.name, &person.id) };
            self.store.create_first_person(person.clone(), given, deed).await.map_err(gone)?;
            return Ok(person);
        };
        let phc = self.passwords.hash(form.value("password"), salt).await?;
        let find = async || {
            self.store.find_person(id).await.map_err(|error| self.store_error(error))?.ok_or_else(no_code)
        };
        let person = find().await?;
        self.store.accept_invitation(id, given, phc, deed(&person.name, id)).await.map_err(gone)?;
        find().await
    }

    /// Somebody new, without a password yet.
    pub(super) fn new_person(&self, name: &str, email: &str, roles: Grants) -> Result<Person, Error> {
        let id = IncidentId::from_entropy(self.config.entropy.number()).to_string();
        crate::auth::person(id, name, email, roles, self.config.clock.now())
    }

    pub(super) fn sign_in_page(
        &self,
        visitor: &Visitor,
        headers: &HeaderMap,
        next: &str,
        error: Option<&str>,
    ) -> Answer {
        let input = sign_in_page::Input {
            csrf: &visitor.csrf(),
            next,
            error,
            passkeys: self.passkeys.is_some(),
            elsewhere: self.elsewhere.get().map(|elsewhere| elsewhere.name.as_str()),
        };
        let text = printed(sign_in_page::render(&self.console_shell(link::SIGN_IN, visitor), &input))?;
        let status = if error.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        Ok(self.visited(visitor, self.console_answer(status, &text, headers)))
    }

    async fn setup_page(
        &self,
        visitor: &Visitor,
        headers: &HeaderMap,
        status: StatusCode,
        typed: Typed,
    ) -> Answer {
        let first = self.store.has_no_people().await.map_err(|error| self.store_error(error))?;
        let mut form =
            fields::Form::new(link::SETUP.to_owned(), "setup", &visitor.csrf(), "Set the password").field(
                Field::secret("code", "One-time code", "off").hint("as it was printed or given to you"),
            );
        if first {
            form =
                form.field(Field::line("name", "Your name")).field(Field::email("email", "E-mail address"));
        }
        let form = form
            .field(Field::secret("password", "Password", "new-password").hint("12 letters or more"))
            .refused(&typed);
        let lead = if first {
            "Nobody may sign in yet. Whoever has the code that the server printed at its start becomes the first \
             admin."
        } else {
            "An admin gave you a code. With it you set your password, once."
        };
        let input = panels::Input {
            title: "Set up",
            lead: lead.to_owned(),
            panels: vec![Panel { id: "first", heading: "With a code", form: Some(form), ..Panel::default() }],
            ..panels::Input::default()
        };
        let text = printed(panels::render(&self.console_shell(link::SETUP, visitor), &input))?;
        Ok(self.visited(visitor, self.console_answer(status, &text, headers)))
    }

    /// The answer, with a cookie for whoever has none.
    fn visited(
        &self,
        visitor: &Visitor,
        mut answer: axum::http::Response<axum::body::Body>,
    ) -> axum::http::Response<axum::body::Body> {
        if !visitor.has_cookie {
            answer.headers_mut().insert(header::SET_COOKIE, self.visit_cookie(visitor));
        }
        answer
    }
}
