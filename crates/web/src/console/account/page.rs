//! How one's own account is shown: a panel for each thing that one has.

use super::{Outcome, person_of, role_words, token_row};
use crate::auth::Scope;
use crate::console::Answer;
use crate::console::operator::Operator;
use crate::console::people::written;
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::form::{Field, Form, named};
use crate::pages::console::panels::{self, Panel, Row};
use crate::site::Site;
use crate::view::link;
use axum::http::{HeaderMap, StatusCode};
use domain::{Action, Place};
use store::Person;

impl Site {
    pub(super) async fn account_page(
        &self,
        operator: &Operator,
        headers: &HeaderMap,
        outcome: Outcome,
    ) -> Answer {
        let status = match outcome.refused.as_str() {
            "" => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let panels = match &person_of(operator) {
            Err(_) => Vec::new(),
            Ok(person) => vec![
                self.sessions_panel(operator, person).await?,
                password_panel(operator, person, &outcome),
                self.passkeys_panel(operator, person).await?,
                self.tokens_panel(operator, person, &outcome).await?,
            ],
        };
        let roles = role_words(&operator.actor.grants);
        let input = panels::Input {
            title: "Your account",
            lead: format!("{}: {roles}", operator.actor.name),
            below_console: true,
            ways: ways(operator),
            done: outcome.done,
            panels,
        };
        let shell = self.console_shell(link::ACCOUNT, &operator.visitor);
        Ok(self.console_answer(status, &printed(panels::render(&shell, &input))?, headers))
    }

    async fn sessions_panel(&self, operator: &Operator, person: &Person) -> Result<Panel, Error> {
        let sessions = self.store.list_sessions(person, self.config.clock.now()).await;
        let sessions = sessions.map_err(|error| self.store_error(error))?;
        let own = operator.visitor.session.as_ref().map(|session| session.sha256);
        let row = |session: &store::Session| {
            let here = if Some(session.sha256) == own { "this one, " } else { "" };
            let agent = if session.agent.is_empty() { "a program without a name" } else { &session.agent };
            let from =
                if session.address.is_empty() { String::new() } else { format!(" from {}", session.address) };
            Row {
                what: agent.to_owned(),
                about: format!(
                    "{here}opened {}{from}, last used {}",
                    written(session.opened_at),
                    written(session.seen_at)
                ),
                ..Row::default()
            }
        };
        let form =
            Form::new(link::account("sessions"), "sessions", &operator.visitor.csrf(), "End all others");
        Ok(Panel {
            id: "sessions-of",
            heading: "Sessions",
            lead: "A session ends by itself after twelve hours, or two without use.".to_owned(),
            form: (sessions.len() > 1).then_some(form),
            rows: sessions.iter().map(row).collect(),
            ..Panel::default()
        })
    }

    async fn passkeys_panel(&self, operator: &Operator, person: &Person) -> Result<Panel, Error> {
        let passkeys = self.store.list_passkeys(&person.id).await.map_err(|error| self.store_error(error))?;
        let csrf = operator.visitor.csrf();
        let row = |key: &store::Passkey| {
            let used = key
                .used_at
                .map_or_else(|| "never used".to_owned(), |at| format!("last used {}", written(at)));
            let form =
                Form::new(link::account("passkey-remove"), &format!("key-{}", key.id), &csrf, "Remove it")
                    .field(Field::hidden("id", &key.id))
                    .grave();
            let about = format!("added {}, {used}", written(key.created_at));
            Row { what: key.name.clone(), about, forms: vec![form], open: false }
        };
        let form = Form::new(link::account("passkey"), "passkey", &csrf, "Add a passkey")
            .field(Field::line("name", "What it is").hint("such as your telephone"));
        let lead = match self.passkeys {
            Some(_) => {
                "A passkey signs you in without a name and a password. Adding one needs a script of ours."
            }
            None => {
                "Passkeys are bound to an address: they are offered where `public_url` is an https address."
            }
        };
        Ok(Panel {
            id: "passkeys-of",
            heading: "Passkeys",
            lead: lead.to_owned(),
            rows: passkeys.iter().map(row).collect(),
            form: self.passkeys.is_some().then_some(form),
            adds_passkey: self.passkeys.is_some(),
        })
    }

    async fn tokens_panel(
        &self,
        operator: &Operator,
        person: &Person,
        outcome: &Outcome,
    ) -> Result<Panel, Error> {
        let tokens = self.store.list_tokens().await.map_err(|error| self.store_error(error))?;
        let own = tokens
            .iter()
            .filter(|token| token.person.as_ref() == Some(&person.id) && token.revoked_at.is_none());
        let csrf = operator.visitor.csrf();
        let environments = self.environments();
        let places = environments.iter().map(|it| (it.slug.to_string(), it.name.clone()));
        let places = std::iter::once((String::new(), "Everywhere".to_owned())).chain(places);
        let scopes = Scope::ALL.map(|scope| (scope.as_str().to_owned(), scope.as_str().to_owned()));
        let mut form = Form::new(link::account("token"), "token", &csrf, "Make a token")
            .field(Field::line("name", "What will use it"))
            .field(Field::choice("scope", "What it may do", named(scopes)))
            .field(Field::choice("environment", "Where", named(places)))
            .field(Field::line("days", "For how many days").with("90"));
        if outcome.refused == "token" {
            form = form.refused(&outcome.typed);
        }
        Ok(Panel {
            id: "tokens-of",
            heading: "API tokens",
            lead: "For programs of yours. A token never reaches further than you do.".to_owned(),
            rows: own.map(|token| token_row(token, &link::account("revoke"), &csrf)).collect(),
            form: Some(form),
            ..Panel::default()
        })
    }
}

/// The pages that only some may see.
fn ways(operator: &Operator) -> Vec<(&'static str, &'static str)> {
    let pages =
        [(Action::ManagePeople, "People", link::PEOPLE), (Action::ReadAudit, "Audit log", link::AUDIT)];
    let may = pages.into_iter().filter(|(action, _, _)| operator.actor.can(*action, Place::Everywhere));
    may.map(|(_, words, href)| (words, href)).collect()
}

fn password_panel(operator: &Operator, person: &Person, outcome: &Outcome) -> Panel {
    let mut form =
        Form::new(link::account("password"), "password", &operator.visitor.csrf(), "Change the password");
    if person.password.is_some() {
        form = form.field(Field::secret("old", "Password now", "current-password"));
    }
    form = form.field(Field::secret("password", "New password", "new-password").hint("12 letters or more"));
    if outcome.refused == "password" {
        form = form.refused(&outcome.typed);
    }
    let lead = "All your other sessions end with it.".to_owned();
    Panel { id: "password-of", heading: "Password", lead, form: Some(form), ..Panel::default() }
}
