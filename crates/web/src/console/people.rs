//! People: who there is, what they may do, and all tokens. For admins of everything.
//!
//! Nobody changes their own roles or disables themselves here, so that one admin always remains. Nothing here
//! chooses a password for somebody: a one-time code lets them choose it themselves.

use super::account::{role_words, token_row};
use super::operator::{Operator, Posted};
use super::{Answer, is_about_the_form};
use crate::auth::code;
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::Typed;
use crate::pages::console::form::{Choice, Field, Form, Input as FormInput};
use crate::pages::console::panels::{self, Panel, Row};
use crate::site::Site;
use crate::view::{clock, link};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::{Action, Grants, Place, Role, Slug, Timestamp};
use jiff::SignedDuration;
use std::sync::Arc;
use store::{Invitation, Person};

/// For how long a code is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);
/// Begin of the fields that choose roles.
const ROLE: &str = "role.";

#[derive(Debug, Default)]
struct Outcome {
    /// Action and person of the form that was refused.
    refused: (String, String),
    typed: Typed,
    done: Option<(String, Option<String>)>,
}

/// The page.
pub(crate) async fn people(State(site): State<Arc<Site>>, operator: Operator, headers: HeaderMap) -> Answer {
    operator.may(Action::ManagePeople, Place::Everywhere)?;
    site.people_page(&operator, &headers, Outcome::default()).await
}

/// Adds or changes somebody.
pub(crate) async fn act(State(site): State<Arc<Site>>, Path(action): Path<String>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::ManagePeople, Place::Everywhere)?;
    let id = form.value("id").to_owned();
    let done = match action.as_str() {
        "add" => site.add_person(&operator, &form).await,
        "roles" => site.change_roles(&operator, &id, &form).await,
        "code" => site.invite(&operator, &id).await,
        "disable" | "enable" | "sessions" => site.switch(&operator, &id, &action).await,
        "revoke" => site.revoke(&operator, &id).await,
        _ => Err(Error::no_page(&format!("{}/{action}", link::PEOPLE))),
    };
    let outcome = match done {
        Ok(done) => Outcome { done: Some(done), ..Outcome::default() },
        Err(error) if is_about_the_form(&error) => {
            Outcome { refused: (action, id), typed: form.refused(&error), done: None }
        }
        Err(error) => return Err(error),
    };
    site.people_page(&operator, &headers, outcome).await
}

type Done = Result<(String, Option<String>), Error>;

impl Site {
    async fn add_person(&self, operator: &Operator, form: &super::form::Form) -> Done {
        let roles = self.roles_of(form)?;
        let person = self.new_person(form.value("name"), form.value("email"), roles)?;
        let detail = format!("{}: {}", person.name, person.roles);
        let deed = operator.actor.deed(self.config.clock.now(), "person.created", &person.id, &detail);
        match self.store.create_person(person.clone(), deed).await {
            Ok(()) => self.invite(operator, &person.id).await,
            Err(store::Error::Taken) => {
                Err(Error::invalid("`email` belongs to somebody already", "change that person instead"))
            }
            Err(error) => Err(self.store_error(error)),
        }
    }

    async fn change_roles(&self, operator: &Operator, id: &str, form: &super::form::Form) -> Done {
        not_oneself(operator, id)?;
        let roles = self.roles_of(form)?;
        let deed = operator.actor.deed(self.config.clock.now(), "person.roles", id, &roles.to_string());
        self.store.change_roles(id, &roles, deed).await.map_err(|error| self.no_such_person(error))?;
        Ok(("The roles are saved. All sessions of that person have ended.".to_owned(), None))
    }

    async fn invite(&self, operator: &Operator, id: &str) -> Done {
        let now = self.config.clock.now();
        let found = self.store.find_person(id).await.map_err(|error| self.store_error(error))?;
        let person = found.ok_or_else(|| self.no_such_person(store::Error::NotFound))?;
        let (code, sha256) = code(&self.config.entropy);
        let invitation = Invitation {
            sha256,
            person: Some(id.to_owned()),
            expires_at: now.saturating_add(GOOD_FOR).unwrap_or(now),
        };
        let deed = operator.actor.deed(now, "person.invited", id, "");
        self.store.create_invitation(invitation, deed).await.map_err(|error| self.store_error(error))?;
        let (name, setup) = (&person.name, link::SETUP);
        let told = format!(
            "{name} sets a password at {setup} with this code. It is good for three days, once, and shown now only:"
        );
        Ok((told, Some(code)))
    }

    async fn switch(&self, operator: &Operator, id: &str, action: &str) -> Done {
        let now = self.config.clock.now();
        let (switched, told) = match action {
            "disable" => {
                not_oneself(operator, id)?;
                let deed = operator.actor.deed(now, "person.disabled", id, "");
                (self.store.disable_person(id, deed).await, "They may not sign in any more.")
            }
            "enable" => {
                let deed = operator.actor.deed(now, "person.enabled", id, "");
                (self.store.enable_person(id, deed).await, "They may sign in again.")
            }
            _ => {
                let deed = operator.actor.deed(now, "session.ended", id, "all");
                (self.store.end_sessions(id, deed).await, "All their sessions have ended.")
            }
        };
        switched.map_err(|error| self.no_such_person(error))?;
        Ok((told.to_owned(), None))
    }

    fn no_such_person(&self, error: store::Error) -> Error {
        match error {
            store::Error::NotFound => Error::invalid("`id` is nobody", "choose somebody of the list"),
            other => self.store_error(other),
        }
    }

