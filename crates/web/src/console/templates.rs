//! The page of templates: what is known of incidents before they happen, and forms that add, change and take away.

use super::form::Form;
use super::operator::{Operator, Posted};
use super::{Answer, is_about_the_form};
use crate::api::templates::TemplateRequest;
use crate::error::Error;
use crate::load::printed;
use crate::pages::console::Typed;
use crate::pages::console::form::{self as fields, Field, Input};
use crate::pages::console::panels::{self, Panel, Row};
use crate::site::Site;
use crate::template::Template;
use crate::view::link;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::{Action, Impact, Place, Slug};
use std::sync::Arc;

/// What came of a form.
#[derive(Debug, Default)]
struct Outcome {
    /// Action and template of the form that was refused.
    refused: (String, String),
    typed: Typed,
    done: Option<String>,
}

/// The page.
pub(crate) async fn templates(
    State(site): State<Arc<Site>>,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    operator.may(Action::Configure, Place::Everywhere)?;
    site.templates_page(&operator, &headers, &Outcome::default()).await
}

/// Adds, changes or takes away one.
pub(crate) async fn act(State(site): State<Arc<Site>>, Path(action): Path<String>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Configure, Place::Everywhere)?;
    let slug = form.value("slug").to_owned();
    let done = match action.as_str() {
        "add" => site.add_template(&operator, &form).await,
        "change" => site.change_template(&operator, &form).await,
        "remove" => site.take_template_away(&operator, &slug).await,
        _ => Err(Error::no_page(&link::templates(&action))),
    };
    let outcome = match done {
        Ok(done) => Outcome { done: Some(done), ..Outcome::default() },
        Err(error) if is_about_the_form(&error) => {
            Outcome { refused: (action, slug), typed: form.refused(&error), done: None }
        }
        Err(error) => return Err(error),
    };
    site.templates_page(&operator, &headers, &outcome).await
}

type Done = Result<String, Error>;

impl Site {
    async fn add_template(&self, operator: &Operator, form: &Form) -> Done {
        let slug = Slug::from_name(form.value("name")).ok_or_else(|| {
            Error::invalid("`name` makes no address", "use at least one letter from a to z or a digit")
        })?;
        if self.templates().await?.iter().any(|known| known.slug == slug) {
            let message = format!("`name` is that of `{slug}`, which there is already");
            return Err(Error::invalid(message, "choose another name, or change that one"));
        }
        let saved = self.save_template(slug, &typed(form)?, &operator.actor).await?;
        Ok(format!("{} is there. Incidents can be opened from it from now on.", saved.name))
    }

    async fn change_template(&self, operator: &Operator, form: &Form) -> Done {
        let slug = self.known_template(form.value("slug")).await?;
        self.save_template(slug, &typed(form)?, &operator.actor).await?;
        Ok("The template is saved.".to_owned())
    }

    async fn take_template_away(&self, operator: &Operator, slug: &str) -> Done {
        let slug = self.known_template(slug).await?;
        self.remove_template(&slug, &operator.actor).await?;
        Ok("The template is gone. Incidents that were opened from it stay as they are.".to_owned())
    }

    async fn known_template(&self, slug: &str) -> Result<Slug, Error> {
        let found = self.templates().await?.into_iter().find(|known| known.slug.as_str() == slug);
        found
            .map(|known| known.slug)
            .ok_or_else(|| Error::NotFound { what: "template", name: crate::api::vocabulary::shorten(slug) })
    }

