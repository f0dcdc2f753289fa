//! The board: our own open incidents, and the form that opens one. Posted to
//! [`link::OPEN`] with the fields
//!
//! | field | value |
//! |---|---|
//! | `csrf` | hidden |
//! | `environment` | slug of an environment |
//! | `kind` | `incident` or `maintenance` |
//! | `title` | text |
//! | `impact` | a word of [`Impact`] |
//! | `state` | a word of [`State`] that suits the kind |
//! | `body` | first update, Markdown |
//! | `component.<environment>.<key>` | a word of [`ComponentState`](domain::ComponentState), or empty |
//! | `began_at` | true start in UTC, or empty |
//! | `scheduled_from`, `scheduled_until` | window of a maintenance in UTC, or empty |
//!
//! Components of all environments are listed, so their fields are called `component.<environment>.<key>`
//! here; those of another environment than the chosen one are to be left aside.

use super::form::{self, Field, Form};
use super::{EnvironmentChoice, Typed};
use crate::pages::{Frame, Section, Shell};
use crate::view::line::{IncidentLine, LineView};
use crate::view::link;
use askama::Template;
use domain::{Impact, State};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Name of the token that is signed in.
    pub operator: &'a str,
    /// Our own open incidents and running or announced maintenances.
    pub open: Vec<IncidentLine>,
    /// Those that ended last, newest first.
    pub recent: Vec<IncidentLine>,
    /// Environments that can be chosen.
    pub environments: Vec<EnvironmentChoice>,
    /// What was typed, if it was refused.
    pub typed: Typed,
}

#[derive(Template)]
#[template(path = "pages/console/board.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    open: Vec<(LineView, String)>,
    recent: Vec<(LineView, String)>,
    form: Form,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let lines = |lines: &[IncidentLine]| {
        lines.iter().map(|line| (LineView::new(line, shell.now), link::manage(&line.id))).collect()
    };
    Page {
        frame: Frame::new(shell, Section::Console, "Console").still(),
        input,
        open: lines(&input.open),
        recent: lines(&input.recent),
        form: open_form(input),
    }
    .render()
}

fn open_form(input: &Input<'_>) -> Form {
    let environments = input.environments.iter().map(|it| (it.slug.to_string(), it.name.clone()));
    let mut form = Form::new(link::OPEN.to_owned(), "open", input.csrf, "Open and publish")
        .field(Field::choice("environment", "Environment", form::named(environments)))
        .field(Field::choice("kind", "Kind", form::kinds()))
        .field(Field::choice("impact", "Impact", form::impacts(Impact::Minor)))
        .field(Field::choice("state", "State", form::states(None, State::Investigating)))
        .field(Field::line("title", "Title").hint("what readers notice, not what broke"))
        .field(Field::text("body", "First update", 5));
    for environment in input.environments.iter().filter(|environment| !environment.components.is_empty()) {
        let prefix = format!("component.{}.", environment.slug);
        let legend = format!("Components of {}", environment.name);
        form = form.field(form::components(&prefix, &legend, &environment.components));
    }
    form.field(Field::instant("began_at", "True start", None).hint("UTC, if it began before now"))
        .field(Field::instant("scheduled_from", "Maintenance from", None))
        .field(Field::instant("scheduled_until", "Maintenance until", None))
        .refused(&input.typed)
}
