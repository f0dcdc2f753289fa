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
//! | `next_update_at` | when the next update is promised, or empty |
//! | `visibility` | `public` or `internal` |
//! | `component.<environment>.<key>` | a word of [`ComponentState`](domain::ComponentState), or empty |
//! | `began_at` | true start in UTC, or empty |
//! | `scheduled_from`, `scheduled_until` | window of a maintenance in UTC, or empty |
//!
//! Components of all environments are listed, so their fields are called `component.<environment>.<key>`
//! here; those of another environment than the chosen one are to be left aside.

use super::form::{self, Choice, Field, Form};
use super::preview::{self, Preview};
use super::{EnvironmentChoice, Typed};
use crate::pages::{Frame, Section, Shell};
use crate::view::clock;
use crate::view::html::Html;
use crate::view::line::{IncidentLine, LineView};
use crate::view::link;
use askama::Template;
use domain::{Impact, Slug, State, Timestamp};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Name of the token that is signed in.
    pub operator: &'a str,
    /// Where else to go: words and address. Only what whoever looks may see.
    pub ways: Vec<(&'static str, &'static str)>,
    /// Our own open incidents and running or announced maintenances.
    pub open: Vec<Standing>,
    /// Which of them are shown.
    pub sieve: Sieve,
    /// Posts that can be undone, and those that could not leave.
    pub held: Vec<super::held::Line>,
    /// Those that ended last, newest first.
    pub recent: Vec<IncidentLine>,
    /// Templates: name, and address of the form filled with it.
    pub templates: Vec<(String, String)>,
    /// Environments that can be chosen.
    pub environments: Vec<EnvironmentChoice>,
    /// What was typed, if it was refused or looked at first.
    pub typed: Typed,
    /// Whether it was typed into the form for what is over.
    pub backfilling: bool,
    /// The incident as it would be.
    pub preview: Option<Preview>,
}

/// Which incidents the board shows; what is left open does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sieve {
    /// Those of this environment.
    pub environment: Option<Slug>,
    /// Those in this state.
    pub state: Option<State>,
    /// Those that only the team sees, or only those that everybody does.
    pub internal: Option<bool>,
    /// Those of which whoever looks has said something.
    pub mine: bool,
    /// Those with this in their title or components.
    pub text: String,
}

impl Sieve {
    /// Whether it leaves out anything.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// One that is open, with what operators want to know of it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The incident.
    pub line: IncidentLine,
    /// Whether only the team sees it.
    pub internal: bool,
    /// By when the next update was promised.
    pub due_at: Option<Timestamp>,
}

#[derive(Template)]
#[template(path = "pages/console/board.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    open: Vec<StandingView>,
    held: Vec<(&'a super::held::Line, Html)>,
    recent: Vec<(LineView, String)>,
    sieve: Vec<Field>,
    form: Form,
    backfill: Form,
    preview: Option<preview::View>,
}

struct StandingView {
    line: LineView,
    manage: String,
    internal: bool,
    due: Option<Html>,
    late: bool,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let lines = |lines: &[IncidentLine]| {
        lines.iter().map(|line| (LineView::new(line, shell.now), link::manage(&line.id))).collect()
    };
    Page {
        frame: Frame::new(shell, Section::Console, "Console").still(),
        input,
        open: standing(input, shell.now),
        held: input.held.iter().map(|held| (held, clock::ago(held.due_at, shell.now))).collect(),
        recent: lines(&input.recent),
        sieve: sieve_fields(input),
        form: open_form(input),
        backfill: backfill_form(input),
        preview: input.preview.as_ref().map(preview::View::new),
    }
    .render()
}

/// Late promises come first, then those that are due soonest.
fn standing(input: &Input<'_>, now: Timestamp) -> Vec<StandingView> {
    let mut open: Vec<&Standing> = input.open.iter().collect();
    open.sort_by_key(|standing| (standing.due_at.is_none(), standing.due_at));
    let view = |standing: &Standing| StandingView {
        line: LineView::new(&standing.line, now),
        manage: link::manage(&standing.line.id),
        internal: standing.internal,
        due: standing.due_at.map(|due_at| clock::ago(due_at, now)),
        late: standing.due_at.is_some_and(|due_at| due_at < now),
    };
    open.into_iter().map(view).collect()
}

/// The drop-downs of the filter.
fn sieve_fields(input: &Input<'_>) -> Vec<Field> {
    let sieve = &input.sieve;
    let any = |mut choices: Vec<Choice>, chosen: &str| {
        choices.insert(0, Choice { value: String::new(), label: "Any".to_owned(), chosen: false });
        for choice in &mut choices {
            choice.chosen = choice.value == chosen;
        }
        choices
    };
    let environments = input.environments.iter().map(|it| (it.slug.to_string(), it.name.clone()));
    let environment = sieve.environment.as_ref().map_or("", Slug::as_str);
    let state = sieve.state.map_or("", State::as_str);
    let seen_by = sieve.internal.map_or("", |internal| if internal { "internal" } else { "public" });
    let states = form::states(None, State::Investigating);
    vec![
        Field::choice("in", "Environment", any(form::named(environments), environment)),
        Field::choice("is", "State", any(states, state)),
        Field::choice("for", "Who sees it", any(form::visibilities(), seen_by)),
    ]
}

fn open_form(input: &Input<'_>) -> Form {
    let environments = input.environments.iter().map(|it| (it.slug.to_string(), it.name.clone()));
    let mut form = Form::new(link::OPEN.to_owned(), "open", input.csrf, "Open and publish")
        .field(Field::choice("environment", "Environment", form::named(environments)))
        .field(Field::choice("kind", "Kind", form::kinds()))
        .field(Field::choice("impact", "Impact", form::impacts(Impact::Minor)))
        .field(Field::choice("state", "State", form::states(None, State::Investigating)))
        .field(Field::line("title", "Title").hint("what readers notice, not what broke"))
        .field(Field::text("body", "First update", 5))
        .field(Field::choice("next_update_at", "Next update", form::promises()))
        .field(Field::choice("visibility", "Who sees it", form::visibilities()));
    for environment in input.environments.iter().filter(|environment| !environment.components.is_empty()) {
        let prefix = format!("component.{}.", environment.slug);
        let legend = format!("Components of {}", environment.name);
        form = form.field(form::components(&prefix, &legend, &environment.components));
    }
    form.field(Field::instant("began_at", "True start", None).hint("UTC, if it began before now"))
        .field(Field::instant("scheduled_from", "Maintenance from", None))
        .field(Field::instant("scheduled_until", "Maintenance until", None))
        .refused(if input.backfilling { &NOTHING } else { &input.typed })
        .preview(link::PREVIEW.to_owned())
}

/// Nothing was typed.
static NOTHING: Typed = Typed { values: Vec::new(), errors: Vec::new() };

/// The form that records what is over, so that the history is whole. Nobody is told.
fn backfill_form(input: &Input<'_>) -> Form {
    let environments = input.environments.iter().map(|it| (it.slug.to_string(), it.name.clone()));
    Form::new(link::BACKFILL.to_owned(), "backfill", input.csrf, "Record it")
        .field(Field::choice("environment", "Environment", form::named(environments)))
        .field(Field::choice("kind", "Kind", form::kinds()))
        .field(Field::choice("impact", "Impact", form::impacts(Impact::Minor)))
        .field(Field::line("title", "Title"))
        .field(Field::instant("from", "Began", None))
        .field(Field::instant("until", "Was over", None))
        .field(Field::text("body", "What is told of it", 4))
        .refused(if input.backfilling { &input.typed } else { &NOTHING })
}