    async fn templates_page(&self, operator: &Operator, headers: &HeaderMap, outcome: &Outcome) -> Answer {
        let status = match outcome.refused.0.as_str() {
            "" => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let all = self.templates().await?;
        let (fixed, added): (Vec<&Template>, Vec<&Template>) =
            all.iter().partition(|template| self.is_configured_template(&template.slug));
        let csrf = operator.visitor.csrf();
        let mut panels = vec![Panel {
            id: "added",
            heading: "Written here",
            lead: if added.is_empty() { "None yet.".to_owned() } else { String::new() },
            rows: added.iter().map(|template| added_row(template, &csrf, outcome)).collect(),
            ..Panel::default()
        }];
        if !fixed.is_empty() {
            let row = |template: &&Template| Row {
                what: template.name.clone(),
                about: about(template),
                ..Row::default()
            };
            panels.push(Panel {
                id: "configured",
                heading: "In the configuration",
                lead: "They are changed where they are written.".to_owned(),
                rows: fixed.iter().map(row).collect(),
                ..Panel::default()
            });
        }
        let form = fields::Form::new(link::templates("add"), "add", &csrf, "Add the template");
        let form = described(form, None);
        let form = if outcome.refused.0 == "add" { form.refused(&outcome.typed) } else { form };
        panels.push(Panel { id: "new", heading: "Add one", form: Some(form), ..Panel::default() });
        let input = panels::Input {
            title: "Templates",
            lead: "What is known of an incident before it happens, so that nobody words it at night."
                .to_owned(),
            below_console: true,
            done: outcome.done.clone().map(|sentence| (sentence, None)),
            panels,
            ..panels::Input::default()
        };
        let shell = self.console_shell(link::TEMPLATES, &operator.visitor);
        Ok(self.console_answer(status, &printed(panels::render(&shell, &input))?, headers))
    }
}

/// What a form says: lines of `name=state`, and a text for each state.
fn typed(form: &Form) -> Result<TemplateRequest, Error> {
    let lines = |field: &str| {
        let lines = form.value(field).lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let component = |line: String| {
        let (name, state) = line.rsplit_once('=').ok_or_else(|| {
            let message = format!("`components` has the line `{}`", crate::api::vocabulary::shorten(&line));
            Error::invalid(message, "write it like `API=degraded_performance`")
        })?;
        Ok((name.trim().to_owned(), state.trim().to_owned()))
    };
    let text = |state: domain::State| {
        let text = form.text(&format!("text.{}", state.as_str()));
        (!text.trim().is_empty()).then(|| (state.as_str().to_owned(), text))
    };
    Ok(TemplateRequest {
        name: form.value("name").trim().to_owned(),
        title: form.given("title"),
        kind: form.given("kind"),
        impact: form.given("impact"),
        environments: lines("environments"),
        components: lines("components").into_iter().map(component).collect::<Result<_, Error>>()?,
        texts: states().filter_map(text).collect(),
    })
}

/// States in which something is said.
fn states() -> impl Iterator<Item = domain::State> {
    let all = domain::State::ALL.iter().copied();
    all.filter(|state| !matches!(state, domain::State::Unknown | domain::State::Postmortem))
}

fn added_row(template: &Template, csrf: &str, outcome: &Outcome) -> Row {
    let slug = template.slug.as_str();
    let open = outcome.refused.1 == slug;
    let form =
        fields::Form::new(link::templates("change"), &format!("change-{slug}"), csrf, "Save the template");
    let mut change = described(form, Some(template)).field(Field::hidden("slug", slug));
    if open {
        change = change.refused(&outcome.typed);
    }
    let remove =
        fields::Form::new(link::templates("remove"), &format!("remove-{slug}"), csrf, "Take it away")
            .field(Field::hidden("slug", slug))
            .grave();
    Row { what: template.name.clone(), about: about(template), forms: vec![change, remove], open }
}

fn described(form: fields::Form, known: Option<&Template>) -> fields::Form {
    let line = |name: &str, label: &str| Field::new(name, label, Input::Line { limit: 256 });
    let list = |name: &str, label: &str, hint: &'static str, lines: Vec<String>| {
        Field::new(name, label, Input::Text { rows: 2 }).hint(hint).with(&lines.join("\n"))
    };
    let environments = known.map(|known| known.environments.iter().map(Slug::to_string).collect());
    let components = known.map(|known| {
        let line = |(name, state): &(String, domain::ComponentState)| format!("{name}={state}");
        known.components.iter().map(line).collect()
    });
    let impact = known.and_then(|known| known.impact).unwrap_or(Impact::None);
    let mut kinds = fields::kinds();
    if let Some(known) = known {
        for choice in &mut kinds {
            choice.chosen = choice.value == known.kind.as_str();
        }
    }
    let title = known.and_then(|known| known.title.as_deref()).unwrap_or_default();
    let form = form
        .field(
            Field::line("name", "Name")
                .with(known.map_or("", |known| &known.name))
                .hint("such as Slow reads"),
        )
        .field(line("title", "Title of the incident").with(title))
        .field(Field::choice("kind", "Kind", kinds))
        .field(Field::choice("impact", "Impact", fields::impacts(impact)))
        .field(list(
            "environments",
            "Environments",
            "slugs, one a line; anywhere if none",
            environments.unwrap_or_default(),
        ))
        .field(list(
            "components",
            "Components",
            "one a line: API=degraded_performance",
            components.unwrap_or_default(),
        ));
    states().fold(form, |form, state| {
        let text = known.and_then(|known| known.text(state)).unwrap_or_default();
        let label = format!("Said when {}", state.label().to_lowercase());
        form.field(
            Field::new(&format!("text.{}", state.as_str()), &label, Input::Text { rows: 2 })
                .hint("Markdown")
                .with(text),
        )
    })
}

/// What it is made of, in words.
fn about(template: &Template) -> String {
    let states: Vec<&str> = template.texts.iter().map(|(state, _)| state.label()).collect();
    match states.as_slice() {
        [] => format!("{}: no texts", template.slug),
        states => format!("{}: {}", template.slug, states.join(", ")),
    }
}