    /// The roles that a form chooses.
    fn roles_of(&self, form: &super::form::Form) -> Result<Grants, Error> {
        let mut roles = Grants::default();
        let environments = self.environments();
        let places = environments.iter().map(|environment| Some(environment.slug.clone()));
        for place in std::iter::once(None).chain(places) {
            let word = form.value(&role_field(place.as_ref()));
            if word.is_empty() {
                continue;
            }
            let role = Role::parse(word).ok_or_else(|| {
                Error::invalid(format!("`role` is `{word}`"), "choose viewer, responder or admin")
            })?;
            roles.grant(place, role);
        }
        if roles.is_empty() {
            return Err(Error::invalid(
                "`role.everywhere` and all others are empty",
                "choose a role somewhere",
            ));
        }
        Ok(roles)
    }

    async fn people_page(&self, operator: &Operator, headers: &HeaderMap, outcome: Outcome) -> Answer {
        let failed = |error| self.store_error(error);
        let people = self.store.list_people().await.map_err(failed)?;
        let tokens = self.store.list_tokens().await.map_err(failed)?;
        let csrf = operator.visitor.csrf();
        let mut add = Form::new(link::people("add"), "add", &csrf, "Add and make a code")
            .field(Field::line("name", "Name").hint("as timelines show it"))
            .field(Field::email("email", "E-mail address"));
        for field in self.role_fields(&Grants::default()) {
            add = add.field(field);
        }
        let status =
            if outcome.refused.0.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        if outcome.refused.0 == "add" {
            add = add.refused(&outcome.typed);
        }
        let valid = tokens.iter().filter(|token| token.revoked_at.is_none());
        let input = panels::Input {
            title: "People",
            lead: "Who may sign in, and what they may do where.".to_owned(),
            below_console: true,
            ways: vec![("Audit log", link::AUDIT)],
            panels: vec![
                Panel {
                    id: "everybody",
                    heading: "Everybody",
                    rows: people.iter().map(|person| self.person_row(operator, person, &outcome)).collect(),
                    ..Panel::default()
                },
                Panel { id: "new", heading: "Add somebody", form: Some(add), ..Panel::default() },
                Panel {
                    id: "tokens",
                    heading: "All API tokens",
                    rows: valid.map(|token| token_row(token, &link::people("revoke"), &csrf)).collect(),
                    ..Panel::default()
                },
            ],
            done: outcome.done,
        };
        let shell = self.console_shell(link::PEOPLE, &operator.visitor);
        Ok(self.console_answer(status, &printed(panels::render(&shell, &input))?, headers))
    }

    fn person_row(&self, operator: &Operator, person: &Person, outcome: &Outcome) -> Row {
        let csrf = operator.visitor.csrf();
        let form = |action: &str, button| {
            Form::new(link::people(action), &format!("{action}-{}", person.id), &csrf, button)
                .field(Field::hidden("id", &person.id))
        };
        let mut roles = form("roles", "Save the roles");
        for field in self.role_fields(&person.roles) {
            roles = roles.field(field);
        }
        let refused = outcome.refused.1 == person.id;
        if refused && outcome.refused.0 == "roles" {
            roles = roles.refused(&outcome.typed);
        }
        let oneself = operator.actor.person() == Some(person.id.as_str());
        let mut forms = vec![
            form("code", "Make a code for a new password"),
            form("sessions", "End all sessions").grave(),
        ];
        if !oneself {
            forms.insert(0, roles);
            forms.push(match person.disabled_at {
                None => form("disable", "Disable").grave(),
                Some(_) => form("enable", "Enable again"),
            });
        }
        let seen = person
            .signed_in_at
            .map_or_else(|| "never signed in".to_owned(), |at| format!("last signed in {}", written(at)));
        let state = person.disabled_at.map_or_else(String::new, |at| format!(", disabled {}", written(at)));
        let email = person.email.as_deref().unwrap_or("no address");
        let about = format!("{email}, {}, {seen}{state}", role_words(&person.roles));
        Row { what: person.name.clone(), about, forms, open: refused }
    }

    /// One drop-down for everywhere and one for each environment.
    fn role_fields(&self, held: &Grants) -> Vec<Field> {
        let everywhere = role_choice(None, "Everywhere", held.role_everywhere());
        let named = |slug: &Slug| held.named().find(|(held, _)| *held == slug).map(|(_, role)| role);
        let environments = self.environments();
        let environments =
            environments.iter().map(|it| role_choice(Some(&it.slug), &it.name, named(&it.slug)));
        std::iter::once(everywhere).chain(environments).collect()
    }
}

fn role_choice(place: Option<&Slug>, label: &str, held: Option<Role>) -> Field {
    let none = Choice { value: String::new(), label: "No role".to_owned(), chosen: held.is_none() };
    let choices = Role::ALL.map(|role| Choice {
        value: role.as_str().to_owned(),
        label: role.label().to_owned(),
        chosen: held == Some(role),
    });
    let choices = std::iter::once(none).chain(choices).collect();
    Field::new(&role_field(place), &format!("Role: {label}"), FormInput::Choice(choices))
}

fn role_field(place: Option<&Slug>) -> String {
    format!("{ROLE}{}", place.map_or("everywhere", Slug::as_str))
}

fn not_oneself(operator: &Operator, id: &str) -> Result<(), Error> {
    if operator.actor.person() == Some(id) {
        return Err(Error::invalid("`id` is yourself", "ask another admin"));
    }
    Ok(())
}

/// An instant in words.
pub(super) fn written(at: Timestamp) -> String {
    clock::write(at, "%Y-%m-%d %H:%M UTC")
}
