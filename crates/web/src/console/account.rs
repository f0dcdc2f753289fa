//! One's own account: the password, sessions and tokens.
//!
//! Never changes anything of somebody else, and never shows a secret twice.

mod page;

use super::operator::{Operator, Posted};
use super::people::written;
use super::{Answer, is_about_the_form, see_other};
use crate::auth::{NewToken, Scope};
use crate::error::Error;
use crate::pages::console::Typed;
use crate::pages::console::form::{Field, Form};
use crate::pages::console::panels::Row;
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::{Action, Place, Slug};
use jiff::SignedDuration;
use std::sync::Arc;
use store::{Holder, Person, Token};

/// What came of a form.
#[derive(Debug, Default)]
struct Outcome {
    refused: String,
    typed: Typed,
    done: Option<(String, Option<String>)>,
}

/// The page.
pub(crate) async fn account(State(site): State<Arc<Site>>, operator: Operator, headers: HeaderMap) -> Answer {
    site.account_page(&operator, &headers, Outcome::default()).await
}

/// Changes something about oneself.
pub(crate) async fn act(State(site): State<Arc<Site>>, Path(action): Path<String>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    let person = person_of(&operator)?;
    let done = match action.as_str() {
        "password" => match site.change_own_password(&operator, &person, &form).await {
            // All sessions have ended, this one too: it goes on under a new secret.
            Ok(person) => {
                let address = operator.actor.address.clone();
                let cookie =
                    site.sign_in(Holder::Person(person), "password changed", &headers, address).await?;
                return Ok(see_other(link::ACCOUNT, Some(cookie)));
            }
            Err(error) => Err(error),
        },
        "sessions" => site.end_other_sessions(&operator, &person).await,
        "token" => site.make_own_token(&operator, &person, &form).await,
        "revoke" => site.revoke_own_token(&operator, &person, form.value("id")).await,
        "passkey-remove" => site.remove_own_passkey(&operator, &person, form.value("id")).await,
        _ => Err(Error::no_page(&format!("{}/{action}", link::ACCOUNT))),
    };
    let outcome = match done {
        Ok(done) => Outcome { done: Some(done), ..Outcome::default() },
        Err(error) if is_about_the_form(&error) => {
            let mut typed = form.refused(&error);
            typed.values.retain(|(field, _)| field != "password" && field != "old");
            Outcome { refused: action, typed, done: None }
        }
        Err(error) => return Err(error),
    };
    site.account_page(&operator, &headers, outcome).await
}

/// The person who is signed in; a token is nobody.
pub(super) fn person_of(operator: &Operator) -> Result<Person, Error> {
    match operator.visitor.session.as_ref().map(|session| &session.holder) {
        Some(Holder::Person(person)) => Ok(person.clone()),
        _ => Err(Error::invalid("a token has no account", "sign in as a person")),
    }
}

type Done = Result<(String, Option<String>), Error>;

impl Site {
    async fn change_own_password(
        &self,
        operator: &Operator,
        person: &Person,
        form: &super::form::Form,
    ) -> Result<Person, Error> {
        // Whoever found the browser open must not guess for ever.
        let attempt = self.sign_ins.attempt(operator.actor.address.parse().ok(), self.config.clock.now());
        attempt.map_err(|retry_seconds| Error::TooMany { retry_seconds })?;
        if person.password.is_some()
            && !self.passwords.verify(form.value("old"), person.password.clone()).await?
        {
            return Err(Error::invalid("`old` is not your password", "type the one you signed in with"));
        }
        let phc = self.passwords.hash(form.value("password"), self.config.entropy.bytes()).await?;
        let deed =
            operator.actor.deed(self.config.clock.now(), "person.password", &person.id, "by themselves");
        let changed = self.store.change_password(&person.id, phc, deed).await;
        changed.map_err(|error| self.store_error(error))?;
        let person = self.store.find_person(&person.id).await.map_err(|error| self.store_error(error))?;
        person.ok_or(Error::Unauthenticated("you are not signed in"))
    }

    async fn end_other_sessions(&self, operator: &Operator, person: &Person) -> Done {
        let Some(session) = &operator.visitor.session else { return Err(Error::ForeignForm) };
        let deed = operator.actor.deed(self.config.clock.now(), "session.ended", &person.id, "all but one");
        let ended = self.store.end_other_sessions(&person.id, session.sha256, deed).await;
        ended.map_err(|error| self.store_error(error))?;
        Ok(("All your other sessions have ended.".to_owned(), None))
    }

