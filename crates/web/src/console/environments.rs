//! The page of environments: what there is, and forms that add, change and take away.

use super::form::Form;
use super::operator::{Operator, Posted};
use super::{Answer, is_about_the_form};
use crate::api::environments::baseline;
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::Typed;
use crate::pages::console::form::{self as fields, Field, Input};
use crate::pages::console::panels::{self, Panel, Row};
use crate::site::Site;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::{Action, Component, ComponentState, Environment, Place, Slug};
use std::sync::Arc;

/// What came of a form.
#[derive(Debug, Default)]
struct Outcome {
    /// Action and environment of the form that was refused.
    refused: (String, String),
    typed: Typed,
    done: Option<String>,
}

/// The page.
pub(crate) async fn environments(
    State(site): State<Arc<Site>>,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    operator.may(Action::Configure, Place::Everywhere)?;
    site.environments_page(&operator, &headers, &Outcome::default())
}

/// Adds, changes or takes away one.
pub(crate) async fn act(State(site): State<Arc<Site>>, Path(action): Path<String>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Configure, Place::Everywhere)?;
    let slug = form.value("slug").to_owned();
    let done = match action.as_str() {
        "add" => site.add_environment(&operator, &form).await,
        "change" => site.change_environment(&operator, &form).await,
        "remove" => site.take_environment_away(&operator, &slug).await,
        _ => Err(Error::no_page(&link::environments(&action))),
    };
    let outcome = match done {
        Ok(done) => Outcome { done: Some(done), ..Outcome::default() },
        Err(error) if is_about_the_form(&error) => {
            Outcome { refused: (action, slug), typed: form.refused(&error), done: None }
        }
        Err(error) => return Err(error),
    };
    site.environments_page(&operator, &headers, &outcome)
}

type Done = Result<String, Error>;

impl Site {
    async fn add_environment(&self, operator: &Operator, form: &Form) -> Done {
        let name = form.value("name").trim();
        let slug = Slug::from_name(name).ok_or_else(|| {
            Error::invalid("`name` makes no address", "use at least one letter from a to z or a digit")
        })?;
        if self.environment(&slug).is_some() {
            let message = format!("`name` is that of `{slug}`, which there is already");
            return Err(Error::invalid(message, "choose another name, or change that one"));
        }
        self.save_environment(typed(slug, form)?, &operator.actor).await?;
        Ok(format!("{name} is added. Incidents can be opened in it from now on."))
    }

    async fn change_environment(&self, operator: &Operator, form: &Form) -> Done {
        let known = self.known_environment(form.value("slug"))?;
        self.save_environment(typed(known, form)?, &operator.actor).await?;
        Ok("The environment is saved.".to_owned())
    }

    async fn take_environment_away(&self, operator: &Operator, slug: &str) -> Done {
        let known = self.known_environment(slug)?;
        self.remove_environment(&known, &operator.actor).await?;
        Ok("The environment is gone from every page. Added again under its name, its history is there again."
            .to_owned())
    }

    fn environments_page(&self, operator: &Operator, headers: &HeaderMap, outcome: &Outcome) -> Answer {
        let status = match outcome.refused.0.as_str() {
            "" => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let all = self.environments();
        let (fixed, added): (Vec<&Environment>, Vec<&Environment>) =
            all.iter().partition(|environment| self.is_configured(&environment.slug));
        let csrf = operator.visitor.csrf();
        let mut panels = vec![Panel {
            id: "added",
            heading: "Added here",
            lead: if added.is_empty() { "None yet.".to_owned() } else { String::new() },
            rows: added.iter().map(|environment| added_row(environment, &csrf, outcome)).collect(),
            ..Panel::default()
        }];
        if !fixed.is_empty() {
            panels.push(Panel {
                id: "configured",
                heading: "In the configuration",
                lead: "They are changed where they are written.".to_owned(),
                rows: fixed.iter().map(|environment| fixed_row(environment)).collect(),
                ..Panel::default()
            });
        }
        panels.push(Panel {
            id: "new",
            heading: "Add one",
            form: Some(add_form(&csrf, outcome)),
            ..Panel::default()
        });
        let input = panels::Input {
            title: "Environments",
            lead: "What you run yourselves: incidents are opened in an environment, and name its components."
                .to_owned(),
            below_console: true,
            done: outcome.done.clone().map(|sentence| (sentence, None)),
            panels,
            ..panels::Input::default()
        };
        let shell = self.console_shell(link::ENVIRONMENTS, &operator.visitor);
        Ok(self.console_answer(status, &printed(panels::render(&shell, &input))?, headers))
    }
}

fn typed(slug: Slug, form: &Form) -> Result<Environment, Error> {
    let lines = form.value("components").lines().filter(|line| !line.trim().is_empty());
    Ok(Environment {
        slug,
        name: form.value("name").trim().to_owned(),
        baseline: baseline(Some(form.value("baseline")))?,
        components: lines.map(Component::of_key).collect(),
    })
}

fn fixed_row(environment: &Environment) -> Row {
    Row { what: environment.name.clone(), about: about(environment), ..Row::default() }
}

fn added_row(environment: &Environment, csrf: &str, outcome: &Outcome) -> Row {
    let slug = environment.slug.as_str();
    let open = outcome.refused.1 == slug;
    let lines: Vec<&str> = environment.components.iter().map(|one| one.key.0.as_str()).collect();
    let id = format!("change-{slug}");
    let mut change = described(
        fields::Form::new(link::environments("change"), &id, csrf, "Save it"),
        environment.baseline,
    )
    .field(Field::hidden("slug", slug));
    for field in &mut change.fields {
        match field.name.as_str() {
            "name" => field.value.clone_from(&environment.name),
            "components" => field.value = lines.join("\n"),
            _ => {}
        }
    }
    if open {
        change = change.refused(&outcome.typed);
    }
    let remove =
        fields::Form::new(link::environments("remove"), &format!("remove-{slug}"), csrf, "Take it away")
            .field(Field::hidden("slug", slug))
            .grave();
    Row { what: environment.name.clone(), about: about(environment), forms: vec![change, remove], open }
}

fn add_form(csrf: &str, outcome: &Outcome) -> fields::Form {
    let form = fields::Form::new(link::environments("add"), "add", csrf, "Add the environment");
    let form = described(form, ComponentState::Operational);
    if outcome.refused.0 == "add" { form.refused(&outcome.typed) } else { form }
}

fn described(form: fields::Form, baseline: ComponentState) -> fields::Form {
    form.field(Field::line("name", "Name").hint("such as Production"))
        .field(
            Field::new("components", "Components", Input::Text { rows: 5 })
                .hint("one a line; Core/API stands under Core"),
        )
        .field(Field::choice("baseline", "While no incident says otherwise", fields::baselines(baseline)))
}

/// What it is made of, in words.
fn about(environment: &Environment) -> String {
    let names: Vec<&str> = environment.components.iter().map(|one| one.name.as_str()).collect();
    match names.as_slice() {
        [] => format!("{}: no components", environment.slug),
        names => format!("{}: {}", environment.slug, names.join(", ")),
    }
}
