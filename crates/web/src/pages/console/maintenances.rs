//! Maintenances that recur, and the form that adds one. Posted to [`link::MAINTENANCES`].

use super::form::{self, Field, Form};
use super::{EnvironmentChoice, Typed};
use crate::pages::{Frame, Section, Shell};
use crate::view::clock;
use crate::view::html::Html;
use crate::view::link;
use askama::Template;
use domain::Timestamp;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Those that go on.
    pub lines: Vec<Line>,
    /// Environments that can be chosen.
    pub environments: Vec<EnvironmentChoice>,
    /// What was typed, if it was refused.
    pub typed: Typed,
}

/// One that goes on.
#[derive(Clone, Debug)]
pub struct Line {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// Slug of its environment.
    pub environment: String,
    /// When it is, in words.
    pub rule: String,
    /// When it is next.
    pub next: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "pages/console/maintenances.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    lines: Vec<(&'a Line, Option<Html>)>,
    form: Form,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    Page {
        frame: Frame::new(shell, Section::Console, "Recurring maintenances").still(),
        input,
        lines: input.lines.iter().map(|line| (line, line.next.map(clock::full))).collect(),
        form: add_form(input),
    }
    .render()
}

fn add_form(input: &Input<'_>) -> Form {
    let environments = input.environments.iter().map(|it| (it.slug.to_string(), it.name.clone()));
    let mut form = Form::new(link::MAINTENANCES.to_owned(), "add", input.csrf, "Add it")
        .field(Field::choice("environment", "Environment", form::named(environments)))
        .field(Field::line("title", "Title"))
        .field(Field::text("body", "What readers are told", 4))
        .field(Field::line("rule", "When").with("weekly sunday").hint("or: monthly 15, monthly last friday"))
        .field(Field::line("at", "At").with("02:00").hint("local time"))
        .field(Field::line("zone", "Time zone").with("UTC").hint("such as Europe/Berlin"))
        .field(Field::line("lasts_hours", "Hours it lasts").with("2"))
        .field(Field::line("ahead_days", "Days before it is announced").with("3"));
    for environment in input.environments.iter().filter(|environment| !environment.components.is_empty()) {
        let prefix = format!("component.{}.", environment.slug);
        let legend = format!("Components of {}", environment.name);
        form = form.field(form::concerned(&prefix, &legend, &environment.components));
    }
    form.refused(&input.typed)
}