    async fn make_own_token(&self, operator: &Operator, person: &Person, form: &super::form::Form) -> Done {
        let now = self.config.clock.now();
        let name = form.value("name").trim();
        if name.is_empty() || name.len() > 100 {
            return Err(Error::invalid("`name` is empty or too long", "say what will use the token"));
        }
        let scope = Scope::parse(form.value("scope"))
            .ok_or_else(|| Error::invalid("`scope` is none", "choose read, write or admin"))?;
        let environments: Vec<Slug> = match form.value("environment") {
            "" => Vec::new(),
            text => {
                let known = Slug::parse(text).and_then(|slug| self.environment(&slug));
                let known =
                    known.ok_or_else(|| Error::invalid("`environment` is none of ours", "choose one"))?;
                vec![known.slug]
            }
        };
        let place = environments.first().map_or(Place::Everywhere, Place::In);
        operator.may(scope.action(), place)?;
        let days = form.value("days").trim().parse::<i64>().ok().filter(|days| (1..=3_650).contains(days));
        let days = days.ok_or_else(|| Error::invalid("`days` is no number from 1 to 3650", "write 90"))?;
        let expires_at = now.saturating_add(SignedDuration::from_hours(24 * days)).ok();
        let person = Some(person.id.clone());
        let token = NewToken { environments, person, expires_at, ..NewToken::new(name, scope, now) };
        let (text, kept) = token.make(&self.config.entropy);
        let by = operator.actor.deed(now, "", "", "").by;
        let deed = crate::auth::token_created(&kept, by, &operator.actor.address);
        self.store.create_token(kept, deed).await.map_err(|error| self.store_error(error))?;
        Ok(("This is your token. It is shown this once:".to_owned(), Some(text)))
    }

    async fn revoke_own_token(&self, operator: &Operator, person: &Person, id: &str) -> Done {
        let token = self.store.find_token_by_id(id).await.map_err(|error| self.store_error(error))?;
        if token.is_none_or(|token| token.person.as_ref() != Some(&person.id)) {
            operator.may(Action::ManagePeople, Place::Everywhere)?;
        }
        self.revoke(operator, id).await
    }

    pub(super) async fn revoke(&self, operator: &Operator, id: &str) -> Done {
        let deed = operator.actor.deed(self.config.clock.now(), "token.revoked", id, "");
        match self.store.revoke_token(id, deed).await {
            Ok(()) => Ok(("The token is worthless from now on.".to_owned(), None)),
            Err(store::Error::NotFound) => Err(Error::invalid("`id` is no token", "choose one of the list")),
            Err(error) => Err(self.store_error(error)),
        }
    }

    async fn remove_own_passkey(&self, operator: &Operator, person: &Person, id: &str) -> Done {
        let deed = operator.actor.deed(self.config.clock.now(), "passkey.removed", &person.id, id);
        match self.store.remove_passkey(&person.id, id, deed).await {
            Ok(()) => Ok(("The passkey is removed.".to_owned(), None)),
            Err(store::Error::NotFound) => Err(Error::invalid("`id` is no passkey of yours", "choose one")),
            Err(error) => Err(self.store_error(error)),
        }
    }
}

/// A token with the form that takes it back.
pub(super) fn token_row(token: &Token, action: &str, csrf: &str) -> Row {
    let until =
        token.expires_at.map_or_else(|| "without end".to_owned(), |at| format!("until {}", written(at)));
    let used =
        token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", written(at)));
    let form = Form::new(action.to_owned(), &format!("revoke-{}", token.id), csrf, "Take it back")
        .field(Field::hidden("id", &token.id))
        .grave();
    Row {
        what: token.name.clone(),
        about: format!("{} {}, {until}, {used}", token.id, role_words(&token.grants)),
        forms: vec![form],
        open: false,
    }
}

/// Roles in words.
pub(super) fn role_words(grants: &domain::Grants) -> String {
    let everywhere = grants.role_everywhere().map(|role| format!("{role} everywhere"));
    let named = grants.named().map(|(slug, role)| format!("{role} in {slug}"));
    let words: Vec<String> = everywhere.into_iter().chain(named).collect();
    if words.is_empty() { "no role".to_owned() } else { words.join(", ") }
}
